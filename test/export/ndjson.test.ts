/** The documents that a case gives back, against those that the run itself wrote, for every capture in samples/. */
import { expect, test } from 'vitest'
import { goldens } from '../../scripts/golden.js'
import { tablesOf } from '../../src/case/case-tables.js'
import { openCase } from '../../src/case/open-case.js'
import { documentsOf } from '../../src/export/ndjson.js'
import { protocols } from '../../src/protocols/registry.js'
import { caseOf } from '../support/case-of.js'

type Doc = Record<string, unknown> & { type: string; audit?: { tx?: string; flow?: string; capture?: string } }

const keyOf = (document: Doc): string =>
  document.type === 'capture'
    ? `capture ${document.audit?.capture}`
    : document.audit?.tx
      ? `tx ${document.audit.tx}`
      : `flow ${document.audit?.flow}`

function leaves(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    for (const [key, inner] of Object.entries(value)) leaves(inner, path === '' ? key : `${path}.${key}`, into)
  else into.set(path, JSON.stringify(value))
  return into
}

/** Paths that the case cannot give back, with the reason; docs/export.md lists them. */
const RAW = 'messages as they were sent are for documents alone'
const SDP = 'the case has the columns of a description, not its text'
const LOST: Readonly<Record<string, string>> = {
  'cassandra request': RAW,
  'cassandra response': RAW,
  'sip event.original': RAW,
  'sip sip.response.original': RAW,
  'sip sip.request_line': RAW,
  'sip sip.response_line': RAW,
  'sip sip.sdp.body.original': SDP,
  'sip sip.response.sdp.body.original': SDP,
  'sip sip.sdp.connection.info': SDP,
  'sip sip.sdp.owner.session_id': SDP,
  'sip sip.sdp.owner.version': SDP,
  'sip sip.sdp.version': SDP,
  'sip sip.auth.uri.scheme': 'parts of sip.auth.uri.original',
  'sip sip.auth.uri.host': 'parts of sip.auth.uri.original',
  'sip sip.auth.uri.port': 'parts of sip.auth.uri.original',
  'mongodb mongodb.query': 'the case has filter, order and comment of OP_QUERY apart',
  'amqp event.start': 'which half a row was, where neither has bytes of its own',
  'amqp event.end': 'which half a row was, where neither has bytes of its own',
  'mysql event.end': 'an answer that came before its request',
}
/** The handshake a second time, in Packetbeat's words. */
const LOST_BELOW = /^tls tls\.detailed\./

test('all samples', { timeout: 600_000 }, async () => {
  const seen = new Set<string>()
  const found = new Map<string, { n: number; example: string }>()
  for (const { capture } of goldens()) {
    const analysed = await caseOf([capture])
    try {
      const db = openCase(analysed.path)
      const exported = [...documentsOf(db, tablesOf(db, protocols))]
      db.close()
      const texts = new Map(analysed.documents.map((text) => [keyOf(JSON.parse(text)), text]))
      expect(exported.length, capture).toBe(analysed.documents.length)
      for (const text of exported) {
        const document = JSON.parse(text) as Doc
        const before = texts.get(keyOf(document))
        if (before === text) continue
        const was = leaves(JSON.parse(before ?? '{}'))
        const is = leaves(document)
        const differing = [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path))
        if (differing.length === 0) differing.push('(order)')
        for (const path of differing) {
          const name = `${document.type} ${path}`
          if (LOST[name] !== undefined || LOST_BELOW.test(name)) {
            seen.add(name)
            continue
          }
          const one = found.get(name)
          if (one) one.n++
          else found.set(name, { n: 1, example: `${capture} ${keyOf(document)} ${was.get(path)} -> ${is.get(path)}`.slice(0, 300) })
        }
      }
    } finally {
      analysed.remove()
    }
  }
  expect(Object.fromEntries([...found].sort().map(([path, { n, example }]) => [path, `${n}: ${example}`]))).toEqual({})
  // What the list says is lost is lost indeed.
  expect([...seen].filter((name) => !LOST_BELOW.test(name)).sort()).toEqual(Object.keys(LOST).sort())
})
