/**
 * Secrets stay out of everything that is written. The samples carry passwords, tokens and keys that are called S3CRET-..., in every
 * place where such a thing can stand; without --show-secrets none may be found in the case, its log, the documents or the summary,
 * neither as they are nor in base64; with it they are there.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { analyzeCaptures } from '../src/app/analyze.js'
import { protocols } from '../src/protocols/registry.js'
import { jsonText } from '../src/schema/json-text.js'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Whatever can be kept is kept, so that nothing hides a leak. */
const config = join(folder, 'audit.yml')
const everything = {
  send_all_headers: true,
  include_body_for: ['text', 'json', 'form', 'xml', 'octet'],
  include_authorities: true,
  include_additionals: true,
}
writeFileSync(
  config,
  JSON.stringify({
    protocols: protocols.map(({ name, options }) => ({
      type: name,
      send_request: true,
      send_response: true,
      ...Object.fromEntries(Object.entries(everything).filter(([option]) => option in (options as object))),
    })),
  }),
  { mode: 0o600 },
)

const samples = readdirSync(join(root, 'samples'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.pcap(ng)?$/.test(file))
  .map((file) => join('samples', file))
  .sort()

/** What a planted secret looks like: itself, in UTF-16, and the part of its base64 that is the same wherever it stands. */
const SIGHTS = [
  'S3CRET',
  'S\x003\0C\0R\0E\0T',
  // The word at each of the three places that base64 can begin at, without the digits that its neighbours share.
  ...[0, 1, 2].map((shift) =>
    Buffer.from(`${'x'.repeat(shift)}S3CRET`)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(shift === 0 ? 0 : shift + 1, shift === 0 ? 8 : -1),
  ),
  Buffer.from('S3CRET').toString('hex'),
]
const sightOf = (bytes: Buffer): string | undefined => {
  const text = bytes.toString('latin1')
  return SIGHTS.find((sight) => text.includes(sight))
}

const planted = samples.filter((path) => readFileSync(join(root, path)).includes('S3CRET-'))

async function written(path: string, showSecrets: boolean): Promise<Record<string, Buffer>> {
  const base = join(folder, `${path.replaceAll('/', '-')}-${showSecrets}`)
  const { summary } = await analyzeCaptures({
    captures: [join(root, path)],
    outputs: [`${base}.sqlite`, `${base}.ndjson`],
    config,
    showSecrets,
    version: '0',
    commandLine: 'audit analyze',
  })
  const files = [`${base}.sqlite`, `${base}.sqlite-wal`, `${base}.ndjson`].filter((file) => existsSync(file))
  return {
    ...Object.fromEntries(files.map((file) => [file.slice(base.length + 1), readFileSync(file)])),
    summary: Buffer.from(jsonText(summary)),
  }
}

test('secrets are planted in samples', () => expect(planted.length).toBeGreaterThan(0))

/** Some samples plant secrets that no column holds even unmasked, such as the contents of files. */
const folders = [...new Set(planted.map((path) => path.split('/')[1]!))]
const shown = new Set<string>()

describe.each(planted)('%s', (path) => {
  test('hides its secrets', async () => {
    for (const [name, bytes] of Object.entries(await written(path, false))) expect(sightOf(bytes), name).toBeUndefined()
  })
  test('can be read with --show-secrets', async () => {
    if (Object.values(await written(path, true)).some((bytes) => bytes.includes('S3CRET-'))) shown.add(path.split('/')[1]!)
  })
})

test('each protocol shows them when asked', () => expect([...shown].sort()).toEqual(folders.filter((name) => name !== 'nfs').sort()))
