/** What `audit verify` says of a case that nobody touched, and of each way to touch one; what `audit custody` keeps. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, chmodSync, copyFileSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Program } from './program.js'
import { cutLookup, LOOKUP_SEC, lookup } from './small-captures.js'

let program: Program
beforeAll(async () => {
  program = await Program.build()
})
afterAll(() => program.remove())

interface Result {
  readonly answer: string
  readonly signed_by: string | null
  readonly checks: readonly { check: string; state: string; message: string; details?: string[] }[]
}

/** A folder with a capture and a sealed case of it. */
async function sealed(...flags: string[]): Promise<string> {
  const cwd = mkdtempSync(join(program.cwd, 'case-'))
  writeFileSync(join(cwd, 'a.pcap'), lookup())
  await analyze(cwd, 'a.pcap', ...flags)
  return cwd
}

async function analyze(cwd: string, capture: string, ...flags: string[]): Promise<void> {
  const { code, stderr } = await program.run(['analyze', capture, '-o', 'c.sqlite', ...flags], { cwd })
  expect([code, stderr]).toEqual([0, ''])
}

async function verify(cwd: string, ...flags: string[]): Promise<{ code: number | null; result: Result; bad: string[] }> {
  const { code, stdout, stderr } = await program.run(['verify', 'c.sqlite', '--json', ...flags], { cwd })
  expect(stderr).toBe('')
  const result = JSON.parse(stdout) as Result
  const bad = result.checks
    .filter(({ state }) => state === 'failed' || state === 'unchecked')
    .flatMap(({ check, state, message, details = [] }) => [`${state} ${check}: ${message}`, ...details])
  return { code, result, bad }
}

function edit(cwd: string, sql: string): void {
  const db = new Database(join(cwd, 'c.sqlite'))
  db.unsafeMode()
  db.pragma('writable_schema = 1')
  db.exec(sql)
  db.close()
}

const keyIn = (cwd: string, name = 'key'): void => {
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', `${name}.pem`], { cwd })
  execFileSync('openssl', ['pkey', '-in', `${name}.pem`, '-pubout', '-out', `${name}-pub.pem`], { cwd })
  chmodSync(join(cwd, `${name}.pem`), 0o600)
}

