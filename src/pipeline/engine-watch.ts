/**
 * Who wants to see how flows are read gives the engine readers of its own, which do what an analysis does and tell of it. An analysis has
 * none: it is asked for once a flow, never for a packet.
 */
import type { Flow } from '../streams/flow.js'
import type { StreamReader } from '../streams/stream-reader.js'
import type { AnomalyLog } from './anomaly-log.js'
import type { DatagramReader } from './datagram-reader.js'
import type { Engine } from './engine.js'
import type { FlowReader } from './flow-reader.js'

export interface EngineWatch {
  readonly anomalies: AnomalyLog
  /** The reader of a TCP connection that begins. */
  stream(flow: Flow, engine: Engine): FlowReader & StreamReader
  /** The reader of a UDP or ICMP flow that begins. */
  datagrams(flow: Flow, engine: Engine, oneWay: boolean): DatagramReader
}
