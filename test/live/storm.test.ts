/** More packets than can be decoded at once: what the kernel handed over is in the ring, what it dropped is counted, and decoding catches up. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it, test } from 'vitest'
import { select } from '../sinks/rig.js'
import { program, Space, until } from './sessions.js'

const made = Space.make('storm')
const able = typeof made !== 'string'
if (!able) it.skip(`a storm: ${made}`)

/** Generous: a session at rest takes 150. */
const MOST_MIB = 900
const SENT = 100_000
/** Datagrams of one socket: 1,000 flows of 100 packets. */
const BURST = 100

describe.skipIf(!able)('a storm of packets', { timeout: 60_000 }, () => {
  const space = made as Space
  afterAll(() => space.remove())

  test('is kept as far as the kernel gave it, decoded late, and what is missing is counted', async () => {
    const session = await space.live([
      ...['lo', '-o', 'storm.sqlite', '-w', 'ring', '-f', 'udp dst port 53'],
      ...['--ring-file-size', '2MB', '--buffer-size', '2MB'],
    ])
    // Small questions that nobody answers: cheap to send, dear to decode.
    const storm = `
      const { createSocket } = require('node:dgram')
      const query = Buffer.from('000001000001000000000000047465737407696e76616c69640000010001', 'hex')
      const burst = (first) => new Promise((done) => {
        const socket = createSocket('udp4', done)
        socket.on('close', done)
        socket.bind(0, '127.0.0.1', () => {
          let open = ${BURST}
          for (let i = 0; i < ${BURST}; i++) {
            const one = Buffer.from(query)
            one.writeUInt16BE((first + i) % 65536, 0)
            socket.send(one, 53, '127.0.0.1', () => --open === 0 && socket.close())
          }
        })
      })
      const all = async () => { for (let i = 0; i < ${SENT / 2}; i += ${BURST}) await burst(i) }
      all()`
    await space.node(storm)
    // What comes while it cannot run at all goes beyond the kernel's buffer.
    session.child.kill('SIGSTOP')
    await space.node(storm)
    session.child.kill('SIGCONT')
    // It catches up while it goes on.
    const path = join(space.folder, 'storm.sqlite')
    const known = 'SELECT (SELECT sum(packets) FROM capture) + (SELECT sum(packets) FROM capture_loss) AS n'
    await until(() => (select(path, known) as [{ n: bigint }])[0].n === BigInt(SENT))
    const high = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${session.child.pid}/status`, 'utf8'))![1]) / 1024
    session.child.kill('SIGINT')
    const code = await session.over
    expect(high).toBeLessThan(MOST_MIB)
    const [{ packets, dropped }] = select(path, 'SELECT sum(packets) AS packets, sum(dropped) AS dropped FROM capture') as [
      { packets: bigint; dropped: bigint },
    ]
    // Nobody else sends here: what is not kept was counted.
    expect(packets + dropped).toBe(BigInt(SENT))
    expect(dropped).toBeGreaterThan(0n)
    expect(code).toBe(4)
    expect(session.err.text + session.out.text).toMatch(/packets\s+dropped\s+while\s+capturing,\s+between/)
    const lost = select(path, 'SELECT coalesce(sum(packets), 0) AS n FROM capture_loss')
    expect(lost).toEqual([{ n: dropped }])
    execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: join(space.folder, 'ring') })
    const counts =
      'SELECT (SELECT sum(packets) FROM capture) AS packets, (SELECT count(*) FROM dns) AS dns, (SELECT count(*) FROM flow) AS flows'
    try {
      execFileSync(process.execPath, [program, 'analyze', 'ring', '-o', 'again.sqlite'], { cwd: space.folder, stdio: 'ignore' })
    } catch (error) {
      expect((error as { status: number }).status).toBe(4)
    }
    expect(select(join(space.folder, 'again.sqlite'), counts)).toEqual(select(path, counts))
    expect(packets).toBeGreaterThan(BigInt(SENT / 4))
  })
})
