/**
 * Pairs methods on each channel, joins contents, follows publisher confirms and the login.
 *
 * Synchronous methods of a channel are answered in order (AMQP 0-9-1 §2.2.1); what an answer passes over was never answered.
 * A close names the method that failed: that request ends with it.
 */
import type { Instant } from '../../model/instant.js'
import { type EndReason, otherSide, type Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness } from '../../model/transaction.js'
import type { Correlator } from '../protocol.js'
import { type Asked, Channel } from './channel.js'
import { Contents } from './contents.js'
import type { AmqpMessage, MethodMessage } from './messages.js'
import { endWords, Opening } from './opening.js'
import { washed } from './row.js'
import { type AmqpSession, Rows } from './rows.js'

/** Channels followed at once: RabbitMQ allows 2047. Beyond it the oldest is flushed. */
const MAX_CHANNELS = 2048
/** Requests that wait on one channel; clients send a handful of declarations before they read. */
const MAX_WAITING = 1024
/** Consumers whose queue is remembered, a channel. */
const MAX_CONSUMERS = 4096

export class AmqpCorrelator implements Correlator<AmqpMessage> {
  private readonly channels = new Map<number, Channel>()
  private readonly rows: Rows
  private readonly contents: Contents
  private readonly opening: Opening
  private readonly beats = { client: 0, server: 0 }
  private readonly beatTraces: { client?: Trace; server?: Trace } = {}
  private begun = false
  private over = false

  constructor(session: AmqpSession) {
    this.rows = new Rows(session)
    this.contents = new Contents(this.rows)
    this.opening = new Opening(this.rows)
  }

  see(side: Side, message: AmqpMessage, at: Trace): void {
    switch (message.kind) {
      case 'header':
        this.begun = true
        this.opening.header(side, message, at)
        break
      case 'method':
        this.method(side, message, at)
        break
      case 'content':
        this.contents.header(this.channel(message.channel), side, message, at)
        break
      case 'body':
        this.contents.body(this.channel(message.channel), side, message, at)
        break
      case 'heartbeat':
        this.beats[side]++
        if (this.beatTraces[side]) this.beatTraces[side].extend(at)
        else this.beatTraces[side] = at
        break
      case 'lost':
        for (const channel of this.channels.values()) this.contents.broken(channel, side)
        break
    }
  }

  gap(side: Side): void {
    for (const channel of this.channels.values()) {
      for (const asked of channel.waiting) if (asked.side !== side) asked.doubtful = true
      if (side === 'server') for (const one of channel.unconfirmed.values()) one.doubtful = true
      else if (channel.confirming) channel.uncounted = true
    }
  }

  end(why: EndReason, _at: Instant): void {
    this.over = true
    this.opening.end(why)
    for (const channel of [...this.channels.values()]) this.flush(channel, endWords(why), why === 'eof' ? 'truncated' : 'no-response')
    this.opening.endTune()
    this.emitBeats()
  }

  private channel(number: number): Channel {
    let channel = this.channels.get(number)
    if (channel) return channel
    if (this.channels.size >= MAX_CHANNELS) {
      const oldest = this.channels.values().next().value!
      this.rows.anomaly('amqp.channels')
      this.flush(oldest, 'its channel is no longer followed', 'no-response')
      this.channels.delete(oldest.number)
    }
    channel = new Channel(number)
    this.channels.set(number, channel)
    return channel
  }

  // ---- methods ---------------------------------------------------------------------------------------------------------

  private method(side: Side, message: MethodMessage, at: Trace): void {
    if (!this.begun) {
      this.begun = true
      this.rows.midStream = !message.name.startsWith('connection.start')
    }
    if (this.opening.see(side, message, at)) return
    const channel = this.channel(message.channel)
    this.contents.interrupt(channel, side, at)
    const { method } = message
    if (!method) {
      const { row, query } = this.rows.methodRow(message, undefined)
      const notes = ['this method is none that is known']
      this.rows.emit({ row, name: message.name, query, channel: channel.number, from: side, first: at, complete: 'complete', notes })
      return
    }
    if (method.answers.length > 0) this.answer(channel, side, message, at)
    else {
      this.resolve(channel, message)
      if (method.content) this.contents.open(channel, side, message, at, undefined)
      else this.plain(channel, side, message, at)
    }
  }

