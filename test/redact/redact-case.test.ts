/** A redacted case: nothing that was taken away stands in any byte of it, and it is read like any other. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportCase } from '../../src/app/export.js'
import { redact } from '../../src/app/redact.js'
import { protocols } from '../../src/protocols/registry.js'
import { parsePolicy } from '../../src/redact/policy.js'
import { type Analysed, caseOf } from '../support/case-of.js'

const CAPTURES = [
  'samples/smtp.pcap',
  'samples/http/get.pcap',
  'samples/http/post.pcap',
  'samples/dns/udp.pcap',
  'samples/mysql/types.pcap',
  'samples/pgsql/bench-simple.pcap',
  'samples/redis/auth.pcap',
  'samples/tls/alerts.pcap',
]
/** Said in many places, in many forms. */
const USER = 'wilhelmina.zqx'
const CARD = '4111111111111111'
const HOST = 'secrethost-zqx.example'

let analysed: Analysed
const at = (name: string): string => join(analysed.folder, name)
const open = (name: string) => new Database(at(name), { readonly: true })
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text)
  return at(name)
}
const run = (output: string, more: { policy?: string; key?: string; force?: boolean } = {}) =>
  redact({ path: analysed.path, output: at(output), protocols, ...more })
/** Every byte, as it stands and with capitals made small. */
const bytesOf = (name: string): string => readFileSync(at(name)).toString('latin1').toLowerCase()

beforeAll(async () => {
  analysed = await caseOf(CAPTURES)
  const db = new Database(analysed.path)
  db.exec(`
    UPDATE tx_mysql SET user = '${USER}', query = 'select 1 from t where u = ''${USER}''', params = '["${CARD}"]',
      error = 'denied for ${USER}', notes = '["saw ${USER}"]', method = 'SELECT', database = 'db_of_${USER.toUpperCase()}' WHERE id IN (SELECT id FROM tx_mysql LIMIT 5);
    UPDATE tx_mysql SET info = 'card ${CARD} of ${HOST}', connect_attributes = '{"program":"x","who":"${USER}"}';
    UPDATE tx_http SET host = '${HOST}', url = '/u/${encodeURIComponent(USER)}', url_full = 'http://${HOST}/', status_phrase = 'no ${USER} here' WHERE id IN (SELECT id FROM tx_http LIMIT 3);
    UPDATE tx_pgsql SET error_message = '${CARD}', transaction_id = (SELECT flow FROM flow LIMIT 1) || '-1';
    UPDATE anomaly SET message = 'about ${USER}';
    INSERT INTO anomaly (id, code, message, count) VALUES (99999, 'capture.cut', '${USER} ${CARD}', 1);
    INSERT INTO run (id, version, command_line, config) VALUES (1, '0', 'audit analyze /home/${USER}/x.pcap', '{"name":"${USER}"}');
    INSERT INTO capture_loss (capture_id, interface, counter, end_ns, packets) VALUES (1, '${HOST}', 'kernel', 1440662455638957001, 7);
    INSERT INTO flow_process (flow, ip, port, pid, name, started, holders, asked_ns)
      SELECT flow, client_ip, client_port, 4711, '${USER}', '2026-01-01T00:00:00.000Z', 1, first_ns FROM flow LIMIT 3;
    UPDATE capture SET path = '/home/${USER}/' || name, comments = '[{"frame":0,"text":"${HOST}"}]';
  `)
  db.close()
})
afterAll(() => analysed.remove())

const addresses = (): string[] => {
  const db = new Database(analysed.path, { readonly: true })
  const found = db.prepare('SELECT client_ip FROM flow UNION SELECT server_ip FROM flow').pluck().all() as string[]
  db.close()
  return found
}
const ids = (): string[] => {
  const db = new Database(analysed.path, { readonly: true })
  const found = db.prepare('SELECT flow FROM flow UNION SELECT tx FROM tx UNION SELECT community_id FROM flow').pluck().all() as string[]
  db.close()
  return found
}

