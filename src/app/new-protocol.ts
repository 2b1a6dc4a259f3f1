/** `audit new-protocol`: a folder with a small protocol that works, to be changed into one's own. */

import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../model/user-error.js'
import { protocols } from '../protocols/registry.js'
import { caseTables } from '../schema/tables.js'
import { UNSEALED_TABLES } from '../sinks/sqlite/seal/seal-tables.js'
import { programRoot } from './program.js'

/** Creates `<folder>/<name>/`; answers the files written. */
export function newProtocol(name: string, folder: string): string[] {
  if (!/^[a-z][a-z0-9]*$/.test(name))
    throw new UserError(`${name}: no name for a protocol`, [
      'lower case letters and digits, as it will be called everywhere: audit new-protocol ident',
    ])
  if (name === 'tx' || UNSEALED_TABLES.has(name) || caseTables.some((table) => table.name === name))
    throw new UserError(`"${name}" is a table of every case`, ['choose another name'])
  if (protocols.some((one) => one.name === name)) throw new UserError(`there is a protocol "${name}" already`, ['choose another name'])
  const target = join(folder, name)
  if (existsSync(target)) throw new UserError(`${target} is already there`, ['choose another name, or remove it'])
  mkdirSync(target, { recursive: true })
  const files: Record<string, string> = {
    [`${name}.js`]: moduleText(name),
    'sample.js': sampleText(name),
    'check.js': checkText(name),
    'package.json': packageText(),
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(target, file), text)
  linkKit(target)
  return Object.keys(files).map((file) => join(target, file))
}

/** The program is no package of the registry: by name alone npm would look for a stranger's there. */
const packageText = (): string =>
  `${JSON.stringify({ type: 'module', private: true, devDependencies: { 'pcap-audit': `file:${programRoot()}` } }, undefined, 2)}\n`

/** What `npm install` would do: sample.js, check.js and editors find the kit of the very program that runs. */
function linkKit(target: string): void {
  mkdirSync(join(target, 'node_modules'))
  try {
    symlinkSync(programRoot(), join(target, 'node_modules/pcap-audit'), 'junction')
  } catch {
    // A file system without links: npm install finds another way.
  }
}

const moduleText = (
  name: string,
): string => `// A protocol in which each line of the client is answered by one line of the server. Change it into yours.
//     audit analyze sample.pcap --plugin ./${name}.js

/** What a client says first: nothing else begins like this. */
const START = 'hello ${name}'
/** Longest line read: say here why yours needs no more. */
const MAX_LINE = 1024
/** Questions that wait for an answer; more are no conversation. */
const MAX_WAITING = 1000

/** @param {import('pcap-audit/kit')} kit */
export default (kit) => {
  const { defineFields, defineProtocol, optional, text } = kit

  // The columns of its view, and their names in documents, once.
  const fields = defineFields({
    question: optional(text('What the client asked.', 'hello ${name}')),
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
      if (client.left === 0) return server.left > 0 ? 'no' : 'maybe'
      const start = client.latin1(Math.min(client.left, START.length))
      return start === START ? 'yes' : START.startsWith(start) ? 'maybe' : 'no'
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
