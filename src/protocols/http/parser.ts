/**
 * One direction of a connection: bytes in, heads and body pieces out.
 *
 *   head -> (none) -> head        a message without body
 *   head -> body -> head
 *   head -> unsure -> body, or head: the request was not seen, and may have been a HEAD
 *   any  -> seek -> head          framing was lost: look for the next start line
 *
 * Body bytes are never held: each call hands on all that is there. One message a call, so that its trace covers its bytes.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { BodyReader } from './body-reader.js'
import { type BodyPlan, planRequest, planResponse, type Say } from './framing.js'
import { Head, textOf } from './head.js'
import { cutHead, HeadFinder, MAX_HEAD, skipEmptyLines, tellOddities } from './head-finder.js'
import { type Fault, faultOf, type HttpMessage } from './messages.js'
import { StartSeeker, VERSION_MARK } from './seek.js'
import { MAX_SOUGHT_LINE, startLikeness } from './start-line.js'
import { Exchange, nameOfSwitch, type Turns } from './turns.js'

/** Bytes skipped while looking for a start line before a side is given up: more than the rest of most bodies. */
const MAX_SKIPPED = 16 << 20
type State = 'head' | 'body' | 'unsure' | 'seek'
type Into = (message: HttpMessage) => void

export interface Report {
  anomaly(code: string, at?: undefined, detail?: string): void
  upgradeTo(name: string): void
}

export class HttpParser implements Parser<HttpMessage> {
  private state: State = 'head'
  private readonly finder: HeadFinder
  private readonly body = new BodyReader()
  /** In 'unsure': what the body is if there is one. */
  private plan: BodyPlan | undefined
  /** Body bytes that wait until it is clear that they are some. */
  private heldBody = 0
  /** The request whose body, none of which has come yet, was announced with "Expect": the server may refuse it. */
  private expecting: Exchange | undefined
  /** How the body before ended, when that showed only in what came after it. */
  private dangling: Fault | undefined
  private readonly seeker: StartSeeker
  private readonly say: Say

  constructor(
    private readonly side: Side,
    private readonly turns: Turns,
    private readonly report: Report,
  ) {
    this.seeker = new StartSeeker(side)
    this.finder = new HeadFinder(side)
    this.say = (code, detail) => report.anomaly(code, undefined, detail)
  }

  next(cur: Cursor, into: Into): Verdict {
    switch (this.state) {
      case 'head':
        return this.readHead(cur, into)
      case 'body':
        return this.readBody(cur, into)
      case 'unsure':
        return this.readUnsure(cur, into)
      case 'seek':
        return this.seek(cur, into)
    }
  }

  gap(lost: number, into: Into, held: Cursor): 'resync' {
    const snapped = held.cut > 0
    if (this.state === 'unsure' && this.plan) this.enterBody(this.plan)
    if (this.state === 'head') this.cutHead(held, snapped ? 'snapped' : 'lost', into)
    // What waited is gone as well.
    const bytes = lost + this.heldBody
    this.heldBody = 0
    if (this.state === 'body') {
      const where = this.body.lose(bytes, snapped)
      if (where === 'end') this.state = 'head'
      else if (where === 'beyond') this.lose()
      into(this.body.piece)
    } else this.lose()
    return 'resync'
  }

  close(held: Cursor, why: EndReason, into: Into): void {
    if (this.state === 'unsure' && this.plan) this.enterBody(this.plan)
    const { state } = this
    const fault = faultOf(why)
    this.state = 'seek'
    if (this.dangling !== undefined) into(this.body.piece.finish(this.dangling))
    this.dangling = undefined
    if (state === 'head') this.cutHead(held, fault, into)
    else if (state === 'body') {
      const refused = held.left === 0 && this.refuse()
      this.body.close(held, why === 'close', refused, fault)
      into(this.body.piece)
    }
  }

