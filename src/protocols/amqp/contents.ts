/** Messages on a channel: method, header and body joined; publications and their confirms. */
import type { Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness } from '../../model/transaction.js'
import { type Asked, type Channel, Content, type Unconfirmed } from './channel.js'
import type { BodyMessage, ContentMessage, MethodMessage } from './messages.js'
import { queryOf, resourceOf, washed } from './row.js'
import type { Rows } from './rows.js'

/** Publications that wait for a confirm, a channel: more than any client allows itself outstanding. Beyond it rows are given without. */
const MAX_UNCONFIRMED = 65_536
/** Publications searched for the one that a return is about. */
const MAX_RETURN_SEARCH = 1024

export class Contents {
  constructor(private readonly rows: Rows) {}

  open(channel: Channel, side: Side, message: MethodMessage, at: Trace, asked: Asked | undefined): void {
    channel[side] = new Content(side, message, at.copy(), asked)
  }

  header(channel: Channel, side: Side, header: ContentMessage, at: Trace): void {
    let content = channel[side]
    if (!content || content.header) {
      if (content) this.finish(channel, content)
      this.stray(channel, at)
      content = channel[side] = new Content(side, undefined, at.copy(), undefined)
    } else content.at.extend(at)
    content.header = header
    if (header.size === 0) this.finish(channel, content)
  }

  body(channel: Channel, side: Side, piece: BodyMessage, at: Trace): void {
    const content = channel[side]
    if (!content?.header) {
      this.stray(channel, at)
      return
    }
    content.at.extend(at)
    content.lost += piece.lost
    content.received += piece.end - piece.start + piece.lost
    // Behind a hole the octets would be read as standing next to those before it.
    if (content.lost === 0) this.rows.keep(content, piece.buf, piece.start, piece.end)
    if (!piece.last || content.received < content.header.size) return
    if (content.received > content.header.size) this.rows.anomaly('amqp.body-size', content.at)
    this.finish(channel, content)
  }

  /** A method came where a content was open: on a channel they never mix (AMQP 0-9-1 §4.2.6). */
  interrupt(channel: Channel, side: Side, at: Trace): void {
    const content = channel[side]
    if (!content) return
    this.rows.anomaly('amqp.content-order', at)
    this.finish(channel, content)
  }

  broken(channel: Channel, side: Side): void {
    const content = channel[side]
    if (!content) return
    content.broken = true
    this.finish(channel, content)
  }

  select(channel: Channel): void {
    if (channel.confirming) return
    channel.confirming = true
    channel.published = 0
  }

  private stray(channel: Channel, at: Trace): void {
    if (channel.strayTold) return
    channel.strayTold = true
    this.rows.anomaly('amqp.content-without-method', at)
  }

  private finish(channel: Channel, content: Content): void {
    channel[content.side] = undefined
    const { message } = content
    if (message?.name === 'basic.publish' && channel.confirming) {
      if (!channel.uncounted) this.await(channel, content)
      else this.emit(channel, content, undefined, { notes: ['its confirm is not known: publications before it were not captured'] })
      return
    }
    if (message?.name === 'basic.return') this.returned(channel, message, content)
    this.emit(channel, content, undefined, {})
  }

  private await(channel: Channel, content: Content): void {
    const seq = ++channel.published
    if (channel.unconfirmed.size >= MAX_UNCONFIRMED) {
      this.rows.anomaly('amqp.unconfirmed', content.at)
      this.giveUp(channel, channel.unconfirmed.values().next().value!, 'too many publications wait for a confirm')
    }
    channel.unconfirmed.set(seq, { content, seq, returned: undefined, doubtful: false })
  }

  /** Answers whether the ack or nack of the broker was about publications that were seen. */
  confirm(channel: Channel, message: MethodMessage, at: Trace): boolean {
    const tag = Number(message.args['delivery-tag'] ?? 0)
    const outcome = message.name === 'basic.ack' ? 'ack' : 'nack'
    let found = false
    if (message.args.multiple === true)
      for (const one of channel.unconfirmed.values()) {
        // Tag 0 with multiple: all of them.
        if (tag !== 0 && one.seq > tag) break
        found = true
        this.confirmed(channel, one, outcome, at)
      }
    else {
      const one = channel.unconfirmed.get(tag)
      if (one) this.confirmed(channel, one, outcome, at)
      found = one !== undefined
    }
    return found
  }

  private confirmed(channel: Channel, one: Unconfirmed, confirm: 'ack' | 'nack', at: Trace): void {
    channel.unconfirmed.delete(one.seq)
    this.emit(channel, one.content, one, { confirm, answer: at.copy() })
  }

