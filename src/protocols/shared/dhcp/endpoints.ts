/** Who sent a message to whom: documents tell source and destination as the packet went, client and server by role. */
import type { FlowView } from '../../../model/flow-view.js'
import { otherSide, type Side } from '../../../model/side.js'
import { defineFields, int, optional, type RowOf, text } from '../../../schema/fields.js'

const document = { only: 'document' } as const

/** The flow's client is the DHCP client, who receives replies. */
export const endpointFields = (example: { client: string; server: string; clientPort: number; serverPort: number }) =>
  defineFields({
    source_ip: optional(text('Who sent a reply; told where it is not the client.', example.server, 'source.ip', document)),
    source_port: optional(int('Port the reply was sent from.', example.serverPort, 'source.port', document)),
    source_bytes: optional(int('Bytes of a reply.', 300, 'source.bytes', document)),
    destination_ip: optional(text('Where a reply was sent to.', example.client, 'destination.ip', document)),
    destination_port: optional(int('Port the reply was sent to.', example.clientPort, 'destination.port', document)),
    destination_bytes: optional(
      int('Zero for a reply, which takes the count out of its document: who receives it said nothing.', 0, 'destination.bytes', document),
    ),
    asking_ip: optional(text('The client, where the flow has it the other way round.', example.client, 'client.ip', document)),
    asking_port: optional(
      int('Port of the client, where the flow has it the other way round.', example.clientPort, 'client.port', document),
    ),
    answering_ip: optional(text('The server, where the flow has it the other way round.', example.server, 'server.ip', document)),
    answering_port: optional(
      int('Port of the server, where the flow has it the other way round.', example.serverPort, 'server.port', document),
    ),
  })

export type EndpointColumns = RowOf<ReturnType<typeof endpointFields>>

/** Into the row that is there: copying ninety columns costs more than reading the message. */
export function setEndpoints(row: EndpointColumns, flow: FlowView, side: Side, reply: boolean, bytes: number): void {
  const from = flow[side]
  const to = flow[otherSide(side)]
  if (side === 'server') {
    row.source_ip = from.ip
    row.source_port = from.port
    row.destination_ip = to.ip
    row.destination_port = to.port
  }
  if (reply) {
    row.source_bytes = bytes
    row.destination_bytes = 0
  }
  const [client, server] = reply ? [to, from] : [from, to]
  if (client === flow.client) return
  row.asking_ip = client.ip
  row.asking_port = client.port
  row.answering_ip = server.ip
  row.answering_port = server.port
}