  private readHead(cur: Cursor, into: Into): Verdict {
    if (this.side === 'client' && this.turns.switched) return 'upgrade'
    if (this.finder.fresh && skipEmptyLines(cur)) return 'message'
    const { buf, pos: start } = cur
    const limit = Math.min(cur.end, start + MAX_HEAD)
    const end = this.finder.find(buf, start, limit, cur.end)
    if (end === 'strange') return this.strangeStart(cur, into)
    if (end >= 0) {
      const head = new Head(this.finder.text, end - start, this.side === 'client')
      if (!head.request && !head.status) return this.strangeStart(cur, into)
      cur.pos = end
      return this.side === 'client' ? this.giveRequest(head, '', into) : this.giveResponse(head, '', into)
    }
    if (limit - start === MAX_HEAD) {
      this.say('http.head-length', `A head is longer than ${MAX_HEAD} bytes.`)
      const head = new Head(textOf(cur.buf, start, limit), limit - start, this.side === 'client')
      cur.pos = limit
      this.givePart(head, 'broken', into)
      this.lose()
      return 'message'
    }
    return 'need-more'
  }

  /** The bytes at `cur` start no message of this side. */
  private strangeStart(cur: Cursor, into: Into): Verdict {
    const { turns } = this
    if (this.side === 'client') {
      const offer = turns.waiting[turns.waiting.length - 1]?.offer ?? ''
      if (cur.buf.toString('latin1', cur.pos, Math.min(cur.end, cur.pos + 14)) === 'PRI * HTTP/2.0') return this.switchTo('h2c')
      if (offer !== '') return this.switchTo(offer)
    } else if (turns.next?.version === '0.9') {
      const exchange = turns.answer(200)
      this.state = 'body'
      this.body.enterRest()
      const body = this.body.piece.set(cur.buf, cur.pos, cur.end, false)
      cur.pos = cur.end
      into({ kind: 'response', head: undefined, exchange, last: false, fault: '', upgrade: undefined, before: this.settle(), body })
      return 'message'
    }
    this.say('http.start-line', `Bytes of the ${this.side} that start no message.`)
    this.lose()
    // The first byte is not looked at again; the next call seeks in what follows it.
    cur.pos++
    return 'message'
  }

  private giveRequest(head: Head, fault: Fault, into: Into): Verdict {
    const line = head.request!
    tellOddities(head, this.say)
    const plan = fault === '' ? planRequest(head, this.say) : undefined
    const offer = line.method === 'CONNECT' ? 'tunnel' : (head.get('upgrade') ?? '')
    const exchange = new Exchange(line.method, line.version, offer, head.bytes)
    if (!this.turns.ask(exchange)) this.say('http.waiting', 'Too many requests wait for an answer.')
    this.expecting = head.get('expect') === undefined ? undefined : exchange
    const last = !plan || plan.framing === 'none'
    if (plan && !last) this.enterBody(plan)
    into({ kind: 'request', head, exchange, last, fault, before: this.settle() })
    return 'message'
  }

  private giveResponse(head: Head, fault: Fault, into: Into): Verdict {
    const status = head.status!
    tellOddities(head, this.say)
    const { turns } = this
    if (status.code < 200 && status.code !== 101) {
      into({ kind: 'interim', code: status.code, exchange: turns.next })
      return 'message'
    }
    const exchange = turns.answer(status.code)
    const plan = fault === '' ? planResponse(head, exchange?.method, this.say) : undefined
    const last = !plan || plan.framing === 'none' || plan.framing === 'switch'
    let upgrade: string | undefined
    if (plan?.framing === 'switch') upgrade = (head.get('upgrade') ?? exchange?.offer) || 'tunnel'
    else if (plan && !last) {
      if (exchange === undefined) {
        this.state = 'unsure'
        this.plan = plan
      } else this.enterBody(plan)
    }
    into({ kind: 'response', head, exchange, last, fault, upgrade, before: this.settle(), body: undefined })
    return upgrade === undefined ? 'message' : this.switchTo(upgrade)
  }

  private settle(): Fault | undefined {
    const before = this.dangling
    this.dangling = undefined
    return before
  }