describe('audit verify', () => {
  it('says yes to a case that nobody touched, and after it was packed anew', async () => {
    const cwd = await sealed()
    expect(await verify(cwd)).toMatchObject({ code: 0, bad: [], result: { answer: 'yes', signed_by: null } })
    edit(cwd, 'VACUUM')
    const { code, result } = await verify(cwd, '--reproduce')
    expect([code, result.checks.filter(({ state }) => state === 'ok').map(({ check }) => check)]).toEqual([
      0,
      ['file', 'seal', 'rows', 'schema', 'configuration', 'capture', 'second-reader', 'reproduction'],
    ])
    const text = await program.run(['verify', 'c.sqlite'], { cwd })
    expect(text.stdout).toContain('ok       rows')
    expect(text.stdout).toMatch(/\nyes: all that was looked at holds\n$/)
  })

  it('tells a capture with one other byte, one that is gone, and finds one that was moved', async () => {
    const cwd = await sealed()
    const bytes = lookup()
    bytes[60]! ^= 1
    writeFileSync(join(cwd, 'a.pcap'), bytes)
    const changed = await verify(cwd)
    expect(changed.code).toBe(1)
    expect(changed.bad).toEqual([
      expect.stringMatching(/^failed capture: capture 1 \(a\.pcap\) is not the file that was analyzed: .* sha256/),
    ])

    const other = mkdtempSync(join(program.cwd, 'evidence-'))
    writeFileSync(join(other, 'renamed'), lookup())
    renameSync(join(cwd, 'a.pcap'), join(cwd, 'elsewhere'))
    const missing = await verify(cwd)
    expect(missing).toMatchObject({ code: 4, result: { answer: 'incomplete' } })
    expect(await verify(cwd, '--captures', other)).toMatchObject({ code: 0, bad: [] })
  })

  const edits: [string, string, string[]][] = [
    ['an edited row', "UPDATE tx_dns SET method = 'NONE'", ['tx_dns: 1 row changed: id 1']],
    ['a 64-bit value that a double does not tell apart', 'UPDATE tx_dns SET ts_ns = ts_ns + 1', ['tx_dns: 1 row changed: id 1']],
    ['an empty text in place of NULL', "UPDATE tx_dns SET params = '' WHERE params IS NULL", ['tx_dns: 1 row changed: id 1']],
    ['a deleted row', 'DELETE FROM tx_dns WHERE id = 1', ['tx_dns: 1 row deleted: id 1']],
    [
      'an added row',
      'INSERT INTO tx_dns SELECT * FROM (SELECT * FROM tx_dns) WHERE 0; INSERT INTO tx_dns (id) VALUES (9)',
      ['tx_dns: 1 row added: id 9'],
    ],
    ['a row under a number of no row', 'INSERT INTO tx_dns (id) VALUES (-9)', ['tx_dns: rows added under numbers that no row has: -9']],
    ['an edited flow', "UPDATE flow SET client_ip = '10.9.9.9'", ['flow: 1 row changed: id 1']],
    ['a deleted coverage', 'DELETE FROM coverage', ['coverage: 1 row deleted: place 1']],
    ['a hash of the evidence', "UPDATE capture SET sha256 = replace(sha256, 'a', 'b')", ['capture: 1 row changed: id 1']],
    [
      'an edited view',
      "UPDATE sqlite_schema SET sql = replace(sql, '1000000.0', '1000.0') WHERE name = 'dns'",
      ['view dns has another definition'],
    ],
    ['a table that is gone', 'DROP TABLE anomaly', ['anomaly: the table is gone', 'table anomaly is gone']],
    ['another table of transactions', 'CREATE TABLE tx_mine (id INTEGER PRIMARY KEY)', ['tx_mine: the table was added']],
    [
      'another configuration',
      `UPDATE run SET config = replace(config, '"detection":"content"', '"detection":"ports"')`,
      ['run: 1 row changed: id 1', 'run 1: the configuration is not the one that was in force'],
    ],
    ['another program', "UPDATE run SET tool_hash = 'f00'", ['run: 1 row changed: id 1', 'run 1: it names another program']],
    ['an edited seal', "UPDATE seal SET manifest = replace(manifest, 'a.pcap', 'b.pcap')", ['failed seal: the seal itself was changed']],
  ]
  it.each(edits)('names %s', async (_, sql, said) => {
    const cwd = await sealed()
    edit(cwd, sql)
    const { code, bad } = await verify(cwd)
    expect(code).toBe(1)
    for (const line of said) expect(bad).toContain(line)
  })

  it('a case that was changed is not added to: a new seal would cover that up', async () => {
    const cwd = await sealed()
    edit(cwd, "UPDATE tx_dns SET method = 'NONE'")
    writeFileSync(join(cwd, 'b.pcap'), lookup(LOOKUP_SEC + 60))
    const { code, stderr } = await program.run(['analyze', 'b.pcap', '-o', 'c.sqlite'], { cwd })
    expect([code, stderr]).toEqual([2, expect.stringContaining('c.sqlite was changed after it was sealed: rows of tx_dns')])
  })

  it('two runs have one seal over all, which a capture read again renews', async () => {
    const cwd = await sealed()
    writeFileSync(join(cwd, 'b.pcap'), lookup(LOOKUP_SEC + 60))
    await analyze(cwd, 'b.pcap')
    expect(await verify(cwd, '--reproduce')).toMatchObject({ code: 0, bad: [] })
    await analyze(cwd, 'a.pcap')
    expect(await verify(cwd)).toMatchObject({ code: 0, bad: [] })
  })

  it('what somebody added beside the evidence is told and is no fault', async () => {
    const cwd = await sealed()
    edit(cwd, 'CREATE INDEX mine ON flow (client_ip); CREATE TABLE notes (t TEXT)')
    const { code, result } = await verify(cwd)
    expect(code).toBe(0)
    expect(result.checks).toContainEqual(
      expect.objectContaining({ check: 'schema', state: 'note', details: ['index mine', 'table notes'] }),
    )
  })

  it('a case without seal, of an older version or a killed session, is told and is no fault', async () => {
    const cwd = await sealed()
    edit(cwd, 'DROP TABLE seal; DROP TABLE seal_part')
    expect(await verify(cwd)).toMatchObject({
      code: 4,
      bad: [expect.stringContaining('unchecked seal: not sealed: a run that was killed')],
    })
    edit(cwd, 'UPDATE run SET finished = 0')
    expect((await verify(cwd)).bad).toEqual([expect.stringContaining('a live session that still goes on, or was killed')])
    await analyze(cwd, 'a.pcap')
    edit(cwd, 'DELETE FROM seal')
    writeFileSync(join(cwd, 'b.pcap'), lookup(LOOKUP_SEC + 60))
    await analyze(cwd, 'b.pcap')
    const { code, result } = await verify(cwd)
    expect(code).toBe(0)
    expect(result.checks).toContainEqual(
      expect.objectContaining({ state: 'note', message: expect.stringContaining('no seal before its last run') }),
    )
  })

  it('a file that SQLite finds damaged, one of a newer layout, and what is no case', async () => {
    const cwd = await sealed()
    const bytes = readFileSync(join(cwd, 'c.sqlite'))
    bytes.fill(0xff, 16_384 * 3 + 100, 16_384 * 3 + 200)
    bytes.fill(0xff, 16_384 * 5, 16_384 * 5 + 100)
    writeFileSync(join(cwd, 'c.sqlite'), bytes)
    const { code, bad } = await verify(cwd)
    expect([code, bad[0]]).toEqual([1, expect.stringContaining('failed file: ')])

    const newer = await sealed()
    edit(newer, 'PRAGMA user_version = 2')
    for (const args of [
      ['verify', 'c.sqlite'],
      ['custody', 'show', 'c.sqlite'],
      ['custody', 'add', 'c.sqlite', '--who=a', '--where=b', '--why=c'],
    ]) {
      const ran = await program.run(args, { cwd: newer })
      expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('was written by a newer version')])
    }
    const none = await program.run(['verify', 'none.sqlite'], { cwd })
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('none.sqlite does not exist')])
  })

  it('a capture from standard input cannot be looked for by its name', async () => {
    const cwd = mkdtempSync(join(program.cwd, 'case-'))
    await program.run(['analyze', '-', '-o', 'c.sqlite'], { cwd, input: lookup() })
    const { code, bad } = await verify(cwd)
    expect([code, bad]).toEqual([4, [expect.stringContaining('it was read from standard input')]])
    writeFileSync(join(cwd, 'saved'), lookup())
    expect(await verify(cwd, '--captures', '.', '--reproduce')).toMatchObject({ code: 0, bad: [] })
  })

  it('the second reader: other formats are left out, and a damaged capture is no disagreement', async () => {
    const cwd = mkdtempSync(join(program.cwd, 'case-'))
    writeFileSync(join(cwd, 'cut.pcap'), cutLookup())
    const long = Buffer.concat([lookup(), Buffer.from('00000000000000000000f07f0000f07f', 'hex'), Buffer.alloc(40 * 2 ** 20)])
    writeFileSync(join(cwd, 'long.pcap'), long)
    await program.run(['analyze', 'cut.pcap', 'long.pcap', '-o', 'c.sqlite'], { cwd })
    const { code, result } = await verify(cwd)
    const said = result.checks.filter(({ check }) => check === 'second-reader').map(({ state }) => state)
    expect(said.every((state) => state === 'ok' || state === 'unchecked')).toBe(true)
    expect(said).toHaveLength(2)
    expect(code).not.toBe(1)
  }, 60_000)

  it('--reproduce: what a list of indicators pointed at is of the list, and said to be', async () => {
    const cwd = mkdtempSync(join(program.cwd, 'case-'))
    writeFileSync(join(cwd, 'a.pcap'), lookup())
    writeFileSync(join(cwd, 'list.txt'), '192.0.2.0/24\n')
    await analyze(cwd, 'a.pcap', '--intel', 'list.txt')
    const { code, bad, result } = await verify(cwd, '--reproduce')
    expect({ code, bad }).toEqual({ code: 0, bad: [] })
    expect(result.checks.find(({ check }) => check === 'reproduction')?.details).toEqual([
      expect.stringMatching(/^[1-9]\d* findings? were not/),
    ])
  })

  it('--reproduce: rows that were changed with all their digests, another program, secrets shown', async () => {
    const cwd = await sealed('--show-secrets')
    expect(await verify(cwd, '--reproduce')).toMatchObject({ code: 0, bad: [] })
    edit(cwd, "UPDATE tx_dns SET method = 'NONE'")
    expect((await verify(cwd, '--reproduce')).bad).toContain(
      'failed reproduction: the same captures give other rows (second run against the case)',
    )
    const other = await sealed()
    edit(other, "UPDATE run SET tool_hash = 'f00'")
    expect((await verify(other, '--reproduce')).bad).toContainEqual(expect.stringContaining('--any-version runs it all the same'))
    const forced = await verify(other, '--reproduce', '--any-version')
    expect(forced.result.checks).toContainEqual(expect.objectContaining({ check: 'reproduction', state: 'ok' }))
  })

  it('--reproduce with --start, ports, protocols and a configuration', async () => {
    const cwd = mkdtempSync(join(program.cwd, 'case-'))
    writeFileSync(join(cwd, 'a.pcap'), lookup())
    writeFileSync(join(cwd, 'audit.yml'), 'detection: ports\nprotocols:\n  - type: dns\n    ports: [53, 5300]\n', { mode: 0o600 })
    await analyze(cwd, 'a.pcap', '-c', 'audit.yml', '--start', '2015-08-27T08:00:00Z', '--port', 'dns=53')
    expect(await verify(cwd, '--reproduce')).toMatchObject({ code: 0, bad: [] })
  })
})

