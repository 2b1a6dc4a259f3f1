import { describe, expect, test } from 'vitest'
import { CaseNames } from '../../../src/app/prompt/case-names.js'
import { complete } from '../../../src/app/prompt/completion.js'
import { readSavedQuery } from '../../../src/query/saved/header.js'

const table = (name: string, ...columns: string[]) => ({
  name,
  kind: 'view',
  sql: `CREATE VIEW ${name} AS SELECT 1`,
  columns: columns.map((column) => ({ name: column, type: 'TEXT' })),
})
const names = new CaseNames(
  [
    table('tx', 'id', 'client_ip', 'client_port', 'status'),
    table('tx_http', 'id', 'inner_path'),
    table('http', 'id', 'client_ip', 'host', 'status_code'),
    table('dns', 'id', 'rcode', 'bad\u001b[2Jname'),
    table('e\u001b[2J'),
  ],
  ['count', 'coalesce'],
)
const saved = [
  readSavedQuery(
    'slow',
    '-- Slow ones.\n-- :min_ms real = 1000 Least.\n-- :protocol text = null Which.\nselect :min_ms, :protocol',
    'slow.sql',
  ),
  readSavedQuery('hosts', 'select 1', 'hosts.sql'),
]
const offered = (line: string, begun = ''): string[] => complete(line, begun, names, () => saved)[0]

describe('Tab offers', () => {
  test.each([
    ['tables behind FROM and JOIN', 'select * from ', ['tx', 'http', 'dns']],
    ['and behind a comma there', 'select * from tx, h', ['http']],
    ['columns of what is read', 'select * from http where status', ['status_code']],
    ['by the name it is given', 'select h.cl from http h where h.ho', ['h.host']],
    ['and with AS', 'select * from dns as d join http as h on h.st', ['h.status_code']],
    ['by its own name', 'select dns.r', ['dns.rcode']],
    ['columns of tx before a table is named', 'select client_', ['client_ip', 'client_port']],
    ['keywords', 'sel', ['select']],
    ['as they are begun', 'SEL', ['SELECT']],
    ['functions', 'select coa', ['coalesce(']],
    ['nothing that needs quotes, or that a terminal would obey', 'select ba from dns where ba', []],
    ['commands', '.t', ['.tables', '.tz', '.timeout']],
    ['their arguments', '.format n', ['ndjson']],
    ['inner tables where they are asked for', '.schema tx', ['tx', 'tx_http']],
    ['saved queries', '.run ', ['slow', 'hosts']],
    ['as they are begun', '.run sl', ['slow']],
    ['their parameters', '.run slow ', ['min_ms=', 'protocol=']],
    ['once each', '.run slow min_ms=3 ', ['protocol=']],
    ['none of a query that there is not', '.run fast m', []],
    ['zones', '.tz europe/berl', ['Europe/Berlin']],
    ['nothing for an unknown name', 'select x.', []],
  ])('%s: %s', (_, line, expected) => {
    expect(offered(line)).toEqual(expected)
  })

  test('what fits a statement of several lines', () => {
    expect(offered('where rc', 'select *\nfrom dns\n')).toEqual(['rcode'])
    expect(offered('.t', 'select 1\n')).toEqual([])
  })

  test('soon, whatever was typed', () => {
    const begun = `select ${'a,'.repeat(200_000)} from ${'tx ,'.repeat(50_000)}`
    const before = performance.now()
    offered('x', begun)
    offered(`${'('.repeat(10_000)}.`, begun)
    expect(performance.now() - before).toBeLessThan(500)
  })
})

test('.schema and .tables show no code that a terminal would obey', () => {
  expect(names.tablesText() + names.schemaText('') + names.schemaText('dns')).not.toContain('\u001b')
  expect(() => names.schemaText('htp')).toThrow(/did you mean "http"/)
})
