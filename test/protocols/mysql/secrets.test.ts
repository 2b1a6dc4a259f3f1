/** No secret of samples/mysql reaches an output, and all that stand in readable places do under --show-secrets. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCapture } from '../../../src/capture/open-capture.js'
import { defaultSettings } from '../../../src/config/settings.js'
import { analyze } from '../../../src/pipeline/analyze.js'
import { mysql } from '../../../src/protocols/mysql/index.js'
import { openSink } from '../../../src/sinks/registry.js'
import { drive } from '../../support/drive.js'
import { err, query, session } from './build.js'

const samples = resolve(import.meta.dirname, '../../../samples/mysql')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mysql-secrets-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function outputs(file: string, showSecrets: boolean): Promise<string> {
  const base = join(folder, `${file}-${showSecrets}`)
  const sinks = [openSink(`${base}.ndjson`), openSink(`${base}.sqlite`)]
  const settings = defaultSettings([mysql])
  const protocols = new Map(settings.protocols)
  const own = protocols.get('mysql')!
  protocols.set('mysql', { ...own, options: { ...own.options, send_request: true, send_response: true } })
  const reader = await openCapture(join(samples, file))
  await analyze({ readers: [reader], protocols: [mysql], sinks, settings: { ...settings, protocols }, showSecrets, strict: true })
  for (const sink of sinks) await sink.end()
  return readFileSync(`${base}.ndjson`, 'latin1') + readFileSync(`${base}.sqlite`, 'latin1')
}

describe('mysql secrets', () => {
  it.each(readdirSync(samples).filter((file) => file.endsWith('.pcap')))('of %s stay inside', async (file) => {
    expect(await outputs(file, false)).not.toContain('S3CRET')
  })

  it('show when asked for', async () => {
    const shown = await outputs('secrets.pcap', true)
    for (const n of [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]) expect(shown, `S3CRET-mysql-${n}`).toMatch(new RegExp(`S3CRET-mysql-${n}\\b`))
  })

  it.each([
    "create user 'a' identfied by 'S3CRET-1'",
    "alter user a identified by 'S3CRET-1' and 'more",
    "update t set passwrd = 'S3CRET-1' wher id = 1",
    "grant all on *.* to a identifed by 'S3CRET-1'",
  ])('stand in statements nobody can parse: %s', async (sql) => {
    const quoted = sql.slice(sql.indexOf(' ', 8) + 1)
    const { transactions } = await drive(mysql, [
      ...session(),
      ['client', query(sql)],
      [
        'server',
        err(
          1,
          1064,
          '42000',
          `You have an error in your SQL syntax; check the manual for the right syntax to use near '${quoted}' at line 1`,
        ),
      ],
    ])
    expect(JSON.stringify(transactions[1])).not.toContain('S3CRET')
  })
})
