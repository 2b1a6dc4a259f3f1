/** One DNS message (RFC 1035 §4): header, questions and the records of the three sections that a row keeps. */
import { ipv4Text } from '../../../model/address.js'
import type { DomainName, NameTable } from './domain-name.js'
import { type Edns, readEdns } from './edns.js'
import { className, Opcode, RrType, rcodeName, typeName } from './names.js'
import { type DnsRecord, readData } from './record-data.js'
import { Wire } from './wire.js'

export const HEADER_BYTES = 12
/** Records kept of one section: a row is for people; what is beyond is counted, and every honest answer is shorter. */
export const MAX_RECORDS = 1000
/** Questions kept of one message: mDNS asks a few dozen at once, DNS one. */
export const MAX_QUESTIONS = 100

/** How a protocol reads messages. */
export interface Dialect {
  readonly names: NameTable
  /** mDNS: the top bit of a class says QU in a question and cache-flush in a record (RFC 6762 §5.4, §10.2). */
  readonly classFlag: boolean
  readonly authorities: boolean
  readonly additionals: boolean
}

export interface DnsQuestion {
  name: string
  type: string
  class: string
  unicast_response?: true
}

export class DnsMessage {
  id = 0
  /** The header's second word, QR to RCODE. */
  flags = 0
  /** What the header says. */
  questionCount = 0
  answerCount = 0
  authorityCount = 0
  additionalCount = 0
  /** The first question; undefined when there is none or it could not be read. */
  name: DomainName | undefined = undefined
  type = 0
  class = 0
  /** All questions, when there are several. */
  questions: DnsQuestion[] | undefined = undefined
  /** A question asks for a unicast response (mDNS). */
  unicastWanted = false
  answers: DnsRecord[] | undefined = undefined
  authorities: DnsRecord[] | undefined = undefined
  additionals: DnsRecord[] | undefined = undefined
  /** Addresses among the answers. */
  addresses: string[] | undefined = undefined
  edns: Edns | undefined = undefined
  /** SOA records among the answers, flat: index, serial. A zone transfer ends by them. */
  soas: number[] | undefined = undefined
  /** Serial of the SOA that an IXFR query names (RFC 1995 §3), or -1. */
  knownSerial = -1
  /** The TSIG record (RFC 8945): name of the key and algorithm. */
  key: string | undefined = undefined
  keyAlgorithm: string | undefined = undefined
  /** Bytes read, without the length prefix of TCP. */
  bytes = 0
  /** '' = whole; 'short' = the bytes ended early; else why reading stopped. */
  fault = ''
  faultAt = 0
  /** Records whose data does not have the form of its type, and the first such type. */
  oddRecords = 0
  oddType = 0
  /** Bytes behind the last record. */
  trailing = 0
  /** The wire had more of it than the capture holds. */
  cut = false

  get isResponse(): boolean {
    return (this.flags & 0x8000) !== 0
  }

  get opcode(): number {
    return (this.flags >> 11) & 15
  }

  /** All twelve bits, with those of the OPT record. */
  get rcode(): number {
    return (this.flags & 15) | (this.edns === undefined ? 0 : this.edns.upperRcode << 4)
  }

  get truncated(): boolean {
    return (this.flags & 0x0200) !== 0
  }

  /** Additional records without OPT, which is a part of the header that found no room there. */
  get additionalsCount(): number {
    return this.edns === undefined ? this.additionalCount : this.additionalCount - 1
  }

  get typeName(): string | undefined {
    return this.name === undefined ? undefined : typeName(this.type)
  }

  get className(): string | undefined {
    return this.name === undefined ? undefined : className(this.class)
  }

  get responseCode(): string {
    return rcodeName(this.rcode)
  }
}

const wire = new Wire()

/** Reads the message between `from` and `to`, at least a header long. Never throws: `fault` says where reading stopped. */
export function readMessage(buf: Buffer, from: number, to: number, dialect: Dialect): DnsMessage {
  const m = new DnsMessage()
  const w = wire.open(buf, from, to)
  m.bytes = to - from
  m.id = (buf[from]! << 8) | buf[from + 1]!
  m.flags = (buf[from + 2]! << 8) | buf[from + 3]!
  m.questionCount = (buf[from + 4]! << 8) | buf[from + 5]!
  m.answerCount = (buf[from + 6]! << 8) | buf[from + 7]!
  m.authorityCount = (buf[from + 8]! << 8) | buf[from + 9]!
  m.additionalCount = (buf[from + 10]! << 8) | buf[from + 11]!
  w.pos = from + HEADER_BYTES
  if (m.questionCount > 0) readQuestions(w, m, dialect)
  if (m.answerCount > 0 && w.fault === '') m.answers = readSection(w, m, dialect, m.answerCount, true, Section.Answer)
  if (m.authorityCount > 0 && w.fault === '') {
    // RFC 2136 §2.5: what an update changes stands in this section.
    const keep = dialect.authorities || m.opcode === Opcode.Update
    m.authorities = readSection(w, m, dialect, m.authorityCount, keep, Section.Authority)
  }
  if (m.additionalCount > 0 && w.fault === '')
    m.additionals = readSection(w, m, dialect, m.additionalCount, dialect.additionals, Section.Additional)
  if (w.fault === '') m.trailing = to - w.pos
  else {
    m.fault = w.fault
    m.faultAt = w.faultAt
  }
  return m
}