describe('the policy that comes with the program', () => {
  it('keeps when packets were lost, and nothing of the capturing host', async () => {
    await run('host.sqlite')
    const db = open('host.sqlite')
    expect(db.prepare('SELECT interface, counter, end_ns, packets FROM capture_loss').safeIntegers().all()).toEqual([
      { interface: '[removed]', counter: 'kernel', end_ns: 1440662455638957001n, packets: 7n },
    ])
    expect(db.prepare('SELECT count(*) FROM flow_process').pluck().get()).toBe(0)
    db.close()
  })

  it('leaves no planted value, address, port-bearing id or literal in any byte', async () => {
    const { whole, counts } = await run('default.sqlite')
    expect(whole).toBe(true)
    expect(counts!.cells).toBeGreaterThan(100)
    const bytes = bytesOf('default.sqlite')
    for (const planted of [USER, CARD, HOST]) expect(bytes.includes(planted.toLowerCase()), planted).toBe(false)
    for (const address of addresses()) expect(bytes.includes(address.toLowerCase()), address).toBe(false)
    for (const id of ids()) expect(bytes.includes(id.toLowerCase()), id).toBe(false)
  })

  it('the same file mode, evidence hashes, counts, times and figures; a run that says what it is', () => {
    expect(statSync(at('default.sqlite')).mode & 0o777).toBe(0o600)
    const [before, after] = [new Database(analysed.path, { readonly: true }), open('default.sqlite')]
    for (const sql of [
      'SELECT sha256, size, packets FROM capture ORDER BY id',
      'SELECT id, ts_ns, duration_ns, protocol, status, complete, frames, rows FROM tx ORDER BY id',
      'SELECT id, first_ns, client_port, server_port, client_bytes, state, history FROM flow ORDER BY id',
      'SELECT id, status_code FROM http ORDER BY id',
    ])
      expect(after.prepare(sql).all(), sql).toEqual(before.prepare(sql).all())
    const config = JSON.parse(after.prepare('SELECT config FROM run').pluck().get() as string) as { redacted: Record<string, string> }
    expect(config.redacted).toMatchObject({ policy: 'default', policy_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    const log = after.prepare("SELECT action, cells FROM redaction WHERE table_name = 'mysql' AND field = 'user'").get()
    expect(log).toMatchObject({ action: 'token', cells: expect.any(Number) })
    expect(after.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(after.pragma('freelist_count', { simple: true })).toBe(0)
    before.close()
    after.close()
  })

  it('views do not bring back what follows from other columns', () => {
    const db = open('default.sqlite')
    expect(db.prepare('SELECT count(*) FROM http WHERE query IS NOT NULL OR url_full IS NOT NULL').pluck().get()).toBe(0)
    db.close()
  })

  it('every format is exported from it', async () => {
    for (const format of ['ndjson', 'csv', 'parquet', 'zeek'] as const)
      expect(
        await exportCase({ path: at('default.sqlite'), format, output: at(`redacted-${format}`), protocols, version: '0' }),
      ).toMatchObject({ whole: true })
    const text = readFileSync(at('redacted-ndjson'), 'utf8')
    for (const line of text.trim().split('\n')) JSON.parse(line)
    expect(text.toLowerCase()).not.toContain(USER)
  })
})

describe('a policy of one’s own', () => {
  const KEEP = `name: mine\ndefault: keep\nrules:\n  - {fields: [user], action: token}\n  - {fields: [params], action: mask, first: 6, last: 4}\n  - {fields: [http.host], action: remove}\n`

  it('values of the columns it names are found in what it keeps, in any form', async () => {
    await run('keep.sqlite', { policy: write('keep.yml', KEEP) })
    const bytes = bytesOf('keep.sqlite')
    for (const planted of [USER, CARD, HOST]) expect(bytes.includes(planted.toLowerCase()), planted).toBe(false)
    const db = open('keep.sqlite')
    const row = db
      .prepare("SELECT user, query, params, error, notes, database, info FROM mysql WHERE params LIKE '%411111%' LIMIT 1")
      .get() as Record<string, string>
    expect(row.user).toMatch(/^t-[0-9a-f]{16}$/)
    expect(row.query).toBe(`select 1 from t where u = '${row.user}'`)
    expect(row.params).toBe('["411111******1111"]')
    expect(row.database).toBe(`db_of_${row.user}`)
    // Sentences go, unless the policy names them.
    expect([row.error, row.notes]).toEqual([null, null])
    // Addresses stay here, and so do the ids.
    expect(db.prepare('SELECT flow, client_ip FROM flow ORDER BY id LIMIT 1').get()).toEqual(
      new Database(analysed.path, { readonly: true }).prepare('SELECT flow, client_ip FROM flow ORDER BY id LIMIT 1').get(),
    )
    db.close()
  })

  it('one key: the same bytes, and tokens that join; no key: other tokens each time', async () => {
    const key = at('key')
    writeFileSync(key, Buffer.alloc(32, 5), { mode: 0o600 })
    await run('a.sqlite', { key })
    await run('b.sqlite', { key })
    expect(readFileSync(at('a.sqlite')).equals(readFileSync(at('b.sqlite')))).toBe(true)
    await run('other.sqlite')
    const user = (name: string): unknown => {
      const db = open(name)
      const found = db.prepare('SELECT user FROM mysql WHERE user IS NOT NULL ORDER BY id LIMIT 1').pluck().get()
      db.close()
      return found
    }
    expect(user('a.sqlite')).not.toBe(user('other.sqlite'))
  })

  it('only flows of a network go out, with what belongs to them', async () => {
    const db = new Database(analysed.path, { readonly: true })
    const [host, flows] = db.prepare('SELECT server_ip, count(*) FROM flow GROUP BY 1 ORDER BY 2 LIMIT 1').raw().get() as [string, number]
    db.close()
    const { counts } = await run('one.sqlite', { policy: write('one.yml', `default: keep\nonly: {hosts: ["${host}"]}\n`) })
    const out = open('one.sqlite')
    expect(out.prepare('SELECT count(*) FROM flow').pluck().get()).toBeGreaterThanOrEqual(flows)
    expect(out.prepare('SELECT count(*) FROM flow WHERE ? NOT IN (client_ip, server_ip)').pluck().get(host)).toBe(0)
    expect(out.prepare('SELECT count(*) FROM tx WHERE ? NOT IN (client_ip, server_ip)').pluck().get(host)).toBe(0)
    out.close()
    expect(counts!.leftOut).toBeGreaterThan(0)
    const { counts: none } = await run('none.sqlite', {
      policy: write('none.yml', 'default: keep\nexcept: {networks: [0.0.0.0/0, "::/0"]}\n'),
    })
    expect(none).toMatchObject({ flows: 0, transactions: 0 })
  })

  it('names of documents, and columns of one protocol', async () => {
    await run('doc.sqlite', {
      policy: write(
        'doc.yml',
        'default: keep\nrules:\n  - {fields: [source.ip, server.ip], action: token}\n  - {fields: [url.original], action: remove}\n',
      ),
    })
    const db = open('doc.sqlite')
    expect(db.prepare('SELECT client_ip, server_ip FROM flow LIMIT 1').raw().get()).toEqual([
      expect.stringMatching(/^t-/),
      expect.stringMatching(/^t-/),
    ])
    expect(db.prepare('SELECT count(url) FROM http').pluck().get()).toBe(0)
    db.close()
    const bytes = bytesOf('doc.sqlite')
    for (const address of addresses()) expect(bytes.includes(address.toLowerCase()), address).toBe(false)
  })
})

it('the policy in the docs is one, and names columns that there are', async () => {
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(new URL('../../docs/export.md', import.meta.url), 'utf8'))!
  expect(await run('docs.sqlite', { policy: write('docs.yml', yaml!) })).toMatchObject({ whole: true })
})

describe('mistakes', () => {
  it.each([
    ['rules: []', 'say what happens to columns'],
    ['default: perhaps', 'keep or remove'],
    ['default: keep\nrulez: []', 'unknown key "rulez"; did you mean'],
    ['default: keep\nrules:\n  - {fields: [user], action: hide}', 'want one of keep, remove'],
    ['default: keep\nrules:\n  - {action: token}', 'names its fields'],
    ['default: keep\nrules:\n  - {fields: [user], action: token, first: 2}', 'is of a mask'],
    ['default: keep\ntoken_digits: 4', 'at least 16'],
    ['default: keep\nonly: {networks: [10.0.0.0/99]}', 'is no network'],
    ['default: keep\nonly: {hosts: [elsewhere]}', 'is no address'],
    ['- a\n- b', 'is a map'],
    ['{', 'not valid YAML'],
  ])('%s', (text, problem) => expect(() => parsePolicy(text, 'p.yml')).toThrow(problem))

  it('a rule that names no column would let out what it was to hide', async () => {
    await expect(
      run('x.sqlite', { policy: write('typo.yml', 'default: keep\nrules:\n  - {fields: [mysql.usr], action: token}\n') }),
    ).rejects.toThrow(/typo\.yml:3: no column or document field is called mysql\.usr/)
    await expect(
      run('x.sqlite', { policy: write('id.yml', 'default: keep\nrules:\n  - {fields: [flow_id], action: remove}\n') }),
    ).rejects.toThrow('joined and ordered')
    await expect(run('x.sqlite', { policy: at('nowhere.yml') })).rejects.toThrow('cannot be read')
  })

  it('an existing file is kept without force; the case itself always', async () => {
    writeFileSync(at('there.sqlite'), 'mine')
    await expect(run('there.sqlite')).rejects.toThrow('exists')
    expect(readFileSync(at('there.sqlite'), 'utf8')).toBe('mine')
    await run('there.sqlite', { force: true })
    await expect(redact({ path: analysed.path, output: analysed.path, force: true, protocols })).rejects.toThrow('the case itself')
  })
})
