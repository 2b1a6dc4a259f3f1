/** What a reader must know to trust a row, one sentence each. */
import type { DnsMessage } from './message.js'
import { typeName } from './names.js'

export const notes = {
  unanswered: 'No response to this query was seen.',
  orphan: 'No query for this response was seen.',
  askedAgain: 'The same query was sent again before a response came.',
  repeats: (times: number): string => `This query had been sent before: ${times === 1 ? 'once' : `${times} times`}.`,
  idShared: 'Another query was waiting under the same id.',
  outOfOrder: 'The response stands before the query in the capture.',
  duplicate: 'The query had been answered before: this is a second response.',
  otherQuestion: 'A query with this id was waiting, but it asked something else.',
  pushedOut: 'Too many queries were waiting: this one was closed early.',
  lost: 'Bytes of the answering side were lost while this query waited.',
  unfinished: 'The end of the zone transfer was not seen.',
  askedByServer: 'The query came from the side that the flow calls server.',
  answeredByClient: 'The response came from the side that the flow calls client.',
  ednsIgnored: 'The query used EDNS, the response does not.',
  ednsUnasked: 'The response uses EDNS, the query did not.',
  cutByServer: 'The server cut the response to what fits (TC).',
  capped: (kept: number, of: number): string => `${kept} of ${of} records are listed.`,
} as const

/** RFC 1035 §4.2.1: what a datagram may hold when nobody asked for more. */
const PLAIN_DATAGRAM = 512

/** What is odd about one message, each sentence led by `who` ("Response: " or nothing). */
export function noteMessage(list: string[], m: DnsMessage, who: string): void {
  if (m.fault === 'short')
    list.push(
      `${who}${m.cut ? `Only ${m.bytes} bytes of the message were captured.` : `The message ends early: ${m.bytes} bytes are too few for what it announces.`}`,
    )
  else if (m.fault !== '') list.push(`${who}Reading stopped at byte ${m.faultAt}. ${m.fault}`)
  if (m.oddRecords > 0)
    list.push(
      `${who}${m.oddRecords === 1 ? 'The data of a record does' : `The data of ${m.oddRecords} records do`} not have the form of the type (${typeName(m.oddType)}).`,
    )
  if (m.trailing > 0) list.push(`${who}${m.trailing} bytes follow the last record.`)
}

export function noteEdns(list: string[], query: DnsMessage, response: DnsMessage, datagram: boolean): void {
  if (query.edns !== undefined) {
    if (response.edns === undefined) list.push(notes.ednsIgnored)
  } else if (response.edns !== undefined) list.push(notes.ednsUnasked)
  if (datagram && query.edns === undefined && response.bytes > PLAIN_DATAGRAM)
    list.push(`The response takes ${response.bytes} bytes, more than the ${PLAIN_DATAGRAM} of a datagram without EDNS.`)
}
