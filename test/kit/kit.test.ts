/** The kit as a plugin's author meets it: what its captures hold, and which mistakes its checks find. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { checked } from '../../src/kit/checked.js'
import type { AnyProtocol, Cursor, Likeness, Look, Trace } from '../../src/kit/index.js'
import { defineFields, defineProtocol, type Parser, text } from '../../src/kit/index.js'
import { conformance, conversation, run, type Said } from '../../src/kit/testing.js'
import { Folder } from '../support/read-capture.js'

const folder = new Folder()
afterAll(() => folder.done())

const lines = (): Parser<string> => ({
  next(cur, into) {
    const line = cur.line(100)
    if (cur.short && !cur.last) return 'need-more'
    into(cur.short ? cur.latin1(cur.left) : line)
    return 'message'
  },
  gap: () => 'resync',
})
const START = 'ask: '
const whole = (cur: Look['client']): string => cur.buf.toString('latin1', cur.pos, Math.min(cur.end, cur.pos + START.length))
/** Right: a beginning of the beginning may become one. */
const careful = ({ client, server }: Look): Likeness => {
  const start = whole(client)
  if (start === '' && server.left > 0) return 'no'
  return start === START ? 'yes' : START.startsWith(start) ? 'maybe' : 'no'
}
const asking = (probe: (look: Look) => Likeness, transport: 'tcp' | 'udp' = 'tcp') =>
  defineProtocol({
    name: 'asking',
    doc: 'One line.',
    spec: [],
    transports: [transport],
    ports: [],
    fields: defineFields({ line: text('The line.', 'ask: who') }),
    options: {},
    anomalies: {},
    probe,
    open: (session) => ({
      client: lines(),
      server: lines(),
      correlator: {
        see: (side, line: string, at) =>
          session.emit({ request: at, complete: 'complete', status: 'OK', method: side === 'client' ? 'ASK' : 'SAY', row: { line } }),
        end() {},
      },
    }),
  })
const said: readonly Said[] = [
  ['client', 'ask: who\r\n'],
  ['server', 'me\r\n'],
]

describe('conversation', () => {
  const rowsOf = async (...given: Parameters<typeof conversation>) => {
    const { sink } = await run([conversation(...given)], { protocols: [asking(careful, given[1]?.transport)] })
    return { lines: sink.records.map(({ tx }) => (tx.row as { line: string }).line), flow: sink.flows[0]!.row }
  }

  test('a connection from handshake to close, or what a capture saw of it', async () => {
    const { lines: all, flow } = await rowsOf(said)
    expect([all, flow.state]).toEqual([['ask: who', 'me'], 'SF'])
    expect((await rowsOf(said, { close: false })).flow.state).toBe('S1')
    expect((await rowsOf(said, { handshake: false })).lines).toEqual(['ask: who', 'me'])
  })

  test('bytes that were sent and not captured', async () => {
    const { lines: all, flow } = await rowsOf([...said, ['gap', 'client', 7], ['client', 'ask: when\r\n']])
    expect(all).toEqual(['ask: who', 'me', 'ask: when'])
    expect(flow.client_lost_bytes).toBe(7)
  })

  test('datagrams', async () => {
    const { lines: all, flow } = await rowsOf(said, { transport: 'udp', serverPort: 5000 })
    expect([all, flow.transport, flow.client_packets]).toEqual([['ask: who', 'me'], 'udp', 1])
  })
})

describe('a protocol that breaks its declaration is told what it did', () => {
  const breaking = (given: (at: Trace) => object, verdict: unknown = 'message') =>
    ({
      ...asking(careful),
      open: (session: { emit(tx: unknown): void }) => {
        const parser = {
          next(cur: Cursor, into: (message: number) => void) {
            cur.skip(cur.left)
            into(1)
            return verdict
          },
        }
        return {
          client: parser,
          server: parser,
          correlator: { see: (_: string, __: number, at: Trace) => session.emit(given(at)), end() {} },
        }
      },
    }) as unknown as AnyProtocol
  const right = (at: Trace) => ({ request: at, complete: 'complete', status: 'OK', row: { line: 'x' } })
  const written = conversation(said)

  test.each<[string, (at: Trace) => object]>([
    ['want the trace of a request, of a response or of both', (at) => ({ ...right(at), request: undefined })],
    ['request: want the trace that "see" was given', (at) => ({ ...right(at), request: 5 })],
    ['complete: want one of complete, no-response', (at) => ({ ...right(at), complete: 'done' })],
    ['status: want one of OK, Error', (at) => ({ ...right(at), status: 'fine' })],
    ['user: want text, got 7', (at) => ({ ...right(at), user: 7 })],
    ['rows: want a whole number', (at) => ({ ...right(at), rows: 1.5 })],
    ['notes: want a list of texts', (at) => ({ ...right(at), notes: 'a note' })],
    ['row: want an object', (at) => ({ ...right(at), row: undefined })],
    ['row.lien: there is no such field', (at) => ({ ...right(at), row: { line: 'x', lien: 'y' } })],
    ['row.line: the field is not optional', (at) => ({ ...right(at), row: {} })],
    ['rows: want a whole number, got NaN', (at) => ({ ...right(at), rows: Number.NaN })],
    ['row.line: want text, got a list', (at) => ({ ...right(at), row: { line: ['x'] } })],
  ])('%s', async (message, given) => {
    await expect(run([written], { protocols: [checked(breaking(given))] })).rejects.toThrow(message)
  })

  test('a parser that answers nothing', async () => {
    const mute = checked(breaking(right, null))
    await expect(run([written], { protocols: [mute] })).rejects.toThrow(
      'next: want one of message, need-more, malformed, upgrade, got null',
    )
  })

  test('nothing wrong, nothing said; the conformance check tells it once', async () => {
    const { sink } = await run([written], { protocols: [checked(breaking(right))] })
    expect(sink.records).toHaveLength(2)
    const path = join(folder.path, 'once.pcap')
    writeFileSync(path, written)
    const problems = await conformance(
      breaking((at) => ({ ...right(at), row: {} })),
      [path],
    )
    expect(problems).toEqual([expect.stringContaining('row.line: the field is not optional')])
  })
})

describe('conformance', () => {
  const sample = join(folder.path, 'said.pcap')
  writeFileSync(sample, conversation(said))

  test('passes what is right', async () => expect(await conformance(asking(careful), [sample])).toEqual([]))

  test('finds a probe that gives up on a short first segment, though others would have it asked again', async () => {
    const hasty = (look: Look): Likeness => (whole(look.client) === START ? 'yes' : 'no')
    expect((await conformance(asking(hasty), [sample])).join('\n')).toContain('in segments of 1: row 1 of 0 (2 were wanted)')
  })

  test('finds a probe that takes what is not its own', async () => {
    const greedy = ({ client }: Look): Likeness => (client.peek() > 0x60 ? 'yes' : 'no')
    expect(await conformance(asking(greedy), [sample])).toContain('asking: its probe says yes to a line of text over tcp')
  })

  test('finds rows that another protocol takes', async () => {
    const other = { ...asking(careful), name: 'other' }
    expect((await conformance(asking(careful), [sample], [other])).join('\n')).toContain(
      'beside other protocols: row 1 of 0 (2 were wanted)',
    )
  })

  test('finds samples without a row', async () => {
    expect(
      await conformance(
        asking(() => 'no'),
        [sample],
      ),
    ).toEqual(['asking: none of its samples holds a transaction'])
  })
})
