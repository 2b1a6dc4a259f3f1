/** What names a transaction and a dialog. */
import type { Side } from '../../model/side.js'
import { paramsOf, readAddress } from './address.js'
import { readSequence, readVia, type SipMessage } from './message.js'

/** What names a transaction within a flow; Call-ID and CSeq stand beside the branch since some agents use a branch again. */
export class Ids {
  constructor(
    private readonly requester: Side,
    private readonly callId: string,
    private readonly number: number,
    private readonly hop: string,
    private readonly method: string,
  ) {}

  as = (method: string): string => `${this.requester[0]}${method}\n${this.callId}\n${this.number}\n${this.hop}`
  looseAs = (method: string): string => `${this.requester[0]}${method}\n${this.callId}\n${this.number}`
  get key(): string {
    return this.as(this.method)
  }
  get looseKey(): string {
    return this.looseAs(this.method)
  }
}

export function idsOf(requester: Side, message: SipMessage, method: string): Ids {
  const via = readVia(message.headers.list('via')[0])
  const number = readSequence(message.headers.first('cseq'))?.number ?? -1
  return new Ids(requester, message.callId, number, via.branch === undefined ? '' : `${via.branch}\n${via.sentBy}`, method)
}

/** Tag in From or To. */
export function tagOf(message: SipMessage, field: string): string | undefined {
  const value = message.headers.first(field)
  if (value === undefined || !/tag/i.test(value)) return undefined
  return (readAddress(value)?.params ?? paramsOf(value)).get('tag') || undefined
}
