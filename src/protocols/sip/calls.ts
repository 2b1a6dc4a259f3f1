/**
 * The answered calls of a run: what a BYE needs to tell how long its call was. The BYE often comes on another flow than the
 * INVITE, or after a silence for which the flow was given up, so no single flow can know.
 */
import type { Instant } from '../../model/instant.js'

/** Calls remembered; about 600 bytes each. Then the oldest is forgotten, and its BYE has no duration. */
export const MAX_CALLS = 16_384

export interface Call {
  readonly answered: Instant
  /** Tag of the caller; undefined when the INVITE was not seen. */
  readonly callerTag: string | undefined
  readonly from: string | undefined
  readonly to: string | undefined
  /** Who signed the INVITE, on whichever leg of the call it is signed: asks in the caller's name later on. */
  user: string | undefined
}

export class Calls {
  private readonly calls = new Map<string, Call>()

  /** The first answer of a dialog counts: a re-INVITE does not start the call again. */
  answered(callId: string, tag: string, otherTag: string, call: Call): void {
    const key = keyOf(callId, tag, otherTag)
    const known = this.calls.get(key)
    if (known) {
      if (known.callerTag === call.callerTag) known.user ??= own(call.user)
      return
    }
    if (this.calls.size >= MAX_CALLS) this.calls.delete(this.calls.keys().next().value!)
    this.calls.set(own(key), {
      answered: call.answered,
      callerTag: own(call.callerTag),
      from: own(call.from),
      to: own(call.to),
      user: own(call.user),
    })
  }

  find(callId: string, tag: string, otherTag: string): Call | undefined {
    return this.calls.get(keyOf(callId, tag, otherTag))
  }
}

/** Both sides name the dialog, each its own tag first. RFC 3261 §12 */
const keyOf = (callId: string, a: string, b: string): string => (a < b ? `${callId}\n${a}\n${b}` : `${callId}\n${b}\n${a}`)

/** A copy: a part of a message's text would keep all of that in memory. */
function own(text: string): string
function own(text: string | undefined): string | undefined
function own(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'utf8').toString('utf8')
}