  private giveUp(channel: Channel, one: Unconfirmed, why: string): void {
    channel.unconfirmed.delete(one.seq)
    const note = one.doubtful ? 'its confirm may be among the bytes that were not captured' : `not confirmed: ${why}`
    this.emit(channel, one.content, one, { confirm: 'unanswered', notes: [note] })
  }

  /** Returns come before the confirm of what they return, in the order of publication. */
  private returned(channel: Channel, message: MethodMessage, content: Content): void {
    let left = MAX_RETURN_SEARCH
    for (const one of channel.unconfirmed.values()) {
      if (left-- === 0) return
      const args = one.content.message!.args
      if (one.returned !== undefined || args.mandatory === args.immediate) continue
      if (args.exchange !== message.args.exchange || args['routing-key'] !== message.args['routing-key']) continue
      if (one.content.header?.size !== content.header?.size) continue
      one.returned = String(message.args['reply-text'] ?? '')
      return
    }
  }

  flush(channel: Channel, why: string, over: boolean): void {
    for (const side of ['client', 'server'] as const) {
      const content = channel[side]
      if (!content) continue
      channel[side] = undefined
      this.emit(channel, content, undefined, { cut: over ? why : undefined })
    }
    for (const one of channel.unconfirmed.values()) this.giveUp(channel, one, why)
  }

  private emit(
    channel: Channel,
    content: Content,
    published: Unconfirmed | undefined,
    how: { confirm?: 'ack' | 'nack' | 'unanswered'; answer?: Trace; notes?: string[]; cut?: string | undefined },
  ): void {
    const { rows } = this
    const { header, asked, side } = content
    const message: MethodMessage = content.message ?? {
      kind: 'method',
      channel: channel.number,
      name: 'basic.content',
      method: undefined,
      args: {},
      fault: undefined,
    }
    const tag = message.args['consumer-tag']
    const { row, text, size } = rows.contentRow(content, message, typeof tag === 'string' ? channel.consumers.get(tag) : undefined)
    const whole = header !== undefined && content.received >= size && content.lost === 0 && content.message !== undefined
    let complete: Completeness = 'complete'
    const notes = how.notes ?? []
    if (!content.message) notes.push('the method before this message was not captured')
    if (content.lost > 0) notes.push(`${content.lost} bytes of the message were not captured`)
    else if (header && content.received < size) notes.push(`${size - content.received} bytes of the message are missing`)
    else if (!header) notes.push('the message behind this method was not seen')
    if (header?.fault) notes.push(header.fault)
    if (message.fault) notes.push(`${message.name}: ${message.fault}`)
    if (!whole) complete = how.cut !== undefined && content.lost === 0 && !content.broken && content.message ? 'truncated' : 'lost'
    else if (how.confirm === 'unanswered') complete = published!.doubtful ? 'lost' : 'no-response'
    else if (!asked && message.name === 'basic.get-ok') complete = 'orphan-response'
    if (published) {
      row.confirm = how.confirm
      row.publish_seq = published.seq
      if (published.returned !== undefined) row.returned = true
    }
    const isReturn = message.name === 'basic.return'
    const nacked = how.confirm === 'nack'
    const fromClient = side === 'client'
    const get = message.name === 'basic.get-ok'
    const first = asked?.at ?? content.at
    rows.emit({
      row,
      name: get ? 'basic.get' : message.name,
      query: asked ? queryOf(asked.message, row) : queryOf(message, row),
      resource: asked ? resourceOf(asked.message, row) : resourceOf(message, row),
      channel: channel.number,
      from: asked || complete === 'orphan-response' ? 'client' : side,
      first: complete === 'orphan-response' ? undefined : first,
      second: asked || complete === 'orphan-response' ? content.at : how.answer,
      complete,
      failed: isReturn || nacked || how.confirm === 'unanswered' || published?.returned !== undefined,
      error: isReturn
        ? washed(String(message.args['reply-text'] ?? ''), rows.secret)
        : nacked
          ? 'basic.nack'
          : published?.returned !== undefined
            ? washed(published.returned, rows.secret) || 'basic.return'
            : undefined,
      rows: get ? 1 : undefined,
      notes,
      requestBytes: fromClient ? size : (asked?.at.bytes ?? 0),
      responseBytes: fromClient ? (how.answer?.bytes ?? 0) : size,
      requestText: fromClient ? text : asked ? queryOf(asked.message, row) : undefined,
      responseText: fromClient ? undefined : text,
    })
  }
}