describe('signatures', () => {
  it('hold for the key that made them; an edited row with all digests made anew has none', async () => {
    const cwd = mkdtempSync(join(program.cwd, 'case-'))
    writeFileSync(join(cwd, 'a.pcap'), lookup())
    keyIn(cwd)
    keyIn(cwd, 'other')
    await analyze(cwd, 'a.pcap', '--sign', 'key.pem')
    const der = execFileSync('openssl', ['pkey', '-pubin', '-in', 'key-pub.pem', '-outform', 'DER'], { cwd })
    const fingerprint = createHash('sha256').update(der).digest('hex')
    const inside = await verify(cwd)
    expect(inside).toMatchObject({ code: 0, result: { signed_by: fingerprint } })
    expect(inside.result.checks).toContainEqual(
      expect.objectContaining({ check: 'signature', state: 'note', message: expect.stringContaining('proves nothing about who signed') }),
    )
    expect((await verify(cwd, '--key', 'key-pub.pem')).result.checks).toContainEqual(
      expect.objectContaining({ check: 'signature', state: 'ok' }),
    )
    expect(await verify(cwd, '--key', 'other-pub.pem')).toMatchObject({
      code: 1,
      bad: [expect.stringContaining('was signed with another key')],
    })

    // What a forger does who has the program and not the key: edit, take the seal out, let the program seal it anew.
    edit(cwd, "UPDATE tx_dns SET method = 'NONE'; DELETE FROM seal; DELETE FROM seal_part")
    writeFileSync(join(cwd, 'b.pcap'), lookup(LOOKUP_SEC + 60))
    await analyze(cwd, 'b.pcap')
    expect(await verify(cwd, '--key', 'key-pub.pem')).toMatchObject({ code: 1, bad: ['failed signature: the seal is not signed'] })
    const db = new Database(join(cwd, 'c.sqlite'))
    const again = mkdtempSync(join(program.cwd, 'case-'))
    copyFileSync(join(cwd, 'key.pem'), join(again, 'key.pem'))
    chmodSync(join(again, 'key.pem'), 0o600)
    writeFileSync(join(again, 'a.pcap'), lookup())
    await analyze(again, 'a.pcap', '--sign', 'key.pem')
    const genuine = new Database(join(again, 'c.sqlite')).prepare('SELECT signature, public_key FROM seal').get() as Record<string, string>
    db.prepare('UPDATE seal SET signature = ?, public_key = ?').run(genuine.signature, genuine.public_key)
    db.close()
    expect(await verify(cwd)).toMatchObject({
      code: 1,
      bad: [expect.stringContaining('the signature does not hold for the key in the case')],
    })
  })

  it('are checked by plain openssl', async () => {
    const cwd = mkdtempSync(join(program.cwd, 'case-'))
    writeFileSync(join(cwd, 'a.pcap'), lookup())
    keyIn(cwd)
    await analyze(cwd, 'a.pcap', '--sign', 'key.pem')
    await verify(cwd, '--manifest', 'manifest.json')
    const check = (): string =>
      execFileSync(
        'openssl',
        ['pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', 'key-pub.pem', '-in', 'manifest.json', '-sigfile', 'manifest.json.sig'],
        {
          cwd,
          encoding: 'utf8',
          stdio: 'pipe',
        },
      )
    expect(check()).toContain('Signature Verified Successfully')
    expect(readFileSync(join(cwd, 'manifest.json.pem'), 'utf8')).toBe(readFileSync(join(cwd, 'key-pub.pem'), 'utf8'))
    expect(JSON.parse(readFileSync(join(cwd, 'manifest.json'), 'utf8'))).toMatchObject({ format: 'pcap-audit seal 1' })
    appendFileSync(join(cwd, 'manifest.json'), ' ')
    expect(check).toThrow()
    const twice = await program.run(['verify', 'c.sqlite', '--manifest', 'manifest.json'], { cwd })
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining('manifest.json cannot be written')])
  })

  it('refuse keys that others can read, of another type, encrypted ones without passphrase, and public ones', async () => {
    const cwd = mkdtempSync(join(program.cwd, 'case-'))
    writeFileSync(join(cwd, 'a.pcap'), lookup())
    keyIn(cwd)
    execFileSync('openssl', ['genpkey', '-algorithm', 'rsa', '-out', 'rsa.pem'], { cwd, stdio: 'ignore' })
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-aes256', '-pass', 'pass:secret', '-out', 'locked.pem'], { cwd })
    for (const name of ['rsa.pem', 'locked.pem']) chmodSync(join(cwd, name), 0o600)
    writeFileSync(join(cwd, 'noise.pem'), 'noise', { mode: 0o600 })
    const refused = async (file: string, env: Record<string, string> = {}): Promise<string> => {
      const { code, stderr } = await program.run(['analyze', 'a.pcap', '-o', 'r.sqlite', '--sign', file], { cwd, env })
      expect(code).toBe(2)
      return stderr
    }
    expect(await refused('rsa.pem')).toContain('a key of type rsa')
    expect(await refused('locked.pem')).toContain('AUDIT_KEY_PASSPHRASE')
    expect(await refused('locked.pem', { AUDIT_KEY_PASSPHRASE: 'wrong' })).toContain('does not open with the passphrase')
    expect(await refused('none.pem')).toContain('none.pem cannot be read')
    expect(await refused('noise.pem')).toContain('holds no private key')
    chmodSync(join(cwd, 'key-pub.pem'), 0o600)
    expect(await refused('key-pub.pem')).toContain('holds a public key')
    chmodSync(join(cwd, 'key.pem'), 0o644)
    expect(await refused('key.pem')).toContain('others can read')
    const open = await program.run(['analyze', 'a.pcap', '-o', 'c.sqlite', '--sign', 'locked.pem'], {
      cwd,
      env: { AUDIT_KEY_PASSPHRASE: 'secret' },
    })
    expect(open.code).toBe(0)
    chmodSync(join(cwd, 'key.pem'), 0o600)
    const swapped = await program.run(['verify', 'c.sqlite', '--key', 'key.pem'], { cwd })
    expect([swapped.code, swapped.stderr]).toEqual([2, expect.stringContaining('holds a private key')])
    const nothing = await program.run(['analyze', 'a.pcap', '-o', 'd.ndjson', '--sign', 'key.pem'], { cwd })
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('no case is written')])
  })
})

