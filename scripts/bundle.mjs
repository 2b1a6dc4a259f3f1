#!/usr/bin/env node
// Folds what `tsc` wrote to dist/ into a few files in dist/program, leaves a line in place of each entry that loads its part, and keeps
// the code that V8 makes of them. Starting Node on three hundred small modules costs more than analysing a small capture does; see
// docs/adr/0005.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { rolldown } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'

/** What the program reads to show which of its functions are needed: mail, and a little of the protocols that most captures hold. */
const EXERCISES = ['smtp', 'http/get', 'http/post', 'dns/udp', 'pgsql/bench-simple', 'mysql/types', 'redis/auth', 'memcache/udp']

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
rmSync(join(dist, 'program'), { recursive: true, force: true })
const entries = [
  ...readdirSync(join(root, 'commands')).map((file) => `commands/${file.replace(/\.ts$/, '')}`),
  'src/app/cli/main',
  'src/query/child',
  'src/live/capture-worker',
  'src/evidence/second-reader-child',
  'src/live/process-worker',
  'src/kit/index',
  'src/kit/testing',
  'bench/flows',
]
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, join(dist, `${entry}.js`)])),
  platform: 'node',
  // Native, or found by require at run time.
  external: ['better-sqlite3', 'koffi', 'tldts', '@peculiar/asn1-schema', '@peculiar/asn1-x509'],
  plugins: [{ name: 'sorting', transform: { filter: { id: /@oclif\/core\/lib\/config\/plugin\.js$/ }, handler: plainSorting } }],
  logLevel: 'warn',
})
const { output } = await bundle.generate({
  format: 'cjs',
  exports: 'named',
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
  minify: { codegen: true, compress: false, mangle: false },
})
for (const { isEntry, name, fileName, code, exports } of output) {
  const path = join(dist, 'program', fileName)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, scriptText(code))
  if (!isEntry) continue
  const file = join(dist, `${name}.js`)
  const named = exports.filter((one) => one !== 'default')
  writeFileSync(
    file,
    `import { load } from '${relative(dirname(file), join(root, 'bin/load.js')).replaceAll('\\', '/')}'
const part = load('${name}')
${named.length > 0 ? `export const { ${named.join(', ')} } = part\n` : ''}${exports.includes('default') ? 'export default part.default\n' : ''}`,
  )
}

// What oclif would otherwise find out at every start by loading each command.
const { Plugin } = await import('@oclif/core/config')
const plugin = new Plugin({ root, ignoreManifest: true, respectNoCacheDefault: true })
await plugin.load()
writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest)}\n`)

keepCode()

/** Sorting commands by the rules of a language loads the tables of all languages first: 8 ms of each start, for names in ASCII. */
function plainSorting(code) {
  const before = 'a.id.localeCompare(b.id)'
  if (!code.includes(before)) throw new Error('the command framework sorts otherwise by now: look whether this is still needed')
  return code.replace(before, '(a.id < b.id ? -1 : 1)')
}

/** A program's text as a script: no `import()` of its own, and ASCII alone, since one wider character doubles what V8 holds and reads. */
function scriptText(code) {
  let text = ''
  let from = 0
  for (const at of dynamicImports(parseAst(code))) {
    text += `${code.slice(from, at)}importModule`
    from = at + 'import'.length
  }
  return (text + code.slice(from)).replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function dynamicImports(ast) {
  const found = []
  const walk = (node) => {
    if (node === null || typeof node !== 'object') return
    if (node.type === 'ImportExpression' && node.source.type !== 'Literal') found.push(node.start)
    for (const child of Array.isArray(node) ? node : Object.values(node)) walk(child)
  }
  walk(ast)
  return found.sort((a, b) => a - b)
}

/** Runs the program's main job once, and keeps the code of every function that took part. */
function keepCode() {
  const folder = mkdtempSync(join(tmpdir(), 'pcap-audit-build-'))
  try {
    const script = `
      import { writeFileSync } from 'node:fs'
      import { compiled } from './bin/load.js'
      import { main } from './dist/src/app/cli/main.js'
      process.exitCode = await main(process.argv.slice(1), process.cwd())
      for (const [path, code] of compiled()) writeFileSync(path, code)`
    const captures = EXERCISES.map((name) => `samples/${name}.pcap`)
    const args = ['analyze', ...captures, '-o', join(folder, 'case.sqlite')]
    execFileSync(process.execPath, ['--input-type=module', '-e', script, '--', ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
