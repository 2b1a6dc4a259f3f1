/** A flow's state in the words that Zeek made common (conn_state): what an examiner reads first. */
import { IpProto } from '../decode/packet.js'
import type { Flow } from './flow.js'
import { HalfState, type TcpConnection } from './tcp-connection.js'

/** Every state, and what it says. */
export const connectionStates = {
  S0: 'Attempt without answer; for UDP, only the client spoke.',
  S1: 'Established, not closed.',
  SF: 'Established and closed by both; for UDP, both spoke.',
  REJ: 'Attempt refused with RST.',
  S2: 'Established, closed by the client only.',
  S3: 'Established, closed by the server only.',
  RSTO: 'Established, aborted by the client.',
  RSTR: 'Aborted by the server.',
  RSTOS0: 'SYN and RST of the client, no SYN-ACK seen.',
  RSTRH: 'SYN-ACK and RST of the server, no SYN seen.',
  SH: 'SYN and FIN of the client, no SYN-ACK seen.',
  SHR: 'SYN-ACK and FIN of the server, no SYN seen.',
  OTH: 'Seen from the middle, or without connections.',
} as const
export type ConnectionState = keyof typeof connectionStates

const silent = (state: HalfState): boolean => state === HalfState.Inactive || state === HalfState.Partial

export function connectionState(flow: Flow): ConnectionState {
  const client = flow.clientDir
  if (flow.proto === IpProto.Udp) {
    const asked = flow.sides[client].packets > 0
    const answered = flow.sides[client === 0 ? 1 : 0].packets > 0
    if (asked) return answered ? 'SF' : 'S0'
    return answered ? 'SHR' : 'OTH'
  }
  return flow.tcp ? tcpState(flow.tcp, client) : 'OTH'
}

function tcpState(tcp: TcpConnection, client: 0 | 1): ConnectionState {
  const c = tcp.halves[client]
  const s = tcp.halves[client === 0 ? 1 : 0]
  if (s.state === HalfState.Reset) {
    const nothingSaid = c.extent === 0 && s.extent === 0
    if (c.state === HalfState.SynSent || c.state === HalfState.SynAckSent || (c.state === HalfState.Reset && nothingSaid)) return 'REJ'
    return silent(c.state) ? 'RSTRH' : 'RSTR'
  }
  if (c.state === HalfState.Reset) return silent(s.state) ? 'RSTOS0' : 'RSTO'
  if (c.state === HalfState.Closed && s.state === HalfState.Closed) return 'SF'
  if (c.state === HalfState.Closed) return silent(s.state) ? 'SH' : 'S2'
  if (s.state === HalfState.Closed) return silent(c.state) ? 'SHR' : 'S3'
  if (c.state === HalfState.SynSent && s.state === HalfState.Inactive) return 'S0'
  if (c.state === HalfState.Established && s.state === HalfState.Established) return 'S1'
  return 'OTH'
}