it('a signed case that a run added to without the key says so', async () => {
  const cwd = mkdtempSync(join(program.cwd, 'case-'))
  for (const [name, sec] of [
    ['a.pcap', LOOKUP_SEC],
    ['b.pcap', LOOKUP_SEC + 60],
  ] as const)
    writeFileSync(join(cwd, name), lookup(sec))
  keyIn(cwd)
  await analyze(cwd, 'a.pcap', '--sign', 'key.pem')
  await analyze(cwd, 'b.pcap')
  expect((await verify(cwd)).result.checks).toContainEqual(
    expect.objectContaining({ state: 'note', message: 'the seal before the last run was signed, this one is not' }),
  )
})

describe('audit custody', () => {
  const add = async (cwd: string, who: string, ...flags: string[]): Promise<void> => {
    const ran = await program.run(['custody', 'add', 'c.sqlite', '--who', who, '--where', 'lab', '--why', 'received', ...flags], { cwd })
    expect([ran.code, ran.stderr]).toEqual([0, ''])
  }

  it('keeps entries in a chain that the seal need not know', async () => {
    const cwd = await sealed()
    keyIn(cwd)
    expect((await program.run(['custody', 'show', 'c.sqlite'], { cwd })).stdout).toBe('no entries\n')
    await add(cwd, 'A. Jones', '--when', '2026-08-27T10:00:00+02:00', '--note', 'sealed \u001b[31m bag', '--sign', 'key.pem')
    await add(cwd, 'B. Smith')
    const shown = await program.run(['custody', 'show', 'c.sqlite', '--json'], { cwd })
    const { entries, faults } = JSON.parse(shown.stdout)
    expect(faults).toEqual([])
    expect(entries).toMatchObject([
      {
        entry: 1,
        who: 'A. Jones',
        when: expect.stringMatching(/^2026-08-27T08:00:00/),
        former: null,
        signed_by: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      { entry: 2, who: 'B. Smith', signed_by: null },
    ])
    expect(entries[1].former).toBe(entries[0].sha256)
    expect((await program.run(['custody', 'show', 'c.sqlite'], { cwd })).stdout).not.toContain('\u001b')
    expect(await verify(cwd)).toMatchObject({ code: 0, bad: [] })
    // A run that adds to the case seals how far the log went.
    writeFileSync(join(cwd, 'b.pcap'), lookup(LOOKUP_SEC + 60))
    await analyze(cwd, 'b.pcap')
    await add(cwd, 'C. Brown')
    expect(await verify(cwd)).toMatchObject({ code: 0, bad: [] })
    edit(cwd, 'DELETE FROM custody WHERE id > 1')
    expect((await verify(cwd)).bad).toContain('the seal knows 2 entries of it, which are not there as they were')
  })

  it.each([
    ['an edited entry', "UPDATE custody SET entry = replace(entry, 'Jones', 'Bones') WHERE id = 1", 'entry 1 was changed'],
    ['an entry taken out', 'DELETE FROM custody WHERE id = 2', 'entry 2 stands under another number'],
    ['a first entry taken out', 'DELETE FROM custody WHERE id = 1', 'entry 1 does not follow'],
    ['a signature of something else', "UPDATE custody SET signature = 'AAAA' WHERE id = 1", 'entry 1: its signature does not hold'],
    ['noise', "UPDATE custody SET entry = 'x'", 'entry 1 is no entry'],
  ])('tells %s', async (_, sql, said) => {
    const cwd = await sealed()
    for (const who of ['Jones', 'Smith', 'Brown']) await add(cwd, who)
    edit(cwd, sql)
    const shown = await program.run(['custody', 'show', 'c.sqlite'], { cwd })
    expect([shown.code, shown.stderr]).toEqual([1, expect.stringContaining(said)])
    const { code, bad } = await verify(cwd)
    expect([code, bad.join('\n')]).toEqual([1, expect.stringContaining(said)])
    const more = await program.run(['custody', 'add', 'c.sqlite', '--who=a', '--where=b', '--why=c'], { cwd })
    expect([more.code, more.stderr]).toEqual([2, expect.stringContaining('the custody log of c.sqlite was changed')])
  })

  it('wants who, where and why', async () => {
    const cwd = await sealed()
    for (const flags of [
      ['--who', 'a'],
      ['--who', ' ', '--where', 'b', '--why', 'c'],
      ['--who', 'x'.repeat(5000), '--where', 'b', '--why', 'c'],
      ['--who=a', '--where=b', '--why=c', '--when', 'soon'],
    ]) {
      const { code, stderr } = await program.run(['custody', 'add', 'c.sqlite', ...flags], { cwd })
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^audit: .*--w/)])
    }
  })
})
