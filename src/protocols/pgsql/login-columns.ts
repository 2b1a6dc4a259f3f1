/** What the row of a login says beyond what every row of the connection does. */
import type { PgsqlRow } from './fields.js'
import type { Login } from './login.js'

export function loginColumns(row: PgsqlRow, login: Login): void {
  row.protocol_version = login.protocolVersion
  row.server_version = login.serverVersion
  row.auth_method = login.kind
  row.auth_result = login.result
  row.auth_mechanisms = login.mechanisms
  row.auth_iterations = login.iterations
  row.auth_proof = login.proof
  row.parameters = login.parameters
  row.replication = login.replication
  const settings = { ...login.settings }
  if (Object.keys(settings).length > 0) row.settings = settings
}
