/**
 * The opening of a connection as one dialogue: protocol header, start, start-ok, secure and secure-ok, up to tune, which says that
 * the server took the login, or close, which says that it did not.
 */
import type { Trace } from '../../model/trace.js'
import { isSecretName } from '../shared/secret-names.js'
import type { AmqpRow } from './fields.js'
import type { MethodMessage } from './messages.js'
import { washed, washedTable } from './row.js'
import { identityOf } from './sasl.js'
import type { Table } from './tables.js'

export class Login {
  request: Trace | undefined
  response: Trace | undefined
  /** The client has said who it is. */
  asked = false
  /** The row was given. */
  done = false
  user: string | undefined
  readonly row: AmqpRow = {}
  private mechanism = ''

  constructor(private readonly secret: (text: string) => string) {}

  get begun(): boolean {
    return this.request !== undefined || this.response !== undefined
  }

  addRequest(at: Trace): void {
    if (this.request) this.request.extend(at)
    else this.request = at.copy()
  }

  addResponse(at: Trace): void {
    if (this.response) this.response.extend(at)
    else this.response = at.copy()
  }

  start(message: MethodMessage): void {
    const { row } = this
    const offered = message.args.mechanisms
    if (typeof offered === 'string') row.mechanisms = offered.split(' ').filter((word) => word !== '')
    const table = message.args['server-properties'] as Table | undefined
    if (!table) return
    row.server_properties = washedTable(table, this.secret)
    row.server_product = this.text(table, 'product')
    row.server_version = this.text(table, 'version')
  }

  startOk(message: MethodMessage): void {
    const { row } = this
    this.asked = true
    const { mechanism, response, locale } = message.args
    if (typeof mechanism === 'string') row.mechanism = this.mechanism = mechanism
    if (typeof locale === 'string') row.locale = locale
    if (typeof response === 'string') this.identify(response)
    const table = message.args['client-properties'] as Table | undefined
    if (!table) return
    row.client_properties = washedTable(table, this.secret)
    row.client_product = this.text(table, 'product')
    row.client_version = this.text(table, 'version')
    row.client_platform = this.text(table, 'platform')
  }

  identify(response: string): void {
    const who = identityOf(this.mechanism, response)
    if (who.user !== undefined) this.user = washed(who.user, this.secret)
    if (who.secret !== undefined) this.row.auth_secret = this.secret(who.secret)
  }

  private text(table: Table, name: string): string | undefined {
    const value = table[name]
    return typeof value === 'string' && !isSecretName(name) ? washed(value, this.secret) : undefined
  }

  query(): string {
    const words = ['connection.start', this.row.mechanism, this.user, this.row.auth_secret]
    return words.filter((word) => word !== undefined && word !== '').join(' ')
  }
}
