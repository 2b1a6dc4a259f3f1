/** A parser that fails loses its conversation, not the count: the coverage table's totals are the payload that was captured. */
import { describe, expect, test } from 'vitest'
import type { Cursor } from '../../src/bytes/cursor.js'
import { type Bytes, bytesOf } from '../../src/kit/captures.js'
import { conversation, type Said } from '../../src/kit/conversation.js'
import { defineProtocol } from '../../src/protocols/protocol.js'
import { defineFields, optional, text } from '../../src/schema/fields.js'
import { run } from '../support/run.js'

type Where = 'probe' | 'open' | 'next' | 'see' | 'gap' | 'close' | 'end' | 'ready' | 'nowhere'

/** Lines; a line 'boom' fails in the named place, a line 'hidden' after it was called opaque. */
const lines = (where: Where) =>
  defineProtocol({
    name: 'lines',
    doc: 'One line.',
    spec: [],
    transports: ['tcp', 'udp'],
    ports: [7],
    fields: defineFields({ line: optional(text('The line.', 'x')) }),
    options: {},
    anomalies: {},
    probe() {
      if (where === 'probe') throw new Error('probe')
      return 'yes'
    },
    open(session) {
      if (where === 'open') throw new Error('open')
      const parser = {
        next(cur: Cursor, into: (line: string) => void) {
          const line = cur.line(1000)
          if (cur.short) return 'need-more' as const
          if (line === 'hidden') {
            session.opaque?.(7)
            throw new Error('hidden')
          }
          if (where === 'next' && line === 'boom') throw new Error('next')
          into(line)
          return 'message' as const
        },
        gap() {
          if (where === 'gap') throw new Error('gap')
          return 'resync' as const
        },
        close() {
          if (where === 'close') throw new Error('close')
        },
      }
      return {
        client: parser,
        server: parser,
        correlator: {
          see(_side, line: string, at) {
            if (where === 'see' && line === 'boom') throw new Error('see')
            const ready = where === 'ready' ? Promise.reject(new Error('ready')) : undefined
            session.emit({ request: at, complete: 'complete', status: 'OK', row: { line } }, ready)
          },
          end() {
            if (where === 'end') throw new Error('end')
          },
        },
      }
    },
  })

const said: Said[] = [
  ['client', 'one\ntw'],
  ['server', 'answer with no end yet'],
  ['client', 'o\nthree\nboom\nfour\nfi'],
  ['server', ', now it has\nmore\n'],
  ['gap', 'client', 50],
  ['client', 'after\nthe gap\ncut'],
  ['server', 'boom\nlast'],
]
const payload = said.reduce((sum, [side, bytes]) => sum + (side === 'gap' ? 0 : bytesOf(bytes as Bytes).length), 0)

describe.each(['tcp', 'udp'] as const)('over %s', (transport) => {
  test.each<Where>(['nowhere', 'probe', 'open', 'next', 'see', 'gap', 'close', 'end', 'ready'])('a failure in %s', async (where) => {
    const { result } = await run([conversation(said, { transport })], { protocols: [lines(where)], strict: false })
    const counted = result.coverage.reduce((sum, row) => sum + row.decoded_bytes + row.opaque_bytes + row.unknown_bytes, 0)
    expect(counted).toBe(payload)
    for (const row of result.coverage)
      expect(Math.min(row.decoded_bytes, row.opaque_bytes, row.unknown_bytes, row.lost_bytes)).toBeGreaterThanOrEqual(0)
    const crashes = result.anomalies.find(({ code }) => code === 'internal.parser-crash')
    const called = where !== 'nowhere' && !(transport === 'udp' && (where === 'gap' || where === 'close'))
    expect(crashes !== undefined).toBe(called)
    // What was read before the failure stays read.
    if (where === 'next') expect(result.coverage[0]!.decoded_bytes).toBeGreaterThanOrEqual('one\ntwo\nthree\n'.length)
  })
})

test('bytes called opaque before the failure are not counted twice', async () => {
  const talk: Said[] = [['client', 'hidden\nrest']]
  for (const transport of ['tcp', 'udp'] as const) {
    const { result } = await run([conversation(talk, { transport })], { protocols: [lines('next')], strict: false })
    const [row] = result.coverage
    expect(row!.decoded_bytes + row!.opaque_bytes + row!.unknown_bytes).toBe('hidden\nrest'.length)
    expect(row!.decoded_bytes).toBeGreaterThanOrEqual(0)
  }
})
