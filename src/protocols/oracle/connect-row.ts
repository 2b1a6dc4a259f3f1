/** The row of a CONNECT with its answer. */
import { readAccept, refusal } from './connect.js'
import type { Connection } from './connection.js'
import { find, findNumber, readDescriptor } from './descriptor.js'
import type { Exchange } from './exchange.js'
import type { OracleRow } from './fields.js'
import type { Secret } from './secrets.js'

export interface ConnectRow {
  readonly row: OracleRow
  readonly query: string | undefined
  readonly resource: string | undefined
  readonly user: string | undefined
  readonly error: string | undefined
  readonly notes: string[]
  readonly answer: string | undefined
}

export function connectRow(x: Exchange, state: Connection, acceptBody: Buffer | undefined, secret: Secret): ConnectRow {
  const row: OracleRow = { request_type: 'connect' }
  const notes: string[] = []
  const { connect } = x
  const source = x.connectText !== '' ? x.connectText : (connect?.text ?? '')
  const d = readDescriptor(source, secret)
  if (connect) {
    row.tns_version = connect.version
    row.tns_lowest_version = connect.lowest
    row.sdu = connect.sdu
    row.tdu = connect.tdu
    if (source.length < connect.length) notes.push('the connect descriptor is not complete')
    state.connectSeen = true
    put(row, 'connect_host', find(d, 'ADDRESS.HOST') ?? find(d, 'ADDRESS.HOSTNAME'))
    const port = findNumber(d, 'ADDRESS.PORT')
    if (port !== undefined) row.connect_port = port
    put(row, 'connect_protocol', find(d, 'ADDRESS.PROTOCOL')?.toLowerCase())
    put(row, 'service_name', find(d, 'CONNECT_DATA.SERVICE_NAME'))
    put(row, 'sid', find(d, 'CONNECT_DATA.SID'))
    put(row, 'instance_name', find(d, 'CONNECT_DATA.INSTANCE_NAME'))
    put(row, 'server_type', find(d, 'CONNECT_DATA.SERVER')?.toUpperCase())
    put(row, 'client_program', find(d, 'CID.PROGRAM'))
    put(row, 'client_host', find(d, 'CID.HOST'))
    put(row, 'client_os_user', find(d, 'CID.USER'))
    put(row, 'connection_id', find(d, 'CONNECT_DATA.CONNECTION_ID'))
    state.service = row.service_name
    state.sid = row.sid
    state.program = row.client_program
  }
  const command = find(d, 'CONNECT_DATA.COMMAND')
  let error: string | undefined
  let answer: string | undefined
  if (x.result) row.connect_result = x.result
  if (x.result === 'accept' && acceptBody) {
    const accept = readAccept(acceptBody)
    if (accept) {
      row.tns_version = accept.version
      row.sdu = accept.sdu
      row.tdu = accept.tdu
      if (accept.compression) row.compression = true
      state.sdu = accept.sdu
    }
  } else if (x.result === 'refuse') {
    const told = readDescriptor(x.answerText, secret)
    answer = told.text
    const code = findNumber(told, 'ERR') ?? findNumber(told, 'CODE')
    if (x.refuse) {
      row.refuse_user_reason = x.refuse.user
      row.refuse_system_reason = x.refuse.system
    }
    if (code !== undefined) row.error_code = `TNS-${String(code).padStart(5, '0')}`
    error = code === undefined ? answer || 'refused' : refusal(code)
  } else if (x.result === 'redirect') {
    // Since 10g the address is followed by NUL and the connect data to use there.
    const [address] = x.answerText.split('\0')
    const to = readDescriptor(address ?? '', secret)
    answer = to.text
    row.redirect_address = to.text
    const protocol = find(to, 'PROTOCOL')
    if (protocol !== undefined && protocol.toLowerCase() === 'tcps') notes.push('the redirect leads to TLS (tcps)')
  } else if (x.result === 'resend') notes.push('the server asked to send the connect again')
  else if (x.result === 'abort') error = 'aborted'
  return {
    row,
    query: d.text === '' ? undefined : d.text,
    resource: row.service_name ?? row.sid ?? command,
    user: row.client_os_user,
    error,
    notes,
    answer,
  }
}

function put<K extends keyof OracleRow>(row: OracleRow, column: K, value: OracleRow[K]): void {
  if (value !== undefined) row[column] = value
}
