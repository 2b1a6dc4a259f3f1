/** A device behind a program's pipe, with programs made for the test: what they write, hold back, break or refuse. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { CaptureRefused } from '../../src/live/capture-refused.js'
import { type CaptureTool, refuseOptions, TOOLS, type ToolOrder } from '../../src/live/capture-tools.js'
import { ToolDevice } from '../../src/live/tool-device.js'
import { ToolProcess } from '../../src/live/tool-process.js'
import { toolRefusal, toolWords } from '../../src/live/tool-words.js'
import { readCapture } from '../support/read-capture.js'
import { came, pause } from './own-space.js'

const sample = resolve(import.meta.dirname, '../../samples/smtp.pcap')
const order: ToolOrder = { name: 'eth0', snaplen: 65_535, bufferSizeMb: 30, promiscuous: true, ignoreOutgoing: false, filter: '' }
const [dumpcap, tcpdump] = TOOLS as readonly [CaptureTool, CaptureTool]
const HEADER = 24

const opened: ToolDevice[] = []
afterEach(() => {
  for (const device of opened.splice(0)) device.close()
})

/** The device of a shell script in a program's place. */
async function device(script: string, like: CaptureTool = tcpdump): Promise<ToolDevice> {
  const tool = { ...like, gatherMs: 20, args: () => ['-c', script] }
  const one = await ToolDevice.open({ tool, program: { path: '/bin/sh', usable: true, gid: 0 } }, order)
  opened.push(one)
  return one
}
const failure = async (script: string): Promise<Error> =>
  device(script).then(
    () => new Error('it opened'),
    (error: Error) => error,
  )

/** Polls to the end of what comes, told by `over`. */
async function polled(one: ToolDevice, over: Promise<unknown>): Promise<Buffer> {
  const parts: Buffer[] = []
  let done = false
  void over.then(() => {
    done = true
  })
  while (!done) {
    parts.push(Buffer.from(one.poll()))
    await pause(1)
  }
  for (let more = one.poll(); more.length > 0; more = one.poll()) parts.push(Buffer.from(more))
  return Buffer.concat(parts)
}

const lengths = (records: Buffer): number[] => {
  const found: number[] = []
  for (let at = 0; at < records.length; at += 16 + found.at(-1)!) found.push(records.readUInt32LE(at + 8))
  return found
}

describe.skipIf(process.platform === 'win32')('a device behind a pipe', () => {
  test('hands out the records of what the program writes', async () => {
    const one = await device(`cat '${sample}'; exec sleep 60`)
    expect(one).toMatchObject({ name: 'eth0', linkType: 1, nanoseconds: true })
    const { frames } = await readCapture(sample)
    const records = await polled(one, one.end(true))
    expect(lengths(records)).toEqual(frames.map(({ data }) => data.length))
    expect([records.readUInt32LE(0), records.readUInt32LE(4)]).toEqual([frames[0]!.sec, frames[0]!.nsec])
    // An end that was asked for is no failure.
    await pause(600)
    expect(one.poll()).toHaveLength(0)
  })

  test('takes no more than a poll has room for: the program waits, and nothing is missing in the end', async () => {
    const file = readFileSync(sample)
    const times = 700
    const { frames } = await readCapture(sample)
    const records = `tail -c +${HEADER + 1} '${sample}'`
    const one = await device(
      `head -c ${HEADER} '${sample}'; i=0; while [ $i -lt ${times} ]; do ${records}; i=$((i+1)); done; exec sleep 60`,
    )
    // It has eight times as much as there is room for, and holds it back.
    const full = (1024 * 1024 * frames.length) / (file.length - HEADER)
    expect(await came(() => one.counts().received >= full)).toBe(true)
    await pause(300)
    const first = one.poll().length
    expect(first).toBeGreaterThan(1024 * 1024)
    expect(first).toBeLessThan(3 * 1024 * 1024)
    const rest = await polled(
      one,
      came(() => one.counts().received === times * frames.length).then(() => one.end(false)),
    )
    expect(first + rest.length).toBe(times * (file.length - HEADER))
  }, 30_000)

  test.each([
    ['ends without a word', `cat '${sample}'`, 'eth0 cannot be read any longer: tcpdump ended: it did not say why'],
    [
      'says why',
      `cat '${sample}'; echo 'tcpdump: pcap_loop: The interface disappeared' >&2; exit 1`,
      'tcpdump ended: pcap_loop: The interface disappeared',
    ],
    ['ends within a packet', `head -c 200 '${sample}'`, 'tcpdump ended: what it wrote'],
  ])('a program that %s is a device that is gone, after its packets', async (_, script, words) => {
    const one = await device(script)
    let packets = 0
    let said = ''
    expect(
      await came(() => {
        try {
          packets += lengths(Buffer.from(one.poll())).length
        } catch (error) {
          said = (error as Error).message
        }
        return said !== ''
      }),
    ).toBe(true)
    expect(said).toContain(words)
    expect(packets).toBeGreaterThan(0)
  })

  test.each([
    ['nothing', 'exit 3', 'eth0 cannot be captured: tcpdump: what it wrote is empty'],
    ['noise', 'head -c 500000 /dev/zero 2>&-', 'eth0 cannot be captured: tcpdump: what it wrote is'],
    ['a long complaint', 'yes "tcpdump: no" | head -c 1000000 >&2', 'eth0 cannot be captured: tcpdump: no'],
  ])('a program that writes %s does not open', async (_, script, words) => expect((await failure(script)).message).toContain(words))

  test('a program that will not end is killed', async () => {
    const one = await device(`trap '' TERM; cat '${sample}'; while :; do sleep 1; done`)
    const began = performance.now()
    await one.end(false)
    expect(performance.now() - began).toBeGreaterThan(2500)
    expect(performance.now() - began).toBeLessThan(5000)
  }, 10_000)

  test('a program that is not there is said in words', async () => {
    const refused = await ToolDevice.open({ tool: tcpdump, program: { path: '/nothing/tcpdump', usable: true, gid: 0 } }, order).catch(
      (error) => error,
    )
    expect(refused.message).toMatch(/^eth0 cannot be captured: tcpdump: .*not found/)
  })

  test('words stay words on their way through the shell', async () => {
    const odd = ['$(id)', '`id`', "'; id; '", '"', '-c', '\\', 'a b', '', '*']
    const child = new ToolProcess('/usr/bin/printf', ['%s|', ...odd], () => {})
    let text = ''
    for await (const piece of child.output) text += piece
    expect(text).toBe(`${odd.join('|')}|`)
    await child.over
  })
})

