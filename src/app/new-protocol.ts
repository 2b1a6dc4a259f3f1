/** `audit new-protocol`: a folder with a small protocol that works, to be changed into one's own. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../model/user-error.js'
import { protocols } from '../protocols/registry.js'

/** Creates `<folder>/<name>/`; answers the files written. */
export function newProtocol(name: string, folder: string): string[] {
  if (!/^[a-z][a-z0-9]*$/.test(name))
    throw new UserError(`${name}: no name for a protocol`, [
      'lower case letters and digits, as it will be called everywhere: audit new-protocol ident',
    ])
  if (protocols.some((one) => one.name === name)) throw new UserError(`there is a protocol "${name}" already`, ['choose another name'])
  const target = join(folder, name)
  if (existsSync(target)) throw new UserError(`${target} is already there`, ['choose another name, or remove it'])
  mkdirSync(target, { recursive: true })
  const files: Record<string, string> = {
    [`${name}.js`]: moduleText(name),
    'sample.js': sampleText(name),
    'check.js': checkText(name),
    'package.json': '{ "type": "module", "private": true }\n',
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(target, file), text)
  return Object.keys(files).map((file) => join(target, file))
}

const moduleText = (
  name: string,
): string => `// A protocol in which each line of the client is answered by one line of the server. Change it into yours.
//     audit analyze sample.pcap --plugin ./${name}.js

/** Longest line read: say here why yours needs no more. */
const MAX_LINE = 1024
/** Questions that wait for an answer; more are no conversation. */
const MAX_WAITING = 1000

/** @param {import('pcap-audit/kit')} kit */
export default (kit) => {
  const { defineFields, defineProtocol, optional, text } = kit

  // The columns of its view, and their names in documents, once.
  const fields = defineFields({
    question: optional(text('What the client asked.', 'hello')),
    answer: optional(text('What the server said.', 'hello yourself')),
  })

  // Bytes to messages: no time, no packets, no pairing. 'need-more' must leave everything as it was.
  const lines = () => ({
    next(cur, into) {
      const line = cur.line(MAX_LINE)
      if (cur.short) return cur.left >= MAX_LINE ? 'malformed' : 'need-more'
      into(line)
      return 'message'
    },
    // Bytes are missing: go on where the next line may begin.
    gap: () => 'resync',
  })

  // Messages to transactions: what answers what, and what stays open at the end.
  const pairing = (session) => {
    const waiting = []
    const emit = (question, answer, complete) =>
      session.emit({
        request: question?.at,
        response: answer?.at,
        complete,
        status: complete === 'complete' ? 'OK' : 'Error',
        query: question?.line,
        row: { question: question?.line, answer: answer?.line },
      })
    return {
      see(side, line, at) {
        if (side === 'server') {
          const question = waiting.shift()
          emit(question, { line, at }, question ? 'complete' : 'orphan-response')
        } else if (waiting.length < MAX_WAITING) waiting.push({ line, at })
        else session.anomaly('${name}.waiting', at)
      },
      end() {
        for (const question of waiting) emit(question, undefined, 'no-response')
      },
    }
  }

  return defineProtocol({
    name: '${name}',
    doc: 'One line of the client with the line that answers it.',
    spec: [],
    transports: ['tcp'],
    ports: [7007],
    fields,
    options: {},
    anomalies: { '${name}.waiting': 'More questions wait for an answer than are kept.' },
    // Any port, by the bytes: 'yes' only when they can hardly be anything else, 'maybe' to be shown more.
    probe({ client, server }) {
      const bytes = client.left > 0 ? client : server
      const start = bytes.buf.toString('latin1', bytes.pos, Math.min(bytes.end, bytes.pos + 6))
      return 'hello '.startsWith(start) || start === 'hello ' ? (start.length === 6 ? 'yes' : 'maybe') : 'no'
    },
    open: (session) => ({ client: lines(), server: lines(), correlator: pairing(session) }),
  })
}
`

const sampleText = (
  name: string,
): string => `// Writes sample.pcap: a conversation to try the protocol on. Put a capture of the real thing beside it when you have one.
import { writeFileSync } from 'node:fs'
import { conversation } from 'pcap-audit/kit/testing'

writeFileSync(
  'sample.pcap',
  conversation([
    ['client', 'hello ${name}\\r\\n'],
    ['server', 'hello yourself\\r\\n'],
    ['client', 'and you?\\r\\n'],
  ]),
)
`

const checkText = (
  name: string,
): string => `// Holds the protocol to what ours are held to: the same rows however the bytes are cut, no harm by loss, cuts and noise.
import * as kit from 'pcap-audit/kit'
import { conformance } from 'pcap-audit/kit/testing'
import protocol from './${name}.js'

const problems = await conformance(protocol(kit), ['sample.pcap'])
for (const problem of problems) console.error(problem)
console.log(problems.length === 0 ? 'conforms' : \`\${problems.length} problems\`)
process.exitCode = problems.length === 0 ? 0 : 1
`