  /** A method without content that answers nothing. */
  private plain(channel: Channel, side: Side, message: MethodMessage, at: Trace): void {
    if (side === 'server' && (message.name === 'basic.ack' || message.name === 'basic.nack')) {
      if (!this.contents.confirm(channel, message, at))
        this.lone(channel, side, message, at, 'orphan-response', ['confirms a publication that was not seen'])
      return
    }
    const close = message.name === 'connection.close' || message.name === 'channel.close'
    if (close) this.fail(channel, side, message, at)
    const asks = message.method!.asks && message.args['no-wait'] !== true
    if (!asks) {
      if (message.name === 'confirm.select') this.contents.select(channel)
      this.lone(channel, side, message, at, 'complete')
      return
    }
    if (channel.waiting.length >= MAX_WAITING) {
      this.rows.anomaly('amqp.waiting', at)
      this.unanswered(channel, channel.waiting.shift()!, 'too many requests wait on this channel', 'no-response')
    }
    let from = at
    if (message.name === 'connection.open') from = this.opening.withTune(at)
    channel.waiting.push({ message, side, at: from, doubtful: false })
  }

  /** Names that mean something on this channel: the queue declared last, the queue of a consumer. */
  private resolve(channel: Channel, message: MethodMessage): void {
    const args = message.args as Record<string, unknown>
    if (message.name === 'queue.declare' && args.queue !== '') channel.lastQueue = String(args.queue ?? '')
    else if (args.queue === '' && message.name !== 'queue.declare') args.queue = channel.lastQueue
    if (message.name === 'basic.consume' && args['consumer-tag'] !== '') this.consumer(channel, args['consumer-tag'], args.queue)
    if (message.name === 'connection.open') this.rows.vhost = washed(String(args['virtual-host'] ?? ''), this.rows.secret)
  }

  private consumer(channel: Channel, tag: unknown, queue: unknown): void {
    if (channel.consumers.size < MAX_CONSUMERS && typeof tag === 'string' && typeof queue === 'string') channel.consumers.set(tag, queue)
  }

  private answer(channel: Channel, side: Side, message: MethodMessage, at: Trace): void {
    const answers = message.method!.answers
    const index = channel.waiting.findIndex((one) => one.side !== side && answers.includes(one.message.name))
    if (index < 0) {
      if (message.method!.content) this.contents.open(channel, side, message, at, undefined)
      else this.lone(channel, side, message, at, 'orphan-response')
      return
    }
    const asked = channel.waiting[index]!
    const passed = channel.waiting.slice(0, index).filter((one) => one.side !== side)
    for (const one of passed) this.unanswered(channel, one, 'a later request was answered before', 'no-response')
    channel.waiting.splice(channel.waiting.indexOf(asked), 1)
    if (message.method!.content) this.contents.open(channel, side, message, at, asked)
    else this.paired(channel, asked, message, at)
  }

  private paired(channel: Channel, asked: Asked, answer: MethodMessage, at: Trace): void {
    const { message } = asked
    if (message.name === 'queue.declare') channel.lastQueue = String(answer.args.queue ?? channel.lastQueue)
    if (message.name === 'basic.consume') this.consumer(channel, answer.args['consumer-tag'], message.args.queue)
    if (message.name === 'confirm.select') this.contents.select(channel)
    const { row, query, resource, request } = this.rows.methodRow(message, answer)
    this.opening.putTuned(message, row)
    const notes = faults(message, answer)
    const failed = isFailure(message)
    const empty = answer.name === 'basic.get-empty'
    const counted = message.name === 'queue.purge' || message.name === 'queue.delete' ? row.message_count : empty ? 0 : undefined
    this.rows.emit({
      row,
      name: empty ? 'basic.get-empty' : message.name,
      query,
      resource,
      channel: channel.number,
      from: asked.side,
      first: asked.at,
      second: at,
      complete: 'complete',
      failed,
      error: failed ? row.reply_text : undefined,
      rows: counted,
      notes,
      requestText: request,
      responseText: 'OK',
      ...(isClose(message) && { sessionEvent: !failed }),
    })
    if (message.name === 'channel.close') this.closed(channel)
    else if (message.name === 'connection.close') for (const one of [...this.channels.values()]) this.closed(one)
  }

