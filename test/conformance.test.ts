/**
 * What every registered protocol must hold, found by looping over the registry and `samples/<name>/`: a new protocol gets
 * these for free. The checks themselves are part of the kit (src/kit/conformance.ts), because plugins are held to them too.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { captureChecks, declarationChecks, probeCheck, transactionsIn } from '../src/kit/conformance.js'
import { protocols } from '../src/protocols/registry.js'

const root = resolve(import.meta.dirname, '..')
const samplesOf = (name: string): string[] => {
  const folder = join(root, 'samples', name)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => /\.pcap(ng)?$/.test(file))
    .map((file) => join(folder, file))
    .sort()
}
/** mDNS and LLMNR share the folder of the protocol whose format they speak. */
const folderOf = (name: string): string => (name === 'mdns' || name === 'llmnr' ? 'dns' : name)
const short = (path: string): string => path.slice(root.length + 1)

test('the registry is in alphabetical order, each name once', () => {
  const names = protocols.map((protocol) => protocol.name)
  expect(names).toEqual([...new Set(names)].sort())
})

describe.each(protocols.map((protocol) => [protocol.name, protocol] as const))('%s', (name, protocol) => {
  const samples = samplesOf(folderOf(name))
  const declaration = declarationChecks(protocol)
  const probe = probeCheck(protocol)

  test('has a sample, and one of them holds its transactions', async () => {
    expect(samples.length).toBeGreaterThan(0)
    let rows = 0
    for (const path of samples) rows += await transactionsIn(protocol, path, protocols)
    expect(rows).toBeGreaterThan(0)
  })

  test(declaration.name, async () => {
    expect(await declaration.run()).toEqual([])
    expect(readFileSync(join(root, 'src/protocols', name, 'README.md'), 'utf8').length).toBeGreaterThan(200)
  })

  test(probe.name, async () => expect(await probe.run()).toEqual([]))

  describe.each(samples.map((path) => [short(path), path] as const))('%s', (_short, path) => {
    for (const check of captureChecks(protocol, path, protocols)) test(check.name, async () => expect(await check.run()).toEqual([]))
  })
})
