/**
 * Decides by content which protocol a conversation speaks, and, where no SYN told it, who is the client.
 * A protocol's ports only settle what the bytes leave open.
 */
import type { Cursor } from '../bytes/cursor.js'
import type { Transport } from '../model/side.js'
import type { Likeness, Look } from '../protocols/protocol.js'
import type { Flow } from '../streams/flow.js'
import { isHinted, type ProtocolRuntime } from './protocol-runtime.js'

export interface Finding {
  readonly runtime: ProtocolRuntime
  /** The sender of the first packet is the client. */
  readonly clientIsA: boolean
  readonly by: 'content' | 'port'
}

/** The address as text is only made for a probe that asks for it. */
class LookFlow {
  clientPort = 0
  serverPort = 0
  clientIsA = true
  addressOf: (clientIsA: boolean) => string = () => ''

  get serverIp(): string {
    return this.addressOf(this.clientIsA)
  }
}

/** One mutable look, re-pointed for each question. */
class MutableLook implements Look {
  client!: Cursor
  server!: Cursor
  transport: Transport = 'tcp'
  hinted = false
  readonly flow = new LookFlow()
}
const look = new MutableLook()

/**
 * @param a bytes sent by `a`, re-positioned by `rewind` before each probe
 * @param rolesKnown the handshake told who is client: only that orientation is asked
 * @param final no more bytes come: 'maybe' on a hinted port becomes yes
 * @returns the finding, 'wait' to be asked again with more, or null for nothing known
 */
export function detect(
  candidates: readonly ProtocolRuntime[],
  flow: Flow,
  transport: Transport,
  serverIpOf: (clientIsA: boolean) => string,
  a: Cursor,
  b: Cursor,
  rewind: () => void,
  rolesKnown: boolean,
  final: boolean,
): Finding | 'wait' | null {
  let wait = false
  let fallback: Finding | null = null
  look.transport = transport
  look.flow.addressOf = serverIpOf
  for (const runtime of candidates) {
    const hinted = isHinted(runtime, flow.portA, flow.portB)
    look.hinted = hinted
    for (let turn = 0; turn < (rolesKnown ? 1 : 2); turn++) {
      // Without a handshake the orientation that puts a known port on the server's side is asked first.
      const firstIsA = rolesKnown ? flow.clientIsA : !(runtime.ports.has(flow.portA) && !runtime.ports.has(flow.portB))
      const clientIsA = turn === 0 ? firstIsA : !firstIsA
      rewind()
      look.client = clientIsA ? a : b
      look.server = clientIsA ? b : a
      look.flow.clientPort = clientIsA ? flow.portA : flow.portB
      look.flow.serverPort = clientIsA ? flow.portB : flow.portA
      look.flow.clientIsA = clientIsA
      const answer: Likeness = runtime.protocol.probe(look)
      if (answer === 'yes') return { runtime, clientIsA, by: 'content' }
      if (answer === 'maybe') {
        wait = true
        if (hinted && !fallback) fallback = { runtime, clientIsA, by: 'port' }
      }
    }
  }
  if (final) return fallback
  return wait ? 'wait' : null
}
