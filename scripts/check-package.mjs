#!/usr/bin/env node
// Packs the package as npm would publish it, unpacks it elsewhere, and runs its command: nothing it needs may be missing.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
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
  console.log(`package: ${filename}, ${Math.round(size / 1024)} kB, runs`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
