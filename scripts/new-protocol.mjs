#!/usr/bin/env node
// Writes the skeleton of a protocol: its folder, a failing case, and the registry line.
//     npm run new:protocol NAME
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const name = process.argv[2]
if (!name || !/^[a-z][a-z0-9]*$/.test(name)) {
  console.error('usage: npm run new:protocol NAME      (lower case letters and digits, as it will be called everywhere)')
  process.exit(2)
}
const folder = join(root, 'src/protocols', name)
if (existsSync(folder)) {
  console.error(`${folder} is already there.`)
  process.exit(2)
}
const Name = name[0].toUpperCase() + name.slice(1)
const files = {
  'fields.ts': `/** The columns of a ${name} transaction. */
import { defineFields, optional, type RowOf, text } from '../../schema/fields.js'

export const ${name}Fields = defineFields({
  greeting: optional(text('First line the server sent.', 'hello', '${name}.greeting')),
})
export type ${Name}Row = RowOf<typeof ${name}Fields>
`,
  'parser.ts': `/** ${Name} on the wire: bytes to messages. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Parser, Verdict } from '../protocol.js'

export interface ${Name}Message {
  readonly line: string
}

/** Longest line read; say here why. */
const MAX_LINE = 4096

export class ${Name}Parser implements Parser<${Name}Message> {
  next(cur: Cursor, into: (message: ${Name}Message) => void): Verdict {
    const line = cur.line(MAX_LINE)
    if (cur.short) return cur.left >= MAX_LINE ? 'malformed' : 'need-more'
    into({ line })
    return 'message'
  }
}
`,
  'correlator.ts': `/** ${Name} messages to transactions: what waits, what answers what. */
import type { Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Correlator, Session } from '../protocol.js'
import type { ${Name}Row } from './fields.js'
import type { ${Name}Message } from './parser.js'

export class ${Name}Correlator implements Correlator<${Name}Message> {
  private waiting: { line: string; at: Trace } | undefined

  constructor(private readonly session: Session<${Name}Row, object>) {}

  see(side: Side, message: ${Name}Message, at: Trace): void {
    if (side === 'client') {
      this.end()
      this.waiting = { line: message.line, at }
      return
    }
    const request = this.waiting
    this.waiting = undefined
    this.session.emit({
      request: request?.at,
      response: at,
      complete: request ? 'complete' : 'orphan-response',
      status: 'OK',
      query: request?.line,
      row: { greeting: message.line },
    })
  }

  end(): void {
    if (!this.waiting) return
    this.session.emit({ request: this.waiting.at, complete: 'no-response', status: 'Error', query: this.waiting.line, row: {} })
    this.waiting = undefined
  }
}
`,
  'index.ts': `import { defineOptions } from '../../schema/options.js'
import { defineProtocol } from '../protocol.js'
import { ${Name}Correlator } from './correlator.js'
import { ${name}Fields } from './fields.js'
import { ${Name}Parser } from './parser.js'

export const ${name} = defineProtocol({
  name: '${name}',
  doc: 'One request with its answer.',
  spec: [],
  transports: ['tcp'],
  ports: [],
  fields: ${name}Fields,
  options: defineOptions({}),
  anomalies: {},
  // Say yes only to bytes that no other protocol sends.
  probe: () => 'no',
  open: (session) => ({ client: new ${Name}Parser(), server: new ${Name}Parser(), correlator: new ${Name}Correlator(session) }),
})
`,
  'README.md': `# ${name}

Which specification, what is read, what is left out and why.
`,
}
mkdirSync(folder, { recursive: true })
for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content)

const cases = join(root, 'test/protocols', name)
mkdirSync(cases, { recursive: true })
writeFileSync(
  join(cases, 'parser.test.ts'),
  `import { expect, test } from 'vitest'
import { ${name} } from '../../../src/protocols/${name}/index.js'
import { drive } from '../../support/drive.js'

test('pairs a request with its answer', async () => {
  const { transactions } = await drive(${name}, [
    ['client', 'replace me\\r\\n'],
    ['server', 'with real bytes\\r\\n'],
  ])
  expect(transactions).toEqual(['what a real exchange gives'])
})
`,
)

const registry = join(root, 'src/protocols/registry.ts')
let text = readFileSync(registry, 'utf8')
const line = `import { ${name} } from './${name}/index.js'`
// By path, as the linter wants them; the type import of the contract stands among them.
const imports = [...text.matchAll(/^import .* from '(.*)'$/gm)].map((match) => match[0])
const pathOf = (one) => one.split(' from ')[1]
for (const one of imports) text = text.replace(`${one}\n`, '')
text = `${[...imports, line].sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1)).join('\n')}\n${text}`
text = text.replace(/= \[([^\]]*)\]/, (_, list) => {
  const names = [
    ...list
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
    name,
  ].sort()
  return `= [${names.join(', ')}]`
})
writeFileSync(registry, text)
console.log(
  `src/protocols/${name}/ and test/protocols/${name}/ are ready; the registry knows ${name}. Next: a capture in samples/${name}/.`,
)