  private switchTo(offer: string): Verdict {
    if (!this.turns.switched) {
      this.turns.switched = true
      this.report.upgradeTo(nameOfSwitch(offer))
    }
    return 'upgrade'
  }

  private enterBody(plan: BodyPlan): void {
    this.plan = undefined
    this.state = 'body'
    this.body.enter(plan)
  }

  private readBody(cur: Cursor, into: Into): Verdict {
    if (this.expecting) {
      // The server said no and the client goes on with another request instead of the body. RFC 9110 §10.1.1
      if (this.turns.refused && cur.left < Math.min(this.body.announced, MAX_SOUGHT_LINE)) {
        const likeness = startLikeness('client', cur.buf.toString('latin1', cur.pos, cur.end))
        if (likeness === 'maybe') return this.waitInBody(cur)
        if (likeness === 'yes') {
          this.refuse()
          this.heldBody = 0
          this.dangling = ''
          this.state = 'head'
          return this.readHead(cur, into)
        }
      }
      this.expecting = undefined
    }
    this.heldBody = 0
    const { piece } = this.body
    const found = this.body.next(cur)
    if (found === 'need-more') return found
    if (found === 'broken') {
      // Nothing of it is consumed: what stands here may be the next message.
      this.dangling = this.body.ended ? '' : 'broken'
      if (!this.body.ended) this.say('http.chunk-size', 'A chunk has no valid size, or does not end where it says.')
      this.lose()
      return this.seek(cur, into)
    }
    if (piece.last) this.state = 'head'
    into(piece)
    return 'message'
  }

  /** Was the announced body refused before any of it was sent? Then the request is whole without it. RFC 9110 §10.1.1 */
  private refuse(): boolean {
    const { expecting } = this
    if (!expecting || !this.turns.refused) return false
    expecting.unsent = true
    this.expecting = undefined
    return true
  }

  private waitInBody(cur: Cursor): Verdict {
    this.heldBody = cur.left
    return 'need-more'
  }

  /** The request is unknown: a status line where the body should start says that it was a HEAD. */
  private readUnsure(cur: Cursor, into: Into): Verdict {
    const plan = this.plan!
    const have = Math.min(cur.left, VERSION_MARK.length)
    const tiny = plan.framing === 'length' && plan.length < VERSION_MARK.length
    if (!tiny && VERSION_MARK.compare(cur.buf, cur.pos, cur.pos + have, 0, have) === 0) {
      if (have < VERSION_MARK.length) return this.waitInBody(cur)
      this.heldBody = 0
      this.plan = undefined
      this.dangling = ''
      this.state = 'head'
      return this.readHead(cur, into)
    }
    this.heldBody = 0
    this.enterBody(plan)
    return this.next(cur, into)
  }

  private lose(): void {
    this.state = 'seek'
    this.seeker.start()
    this.plan = undefined
    if (this.side === 'server') this.turns.serverLost = true
  }

  private seek(cur: Cursor, into: Into): Verdict {
    if (this.side === 'client' && this.turns.switched) return 'upgrade'
    const from = cur.pos
    const found = this.seeker.next(cur)
    if (found) {
      this.state = 'head'
      this.finder.reset()
    } else if (this.seeker.skipped > MAX_SKIPPED) {
      this.say('http.lost-sync', `No message starts in ${MAX_SKIPPED} bytes.`)
      return 'malformed'
    }
    if (cur.pos > from) return 'message'
    return found ? this.readHead(cur, into) : 'need-more'
  }

  private cutHead(held: Cursor, fault: Fault, into: Into): void {
    skipEmptyLines(held)
    if (held.left === 0 || (this.side === 'client' && this.turns.switched)) return
    const head = cutHead(this.side, held, fault)
    if (head) this.givePart(head, head.request?.version === '0.9' ? '' : fault, into)
  }

  private givePart(head: Head, fault: Fault, into: Into): void {
    if (head.request) this.giveRequest(head, fault, into)
    else if (head.status) this.giveResponse(head, fault, into)
  }
}
