import { expect, it } from 'vitest'
import { judgeName } from '../../src/config/protocol-names.js'
import { protocols } from '../../src/protocols/registry.js'

it.each([
  ['postgres', 'pgsql'],
  ['PostgreSQL', 'pgsql'],
  ['mariadb', 'mysql'],
  ['https', 'tls'],
  ['cql', 'cassandra'],
  ['smpt', 'smtp'],
])('%s is another word, or a slip, for %s', (word, name) => {
  expect(judgeName(word, protocols)).toEqual({ kind: 'unknown', message: `there is no protocol "${word}"; did you mean "${name}"?` })
})

it('hints at no protocol that is not there', () => {
  expect(judgeName('postgres', protocols.slice(0, 1))).toEqual({ kind: 'unknown', message: 'there is no protocol "postgres"' })
})
