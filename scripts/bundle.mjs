#!/usr/bin/env node
// Folds what `tsc` wrote to dist/ into a few files, in place: the commands, the program they start, and shared chunks.
// Starting Node on three hundred small modules costs more than analysing a small capture; see docs/adr/0005.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const dist = join(import.meta.dirname, '../dist')
rmSync(join(dist, 'chunks'), { recursive: true, force: true })
const commands = readdirSync(join(dist, 'commands')).filter((file) => file.endsWith('.js'))
const bundle = await rolldown({
  input: {
    ...Object.fromEntries(commands.map((file) => [`commands/${file.slice(0, -3)}`, join(dist, 'commands', file)])),
    'src/app/cli/main': join(dist, 'src/app/cli/main.js'),
    'src/query/child': join(dist, 'src/query/child.js'),
    'src/kit/index': join(dist, 'src/kit/index.js'),
    'src/kit/testing': join(dist, 'src/kit/testing.js'),
    'bench/flows': join(dist, 'bench/flows.js'),
  },
  platform: 'node',
  // Native, or found by require at run time.
  external: ['better-sqlite3', 'tldts', '@peculiar/asn1-schema', '@peculiar/asn1-x509'],
  logLevel: 'warn',
})
await bundle.write({
  dir: dist,
  format: 'esm',
  chunkFileNames: 'chunks/[name].js',
  minify: { codegen: true, compress: false, mangle: false },
})

// What oclif would otherwise find out at every start by loading each command.
const { Plugin } = await import('@oclif/core/config')
const plugin = new Plugin({ root: join(dist, '..'), ignoreManifest: true, respectNoCacheDefault: true })
await plugin.load()
writeFileSync(join(dist, '../oclif.manifest.json'), `${JSON.stringify(plugin.manifest)}\n`)