  private closed(channel: Channel): void {
    this.flush(channel, 'the channel was closed', 'no-response')
    this.channels.delete(channel.number)
  }

  /** A method that stands alone: nothing answers it, or what it answers was not seen. */
  private lone(channel: Channel, side: Side, message: MethodMessage, at: Trace, complete: Completeness, notes: string[] = []): void {
    const { row, query, resource, request } = this.rows.methodRow(message, undefined)
    const orphan = complete === 'orphan-response'
    this.rows.emit({
      row,
      name: message.name,
      query,
      resource,
      channel: channel.number,
      from: orphan ? otherSide(side) : side,
      first: orphan ? undefined : at,
      second: orphan ? at : undefined,
      complete,
      failed: message.name === 'basic.reject',
      notes: [...notes, ...faults(message)],
      requestText: request,
      sessionEvent: orphan && /^(?:connection|channel)\.|qos/.test(message.name) ? true : undefined,
    } as Parameters<Rows['emit']>[0])
    if (message.name === 'basic.cancel') channel.consumers.delete(String(message.args['consumer-tag']))
  }

  /** A close that names the method that failed. */
  private fail(channel: Channel, side: Side, message: MethodMessage, at: Trace): void {
    const classId = message.args['class-id']
    const methodId = message.args['method-id']
    const on = message.name === 'connection.close' ? [...this.channels.values()] : [channel]
    for (const one of on) {
      const index = one.waiting.findIndex(
        (asked) => asked.side !== side && asked.message.method?.classId === classId && asked.message.method?.methodId === methodId,
      )
      if (index < 0) continue
      const [asked] = one.waiting.splice(index, 1)
      const { row, query, resource, request } = this.rows.methodRow(asked!.message, undefined)
      this.opening.putTuned(asked!.message, row)
      row.reply_code = Number(message.args['reply-code'] ?? 0)
      row.reply_text = washed(String(message.args['reply-text'] ?? ''), this.rows.secret)
      this.rows.emit({
        row,
        name: asked!.message.name,
        query,
        resource,
        channel: one.number,
        from: asked!.side,
        first: asked!.at,
        second: at.copy(),
        complete: 'complete',
        failed: true,
        error: row.reply_text,
        requestText: request,
      })
      return
    }
  }

  private unanswered(channel: Channel, asked: Asked, why: string, complete: Completeness): void {
    const at = channel.waiting.indexOf(asked)
    if (at >= 0) channel.waiting.splice(at, 1)
    const { message } = asked
    const { row, query, resource, request } = this.rows.methodRow(message, undefined)
    this.opening.putTuned(message, row)
    const failed = isFailure(message)
    this.rows.emit({
      row,
      name: message.name,
      query,
      resource,
      channel: channel.number,
      from: asked.side,
      first: asked.at,
      complete: asked.doubtful ? 'lost' : complete,
      failed: !isClose(message) || failed,
      error: failed ? row.reply_text : undefined,
      notes: [asked.doubtful ? 'its answer may be among the bytes that were not captured' : `no answer: ${why}`, ...faults(message)],
      requestText: request,
      ...(isClose(message) && { sessionEvent: !failed }),
    })
  }

  private flush(channel: Channel, why: string, complete: Completeness): void {
    for (const asked of [...channel.waiting]) this.unanswered(channel, asked, why, complete)
    this.contents.flush(channel, why, this.over)
  }

  /** Heartbeats are one row a connection. */
  private emitBeats(): void {
    const { client, server } = this.beatTraces
    if (!client && !server) return
    this.rows.emit({
      row: { heartbeats_client: this.beats.client, heartbeats_server: this.beats.server },
      name: 'heartbeat',
      query: 'heartbeat',
      channel: 0,
      from: client ? 'client' : 'server',
      first: client ?? server,
      second: client ? server : undefined,
      complete: 'complete',
    })
  }
}

const isClose = (message: MethodMessage): boolean => message.name === 'connection.close' || message.name === 'channel.close'
const isFailure = (message: MethodMessage): boolean => isClose(message) && Number(message.args['reply-code'] ?? 0) >= 300
const faults = (...messages: MethodMessage[]): string[] =>
  messages.flatMap((one) => (one.fault === undefined ? [] : [`${one.name}: ${one.fault}`]))
