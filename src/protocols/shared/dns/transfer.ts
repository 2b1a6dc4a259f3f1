/**
 * A zone transfer over TCP: many messages, one answer (RFC 5936 §2.2, RFC 1995 §4).
 *
 * A full transfer begins and ends with the zone's SOA. An incremental one begins with the new SOA, then repeats: old SOA,
 * what went, new SOA, what came; it ends where the new SOA stands in the place of an old one.
 */
import type { Trace } from '../../../model/trace.js'
import { type DnsMessage, MAX_RECORDS } from './message.js'
import type { DnsRecord } from './record-data.js'

export class Transfer {
  /** The first message, which takes in the records of the later ones. */
  response!: DnsMessage
  trace!: Trace
  messages = 0
  done = false
  private soas = 0
  private serial = -1
  private incremental = false

  constructor(
    private readonly mayBeIncremental: boolean,
    /** The serial that the asking side has, or -1. */
    private readonly knownSerial: number,
  ) {}

  add(m: DnsMessage, at: Trace): void {
    const before = this.messages === 0 ? 0 : this.response.answerCount
    this.messages++
    if (this.messages === 1) {
      this.response = m
      this.trace = at
    } else this.merge(m, at)
    this.followSoas(m, before)
    // An error ends it; so does a SOA alone that says "you have it already".
    if ((m.flags & 15) !== 0 || m.fault !== '') this.done = true
    // RFC 1982 arithmetic: the difference counts, not the number.
    const upToDate = this.knownSerial >= 0 && ((this.serial - this.knownSerial) | 0) <= 0
    if (this.mayBeIncremental && this.soas === 1 && this.response.answerCount === 1 && upToDate) this.done = true
  }

  private followSoas(m: DnsMessage, before: number): void {
    const soas = m.soas
    if (soas === undefined) return
    for (let i = 0; i < soas.length && !this.done; i += 2) {
      const index = before + soas[i]!
      const serial = soas[i + 1]!
      this.soas++
      if (this.soas === 1) this.serial = serial
      else if (this.soas === 2 && this.mayBeIncremental && index === 1 && serial !== this.serial) this.incremental = true
      else if (!this.incremental) this.done = true
      else if (this.soas % 2 === 0 && serial === this.serial) this.done = true
    }
  }

  private merge(m: DnsMessage, at: Trace): void {
    const all = this.response
    this.trace.extend(at)
    all.bytes += m.bytes
    all.answerCount += m.answerCount
    all.authorityCount += m.authorityCount
    all.additionalCount += m.additionalsCount
    all.flags |= m.flags & 15
    all.oddRecords += m.oddRecords
    all.oddType ||= m.oddType
    all.trailing += m.trailing
    if (m.fault !== '') {
      all.fault = m.fault
      all.faultAt = m.faultAt
    }
    all.answers = joined(all.answers, m.answers)
    all.addresses = joined(all.addresses, m.addresses)
    all.authorities = joined(all.authorities, m.authorities)
    all.additionals = joined(all.additionals, m.additionals)
  }
}

function joined<T extends DnsRecord | string>(kept: T[] | undefined, more: readonly T[] | undefined): T[] | undefined {
  if (more === undefined) return kept
  const list = kept ?? []
  for (let i = 0; i < more.length && list.length < MAX_RECORDS; i++) list.push(more[i]!)
  return list
}
