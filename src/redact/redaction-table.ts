/** What a redacted case says about its redaction: which columns, how, how often; never which values. */
import { defineFields, int, optional, type TableSchema, text } from '../schema/fields.js'

export const redactionTable: TableSchema = {
  name: 'redaction',
  doc: 'One column that a policy changed, or in which values of others were found.',
  fields: defineFields({
    id: int('Ordinal of the row.', 1),
    table_name: text('Table, or protocol, of the column.', 'mysql'),
    field: text('Name of the column.', 'user'),
    action: text(
      'remove, mask, token, prefix, literals; id for content ids; found where values of other columns stood in a text that was kept.',
      'token',
    ),
    cells: int('Cells that were changed.', 42),
    rule: optional(int('Line of the rule in the policy; NULL where its default decided, or the rules for ids and sentences.', 7)),
    policy: text('Name of the policy.', 'default'),
    policy_sha256: text('SHA-256 of the policy as it was given.', 'e3b0c442'),
  }),
}
