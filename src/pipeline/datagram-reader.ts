/** Reads a UDP or ICMP flow: each datagram is a message of its own, shown whole to the parser of its side. */
import { Cursor } from '../bytes/cursor.js'
import type { EndReason, Side } from '../model/side.js'
import { Trace } from '../model/trace.js'
import type { Conversation } from '../protocols/protocol.js'
import type { Direction } from '../streams/flow.js'
import { addressText } from '../streams/flow-text.js'
import { detect } from './detection.js'
import { type EngineSession, FlowReader, lastInstant } from './flow-reader.js'
import { MAX_PROBE_DATAGRAMS } from './limits.js'

const cursor = new Cursor()
const probed = new Cursor()
const empty = new Cursor()

export class DatagramReader extends FlowReader {
  private conversation: Conversation<unknown> | null = null
  private session: EngineSession | null = null
  private probes = 0
  private stopped = false
  // The datagram being read; the message callbacks below make traces from it.
  private ref = 0
  private sec = 0
  private nsec = 0
  private length = 0

  private readonly fromClient = (message: unknown): void => this.see('client', message)
  private readonly fromServer = (message: unknown): void => this.see('server', message)

  /** `length` is the datagram's size on the wire, `start`..`end` what was captured of it. */
  datagram(dir: Direction, buf: Buffer, start: number, end: number, length: number, ref: number, sec: number, nsec: number): void {
    const captured = end - start
    this.seen += captured
    if (!this.stopped && this.conversation === null)
      try {
        this.choose(dir, buf, start, end, length - captured)
      } catch (error) {
        this.crash(error)
      }
    if (this.stopped || this.conversation === null) {
      this.unknown += captured
      return
    }
    this.ref = ref
    this.sec = sec
    this.nsec = nsec
    this.length = length
    const side: Side = (dir === 0) === this.flow.clientIsA ? 'client' : 'server'
    cursor.reset(buf, start, end, true).cut = length - captured
    try {
      // A datagram that a parser cannot read says nothing about the next one.
      const verdict = this.conversation![side].next(cursor, side === 'client' ? this.fromClient : this.fromServer)
      if (verdict === 'message') this.decoded += captured
      else this.unknown += captured
    } catch (error) {
      this.settle()
      this.crash(error)
    }
  }

  override finish(why: EndReason): void {
    if (!this.conversation) return
    try {
      if (!this.stopped) this.conversation.correlator.end(why, lastInstant(this.flow))
    } catch (error) {
      this.crash(error)
    }
    this.session!.release()
    this.conversation = null
    this.stopped = true
  }

  private see(side: Side, message: unknown): void {
    const at = this.engine.instant(this.sec, this.nsec)
    this.conversation!.correlator.see(side, message, new Trace(this.ref, at, at, this.length))
  }

  private choose(dir: Direction, buf: Buffer, start: number, end: number, cut: number): void {
    if (this.probes >= MAX_PROBE_DATAGRAMS) return
    this.probes++
    const rewind = (): void => {
      probed.reset(buf, start, end, true).cut = cut
      empty.reset(buf, start, start, true)
    }
    const found = detect(
      this.engine.protocols.candidates(this.transport, this.flow.portA, this.flow.portB),
      this.flow,
      this.transport,
      (clientIsA) => addressText(this.flow, !clientIsA),
      dir === 0 ? probed : empty,
      dir === 0 ? empty : probed,
      rewind,
      this.rolesKnown,
      true,
    )
    if (found === null || found === 'wait') {
      this.guess(buf, start, end)
      return
    }
    // The first packet's sender is the client unless the protocol knows better.
    if (found.clientIsA !== this.flow.clientIsA) this.setRoles(found.clientIsA, 'protocol')
    this.protocolBy = found.by
    const opened = this.open(found.runtime)
    this.conversation = opened.conversation
    this.session = opened.session
  }

  private crash(error: unknown): void {
    this.stopped = true
    this.engine.crashed(this, error)
  }
}