function readQuestions(w: Wire, m: DnsMessage, dialect: Dialect): void {
  for (let i = 0; i < m.questionCount; i++) {
    const name = dialect.names.read(w)
    if (name === undefined) return
    const at = w.pos
    if (at + 4 > w.end) {
      w.fail('short', w.end)
      return
    }
    const buf = w.buf
    const type = (buf[at]! << 8) | buf[at + 1]!
    let klass = (buf[at + 2]! << 8) | buf[at + 3]!
    w.pos = at + 4
    const unicast = dialect.classFlag && (klass & 0x8000) !== 0
    if (unicast) {
      klass &= 0x7fff
      m.unicastWanted = true
    }
    if (i === 0) {
      m.name = name
      m.type = type
      m.class = klass
    }
    if (m.questionCount > 1) {
      m.questions ??= []
      if (m.questions.length < MAX_QUESTIONS) {
        const question: DnsQuestion = { name: name.text, type: typeName(type), class: className(klass) }
        if (unicast) question.unicast_response = true
        m.questions.push(question)
      }
    }
  }
}

enum Section {
  Answer,
  Authority,
  Additional,
}

function readSection(w: Wire, m: DnsMessage, dialect: Dialect, count: number, keep: boolean, section: Section): DnsRecord[] | undefined {
  let records: DnsRecord[] | undefined
  for (let i = 0; i < count; i++) {
    const start = w.pos
    const name = dialect.names.read(w)
    if (name === undefined) break
    const buf = w.buf
    const at = w.pos
    const end = w.end
    if (at + 10 > end) {
      w.fail('short', end)
      break
    }
    const type = (buf[at]! << 8) | buf[at + 1]!
    const klass = (buf[at + 2]! << 8) | buf[at + 3]!
    const ttl = ((buf[at + 4]! << 24) | (buf[at + 5]! << 16) | (buf[at + 6]! << 8) | buf[at + 7]!) >>> 0
    const dataAt = at + 10
    const dataEnd = dataAt + ((buf[at + 8]! << 8) | buf[at + 9]!)
    if (dataEnd > end) {
      w.fail('short', start)
      break
    }
    w.pos = dataAt
    if (section === Section.Additional && type === RrType.OPT && m.edns === undefined) {
      w.end = dataEnd
      m.edns = readEdns(w, dialect.names, klass, ttl)
      if (w.short) odd(w, m, type)
      w.end = end
      w.pos = dataEnd
      continue
    }
    // Beyond the kept records only those that the rest depends on are looked at.
    const needed = type === RrType.SOA ? section !== Section.Additional : type === RrType.TSIG && section === Section.Additional
    const wanted = keep && (records === undefined || records.length < MAX_RECORDS)
    if (!wanted && !needed) {
      w.pos = dataEnd
      continue
    }
    const flush = dialect.classFlag && (klass & 0x8000) !== 0
    const record: DnsRecord = { name: name.text, type: typeName(type), class: className(flush ? klass & 0x7fff : klass), ttl }
    if (flush) record.cache_flush = true
    let address = false
    if (type === RrType.A && dataEnd - dataAt === 4) {
      record.data = ipv4Text(buf, dataAt)
      address = true
    } else if (dataEnd > dataAt) {
      // Empty data is how an update names records without giving them (RFC 2136 §2.4, §2.5).
      w.end = dataEnd
      if (readData(w, dialect.names, type, record)) address = type === RrType.AAAA
      else odd(w, m, type)
      w.end = end
    }
    w.pos = dataEnd
    // RFC 6763 §6: the strings are attributes, not one text.
    if (dialect.classFlag && record.strings !== undefined) {
      record.data = record.strings as readonly string[]
      delete record.strings
    }
    if (needed) note(m, type, section, i, record)
    if (!wanted) continue
    if (records === undefined) records = [record]
    else records.push(record)
    if (address && section === Section.Answer && typeof record.data === 'string') {
      if (m.addresses === undefined) m.addresses = [record.data]
      else m.addresses.push(record.data)
    }
  }
  return records
}

/** The record's length still says where the next one starts: go on. */
function odd(w: Wire, m: DnsMessage, type: number): void {
  if (m.oddRecords++ === 0) m.oddType = type
  w.short = false
  w.fault = ''
}

function note(m: DnsMessage, type: number, section: Section, index: number, record: DnsRecord): void {
  if (type === RrType.TSIG) {
    m.key = record.name
    m.keyAlgorithm = typeof record.algorithm === 'string' ? record.algorithm : undefined
    return
  }
  const serial = record.serial
  if (typeof serial !== 'number') return
  if (section === Section.Authority) {
    if (m.knownSerial < 0) m.knownSerial = serial
  } else if (m.soas === undefined) m.soas = [index, serial]
  else m.soas.push(index, serial)
}
