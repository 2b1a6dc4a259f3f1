/** What a case knows about the packets of rows that do not name them themselves. */
import type { Database } from 'better-sqlite3'
import type { Conversation, PacketLookup, Packets } from '../report/format/packet-filter.js'

/** What stands in a filter must be an address, whoever wrote the case. */
const ADDRESS = /^[0-9a-fA-F.:]{2,45}$/

interface FlowRow {
  readonly transport: string
  readonly client_ip: string
  readonly client_port: bigint
  readonly server_ip: string
  readonly server_port: bigint
  readonly first_ns: bigint
  readonly last_ns: bigint
}

export function packetLookup(db: Database): PacketLookup {
  const captures = db.prepare('SELECT id, name FROM capture').raw().all() as [number, string][]
  const transactions = (by: string) => db.prepare(`SELECT capture_id, frames FROM tx WHERE ${by} = ? LIMIT 1`).raw().safeIntegers()
  const flows = (by: string) =>
    db
      .prepare(`SELECT transport, client_ip, client_port, server_ip, server_port, first_ns, last_ns FROM flow WHERE ${by} = ? LIMIT 1`)
      .safeIntegers()
  const byId = transactions('id')
  const byTx = transactions('tx')
  const flowById = flows('id')
  const flowByFlow = flows('flow')
  return {
    captures: new Map(captures),
    transaction(by, value): Packets | undefined {
      const [capture, frames] = ((by === 'id' ? byId : byTx).get(value) as [bigint, string] | undefined) ?? []
      return capture === undefined || frames === undefined ? undefined : { capture: Number(capture), frames }
    },
    flow(by, value): Conversation | undefined {
      const row = (by === 'id' ? flowById : flowByFlow).get(value) as FlowRow | undefined
      if (!row || !ADDRESS.test(row.client_ip) || !ADDRESS.test(row.server_ip)) return undefined
      return {
        transport: row.transport,
        client: row.client_ip,
        clientPort: Number(row.client_port),
        server: row.server_ip,
        serverPort: Number(row.server_port),
        first: row.first_ns,
        last: row.last_ns,
      }
    },
  }
}
