#!/usr/bin/env node
// Packs the package as npm would publish it, unpacks it elsewhere, runs its command and writes a plugin with its kit: nothing that
// either needs may be missing.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'pcap-audit-pack-'))
try {
  const [{ filename, size }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder])
  symlinkSync(join(root, 'node_modules'), join(folder, 'package/node_modules'))
  const help = execFileSync(process.execPath, [join(folder, 'package/bin/run.js'), '--help'], { encoding: 'utf8' })
  if (!help.includes('analyze')) throw new Error('the packed command does not list analyze')
  const summary = execFileSync(
    process.execPath,
    [join(folder, 'package/bin/run.js'), 'analyze', join(folder, 'package/samples/smtp.pcap'), '-o', join(folder, 'smtp.sqlite'), '--json'],
    { encoding: 'utf8' },
  )
  if (!JSON.parse(summary).protocols.some((one) => one.name === 'smtp')) throw new Error('the packed command found no mail in the sample')
  const query = (...args) => execFileSync(process.execPath, [join(folder, 'package/bin/run.js'), 'query', ...args], { encoding: 'utf8' })
  if (!query(join(folder, 'smtp.sqlite'), '--name', 'mail-by-sender').includes('"sender"'))
    throw new Error('the packed command has no saved queries')
  kit(join(folder, 'package'))
  console.log(`package: ${filename}, ${Math.round(size / 1024)} kB, runs, and its kit makes plugins`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A protocol from `new-protocol` conforms and gives rows; its TypeScript finds the types and holds to them. */
function kit(program) {
  const node = (cwd, ...args) => execFileSync(process.execPath, args, { cwd, encoding: 'utf8' })
  const audit = join(program, 'bin/run.js')
  node(folder, audit, 'new-protocol', 'mine')
  const own = join(folder, 'mine')
  node(own, 'sample.js')
  if (node(own, 'check.js') !== 'conforms\n') throw new Error('the protocol that new-protocol writes does not conform')
  const documents = node(own, audit, 'analyze', 'sample.pcap', '--plugin', 'mine.js', '-o', '-')
  if (!documents.includes('"type":"mine"')) throw new Error('the packed command takes no plugin')

  symlinkSync(join(root, 'node_modules/@types'), join(own, 'node_modules/@types'), 'junction')
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: false, noEmit: true, types: ['node'] }
  writeFileSync(join(own, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }))
  const parts = `{ name: 'typed', doc: 'A row.', spec: [], transports: ['tcp'], ports: [], options: {}, anomalies: {}, probe: () => 'no',
    fields: kit.defineFields({ word: kit.text('A word.', 'hello') }),
    open: (session) => ({ client: parser, server: parser, correlator: { end() {}, see(_side, word, at) {`
  writeFileSync(
    join(own, 'typed.ts'),
    `import type { AnyProtocol, Kit, Parser, Protocol, Session } from 'pcap-audit/kit'
import { conformance, conversation, drive, type Step } from 'pcap-audit/kit/testing'
const parser: Parser<string> = { next: (cur, into) => (into(cur.line(100)), 'message') }
export const right = (kit: Kit): AnyProtocol => kit.defineProtocol(${parts}
      session.emit({ request: at, complete: 'complete', status: 'OK', row: { word } }) } } }) })
export const wrong = (kit: Kit): AnyProtocol => kit.defineProtocol(${parts}
      // @ts-expect-error
      session.emit({ request: at, complete: 'complete', status: 'OK', row: { wrod: word } }) } } }) })
export type Names = [Protocol<{}, string, {}>, Session<{}, {}>, Step]
export const used = [conformance, conversation, drive]
`,
  )
  node(own, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
}
