/** A flow as soon as its first packet came, for who looks at the host it is of: endpoints without roles, which come later. */
import { IpProto } from '../decode/packet.js'
import type { Endpoint } from '../model/flow-view.js'
import { identify } from '../streams/content-id.js'
import type { Flow } from '../streams/flow.js'
import { addressText } from '../streams/flow-text.js'

export class FlowSight {
  readonly id: string
  readonly transport: 'tcp' | 'udp'
  readonly ends: readonly [Endpoint, Endpoint]
  /** Time of its first packet, milliseconds since 1970. */
  readonly firstMs: number

  constructor(private readonly flow: Flow) {
    if (flow.id === '') identify(flow)
    this.id = flow.id
    this.transport = flow.proto === IpProto.Tcp ? 'tcp' : 'udp'
    this.ends = [
      { ip: addressText(flow, true), port: flow.portA },
      { ip: addressText(flow, false), port: flow.portB },
    ]
    this.firstMs = flow.firstSec * 1000 + flow.firstNsec / 1e6
  }

  /** When it was closed or given up, milliseconds since 1970; undefined while it goes on. */
  get endedMs(): number | undefined {
    const { closed, reader, lastSec, lastNsec } = this.flow
    return closed || reader === null ? lastSec * 1000 + lastNsec / 1e6 : undefined
  }
}
