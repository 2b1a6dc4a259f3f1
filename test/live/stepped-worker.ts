/**
 * Stands in for the capture thread: the real loop, under a clock that is set back by two hours and forward by three, with a device
 * whose packets carry that clock's times.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { CaptureLoop } from '../../src/live/capture-loop.js'
import type { CaptureOrder, FromWorker, ToWorker } from '../../src/live/messages.js'
import { udpFrame } from '../support/captures.js'
import { FakeDevice, type Given } from './fake-device.js'

const HOUR_MS = 3_600_000
/** A step is looked for once a second: each clock is held for longer. */
const HELD_MS = 1200
const OFFSETS = [0, -2 * HOUR_MS, HOUR_MS, HOUR_MS]
/** Questions under each clock; the answer to the last comes under the next one. */
const QUESTIONS = 20

const realNow = Date.now.bind(Date)
const began = performance.now()
const phase = (): number => Math.min(OFFSETS.length - 1, Math.floor((performance.now() - began) / HELD_MS))
Date.now = () => realNow() + OFFSETS[phase()]!

function message(id: number, answer: boolean): Given {
  const dns = Buffer.from('000001000001000000000000047465737407696e76616c69640000010001', 'hex')
  dns.writeUInt16BE(id, 0)
  // QR, RD and NXDOMAIN: RFC 1035 section 4.1.1.
  if (answer) dns.writeUInt16BE(0x8103, 2)
  const ends = { src: '192.0.2.1', dst: '192.0.2.53', srcPort: 4000, dstPort: 53 }
  const data = udpFrame(answer ? { src: ends.dst, dst: ends.src, srcPort: ends.dstPort, dstPort: ends.srcPort } : ends, dns)
  return { at: BigInt(Date.now()) * 1_000_000n + BigInt(id * 2 + (answer ? 1 : 0)), data }
}

class Stepped extends FakeDevice {
  private sent = -1
  private asked = 0
  private readonly waiting: number[] = []

  override poll(): Buffer {
    const now = phase()
    if (now > this.sent) {
      this.sent = now
      const all = this.waiting.splice(0).map((id) => message(id, true))
      for (let i = 0; i < QUESTIONS && now < OFFSETS.length - 1; i++) {
        const id = this.asked++
        all.push(message(id, false))
        if (i < QUESTIONS - 1) all.push(message(id, true))
        else this.waiting.push(id)
      }
      this.counted = { received: 100 * now, dropped: 5 * now, interfaceDropped: 0 }
      this.polls.push(all)
    }
    return super.poll()
  }
}

const port = parentPort!
const tell = (one: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(one, transfer)
const loop = new CaptureLoop(workerData as CaptureOrder, [new Stepped('lo', [])], tell)
port.on('message', (one: ToWorker) => {
  if (one.kind === 'taken') loop.taken(one.bytes)
  else if (one.kind === 'stop') loop.stop()
  else if (one.kind === 'start') void loop.run().then(() => port.close())
})
tell({ kind: 'ready', interfaces: loop.interfaces, warnings: [] })