describe('what a program is told', () => {
  test.each([
    [dumpcap, {}, '-q -i eth0 -s 65535 -B 30 -w -'],
    [dumpcap, { promiscuous: false, filter: 'tcp port 80' }, '-q -i eth0 -s 65535 -B 30 -p -f tcp port 80 -w -'],
    [tcpdump, {}, '-n -U --time-stamp-precision=nano -i eth0 -s 65535 -B 30720 -w -'],
    [tcpdump, { ignoreOutgoing: true, filter: '-w x' }, '-n -U --time-stamp-precision=nano -i eth0 -s 65535 -B 30720 -Q in -w - -- -w x'],
  ] as const)('%# %j', (tool, change, args) => expect(tool.args({ ...order, ...change }).join(' ')).toBe(args))

  test.each([
    ['7', 'it takes the name 7 for something else'],
    ['TCP@192.0.2.1:2002', 'it takes the name TCP@192.0.2.1:2002 for something else'],
    ['eth7', undefined],
  ])('dumpcap and an interface called %s', (name, why) => expect(dumpcap.unable({ ...order, name })).toBe(why))

  test.each(['-w/etc/passwd', '--help', '', 'a\0b'])('the name %j is none', (name) =>
    expect(() => refuseOptions(name)).toThrow('cannot be the name of an interface'),
  )
})

describe('what a program says', () => {
  test.each([
    [
      "Packets received/dropped on interface 'Loopback: lo': 10/6 (pcap:3/dumpcap:2/flushed:1/ps_ifdrop:4) (62.5%)",
      { received: 16, dropped: 6, interfaceDropped: 4 },
    ],
    ['Packets captured: 10', undefined],
  ])('dumpcap: %s', (line, counts) => expect(dumpcap.counts(line)).toEqual(counts))

  test.each([
    ['tcpdump: 0 packets captured, 6 packets received by filter, 2 packets dropped by kernel', { received: 6, dropped: 2 }],
    ['1 packet dropped by kernel', { dropped: 1 }],
    ['3 packets dropped by interface', { interfaceDropped: 3 }],
    ['tcpdump: listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes', undefined],
  ])('tcpdump: %s', (line, counts) => expect(tcpdump.counts(line)).toEqual(counts))

  test.each([
    [
      "tcpdump: lo: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)\n",
      "lo: You don't have permission to perform this capture on that device (socket: Operation not permitted)",
    ],
    [
      'dumpcap: cap_set_proc() fail return: Operation not permitted\nCapturing on \'lo\'\ndumpcap: There is no device named "x".\n(No such device exists)\n',
      'There is no device named "x". (No such device exists)',
    ],
    ['', ''],
    ['x'.repeat(5000), 'x'.repeat(300)],
  ])('%# the line that says why', (words, line) => expect(toolWords(words)).toBe(line))

  test('a refusal for want of rights is one that another way may not have', () => {
    expect(toolRefusal('tcpdump', order, "You don't have permission")).toBeInstanceOf(CaptureRefused)
    expect(toolRefusal('tcpdump', { ...order, filter: 'x' }, "tcpdump: can't parse filter expression: syntax error")).toMatchObject({
      message: 'the filter "x" does not work: filter expression: syntax error',
    })
  })
})
