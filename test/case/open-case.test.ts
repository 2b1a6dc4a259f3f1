import { chmodSync, copyFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { openCase } from '../../src/case/open-case.js'
import { UserError } from '../../src/model/user-error.js'
import { CASE_APPLICATION_ID } from '../../src/schema/case-mark.js'

const folder = mkdtempSync(join(tmpdir(), 'audit-open-'))

function caseAt(name: string, version = 1): string {
  const path = join(folder, name)
  const db = new Database(path)
  db.pragma(`application_id = ${CASE_APPLICATION_ID}`)
  db.pragma(`user_version = ${version}`)
  db.exec('CREATE TABLE capture (id INTEGER PRIMARY KEY, first_ns INTEGER); INSERT INTO capture VALUES (1, 1440662455638957001)')
  db.close()
  return path
}

describe('a case opened to be read', () => {
  test('gives 64-bit integers exactly and refuses to write', () => {
    const db = openCase(caseAt('plain.sqlite'))
    expect(db.prepare('SELECT first_ns FROM capture').pluck().get()).toBe(1440662455638957001n)
    expect(() => db.exec('DELETE FROM capture')).toThrow(/readonly|query_only/)
    db.close()
  })

  test('says what is wrong with what is no case', () => {
    expect(() => openCase(join(folder, 'absent.sqlite'))).toThrow(/does not exist/)
    const empty = join(folder, 'empty.sqlite')
    writeFileSync(empty, '')
    expect(() => openCase(empty)).toThrow(/is empty/)
    const text = join(folder, 'text.sqlite')
    writeFileSync(text, 'x'.repeat(200))
    expect(() => openCase(text)).toThrow(UserError)
    expect(() => openCase(caseAt('newer.sqlite', 99))).toThrow(/newer version/)
  })

  test('names a damaged file', () => {
    const whole = caseAt('whole.sqlite')
    const damaged = join(folder, 'damaged.sqlite')
    copyFileSync(whole, damaged)
    chmodSync(damaged, 0o600)
    const db = new Database(damaged)
    db.unsafeMode(true)
    db.pragma('writable_schema = 1')
    db.exec("UPDATE sqlite_schema SET sql = 'CREATE TABLE nothing'")
    db.close()
    expect(() => openCase(damaged)).toThrow(/is damaged/)
  })
})
