import type { FlowGeo } from './geo.js'

/** What a protocol and a sink may know of the flow a message travelled in. */
export interface Endpoint {
  /** Textual address, IPv6 as RFC 5952 writes it. */
  readonly ip: string
  /** 0 for ICMP. */
  readonly port: number
}

/** A process as the capturing host describes it: its word, not the wire's. */
export interface ProcessFacts {
  readonly pid: number
  readonly name: string
  /** Path, where the host lets it be seen. */
  readonly executable?: string
  /** Command line; only where secrets are shown. */
  readonly args?: readonly string[]
  /** ISO 8601, UTC. */
  readonly start: string
}

export interface FlowProcesses {
  readonly client: ProcessFacts | undefined
  readonly server: ProcessFacts | undefined
}

export interface FlowView {
  /** Content id: 16 hex digits over five-tuple, VLAN and first packet time. */
  readonly id: string
  /** Ordinal in the run, from 1, in the order flows began. */
  readonly ordinal: number
  /** tcp, udp, icmp, ipv6-icmp, or the name of another IP protocol. */
  readonly transport: string
  readonly ipVersion: 4 | 6
  readonly client: Endpoint
  readonly server: Endpoint
  /** VLAN ids, outermost first; empty without tag. */
  readonly vlan: readonly number[]
  readonly communityId: string
  /** Seen from the configured internal networks: inbound, outbound, internal or external; absent without them. */
  readonly direction?: string | undefined
  /** Ordinal (from 0) of the capture that holds the first packet. */
  readonly capture: number
  /** Processes of this host at its ends, as far as they are known by now; live sessions that ask for them. */
  readonly processes?: FlowProcesses | undefined
  /** Places and networks of its ends; only where databases were given and know one of them. */
  readonly geo?: FlowGeo | undefined
}
