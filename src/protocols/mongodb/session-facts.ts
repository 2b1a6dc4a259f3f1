/** What is known of a connection: who is logged in, which program speaks, what the server is. */
import type { Answer } from './answer.js'
import type { Ask, ClientFacts } from './ask.js'
import type { MongodbRow } from './fields.js'
import type { Login } from './login.js'
import { isHello } from './names.js'

export class SessionFacts {
  user: string | undefined
  private pending: Login | undefined
  private client: ClientFacts | undefined
  private replicaSet: string | undefined
  private version: string | undefined
  private begun = false
  /** The first thing seen of the client is not what connections begin with. */
  middle = false

  asked(ask: Ask): void {
    if (!this.begun) {
      this.begun = true
      this.middle = ask.method === undefined || !(isHello(ask.method) || ask.login !== undefined)
    }
    if (ask.client) this.client = ask.client
    const { login, row } = ask
    if (!login) return
    if (login.step === 'start') this.pending = login
    const of = login.step === 'continue' ? this.pending : login
    row.auth_mechanism = of?.mechanism
    row.auth_database = of?.database
    row.auth_user = of?.user
  }

  answered(ask: Ask, answer: Answer): void {
    if (answer.row.replica_set !== undefined) this.replicaSet = answer.row.replica_set
    if (answer.row.server_version !== undefined) this.version = answer.row.server_version
    const { login, row } = ask
    if (!login) return
    if (login.step === 'logout') {
      if (!answer.failed) this.user = undefined
      return
    }
    if (answer.failed) {
      row.auth_result = 'failed'
      this.pending = undefined
    } else if (login.speculative && answer.login === undefined) this.pending = undefined
    else if (answer.login === 'continues') row.auth_result = 'continues'
    else {
      // `authenticate` is answered with `ok` alone.
      row.auth_result = 'ok'
      this.user = row.auth_user ?? answer.row.auth_user ?? this.pending?.user
      this.pending = undefined
    }
  }

  /** Who a row is to be counted for. */
  userOf(ask: Ask | undefined): string | undefined {
    return ask?.row.auth_user ?? this.user
  }

  put(row: MongodbRow): void {
    row.application ??= this.client?.application
    row.driver ??= this.client?.driver
    row.replica_set ??= this.replicaSet
    row.server_version ??= this.version
    if (row.max_wire_version !== undefined) {
      row.platform = this.client?.platform
      row.os = this.client?.os
    }
  }
}
