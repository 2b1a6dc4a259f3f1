/** Errors and notices as columns, without the secrets they quote. */
import type { PgsqlRow } from './fields.js'
import type { Diagnostics } from './messages.js'
import { secretsIn, wash } from './secrets.js'
import type { Unit } from './unit.js'

export class Diagnosis {
  private secrets: string[] | undefined

  constructor(
    private readonly unit: Unit,
    private readonly bound: readonly string[],
    private readonly login: readonly string[],
    private readonly secret: (text: string) => string,
  ) {}

  putError(row: PgsqlRow, fields: Diagnostics): void {
    row.error_severity = fields.S
    row.error_code = fields.C
    row.error_message = this.wash(fields.M)
    row.error_detail = this.wash(fields.D)
    row.error_hint = this.wash(fields.H)
    row.error_context = this.wash(fields.W)
    const position = Number(fields.P ?? fields.p)
    if (Number.isSafeInteger(position) && position > 0) row.error_position = position
    if (fields.t !== undefined) row.error_table = fields.s === undefined ? fields.t : `${fields.s}.${fields.t}`
    row.error_column = fields.c
    row.error_constraint = fields.n
  }

  putNotices(row: PgsqlRow, unit: Unit): void {
    const [first] = unit.notices
    row.notice_code = first?.C
    row.notice_message = this.wash(first?.M)
    row.notices = unit.notices.map(
      (fields) => `${fields.S ?? 'NOTICE'}: ${this.wash(fields.M) ?? ''}${fields.D ? ` (${this.wash(fields.D)})` : ''}`,
    )
    if (unit.noticesLeftOut > 0) unit.note(`${unit.noticesLeftOut} more notices were not kept.`)
  }

  /** Other words of the server, as the text of a result. */
  quoted(text: string): string {
    return wash(text, this.known(), this.secret)
  }

  private wash(text: string | undefined): string | undefined {
    return text === undefined ? undefined : wash(text, this.known(), this.secret)
  }

  private known(): readonly string[] {
    if (!this.secrets) this.secrets = [...(this.unit.text === undefined ? [] : secretsIn(this.unit.text)), ...this.bound, ...this.login]
    return this.secrets
  }
}
