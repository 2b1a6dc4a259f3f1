/**
 * What it costs to take packets from an interface, before anybody looks into them: packets, drops and processor time.
 *
 *     node dist/bench/live.js lo 10 "udp port 4000"          as root, while something else sends
 *
 * With `read` behind it, the records are also read by the reader of files and counted.
 */
import { PcapContainer } from '../src/capture/pcap.js'
import { newCaptureInfo } from '../src/capture/reader.js'
import { FrameBlock } from '../src/capture/source.js'
import { Window } from '../src/capture/window.js'
import { LiveDevice, POLL_BYTES } from '../src/live/live-device.js'

const PAUSE_MS = 10

async function measure(name: string, seconds: number, filter: string, read: boolean): Promise<void> {
  const device = LiveDevice.open(name, { filter, snaplen: 65_535, bufferSizeMb: 256 })
  const reader = new PcapContainer(newCaptureInfo(name))
  const block = new FrameBlock()
  const win = new Window(2 * POLL_BYTES + device.fileHeader.length)
  let frames = 0
  const look = (records: Buffer): void => {
    records.copy(win.buf, win.end)
    win.end += records.length
    while (win.left > 0 && reader.read(win, block) === 0) {
      frames += block.count
      block.count = 0
    }
    win.clear()
  }
  if (read) look(device.fileHeader)
  const end = Date.now() + 1000 * seconds
  const cpu = process.cpuUsage()
  let bytes = 0
  let polls = 0
  while (Date.now() < end) {
    for (let records = device.poll(); ; records = device.poll()) {
      polls++
      bytes += records.length
      if (records.length === 0) break
      if (read) look(records)
    }
    await new Promise((done) => setTimeout(done, PAUSE_MS))
  }
  const { user, system } = process.cpuUsage(cpu)
  const each = (micros: number): string => `${Math.round((1000 * micros) / Math.max(1, device.packets))} ns`
  const { received, dropped } = device.stats() ?? { received: 0, dropped: 0 }
  process.stdout.write(
    `${device.packets} packets, ${Math.round(device.packets / seconds)}/s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s, ${polls} polls\n` +
      `received ${received}, dropped ${dropped}${read ? `, read back ${frames}` : ''}\n` +
      `processor ${each(user + system)} a packet (user ${each(user)}, system ${each(system)}), ${((user + system) / 1e4 / seconds).toFixed(1)} % of one\n`,
  )
  device.close()
}

const [name, seconds = '10', filter = '', what] = process.argv.slice(2)
if (name === undefined) {
  process.stderr.write('usage: node dist/bench/live.js INTERFACE [SECONDS [FILTER [read]]]\n')
  process.exitCode = 2
} else void measure(name, Number(seconds), filter, what === 'read')
