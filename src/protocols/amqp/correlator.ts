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
import { Login } from './login.js'
import type { AmqpMessage, HeaderMessage, MethodMessage } from './messages.js'
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
  private readonly login: Login
  /** tune-ok, which goes before open. */
  private tuneOk: { at: Trace; message: MethodMessage } | undefined
  private readonly beats = { client: 0, server: 0 }
  private readonly beatTraces: { client?: Trace; server?: Trace } = {}
  private begun = false
  private over = false

  constructor(session: AmqpSession) {
    this.rows = new Rows(session)
    this.contents = new Contents(this.rows)
    this.login = new Login(this.rows.secret)
  }

  see(side: Side, message: AmqpMessage, at: Trace): void {
    switch (message.kind) {
      case 'header':
        return this.header(side, message, at)
      case 'method':
        return this.method(side, message, at)
      case 'content':
        return this.contents.header(this.channel(message.channel), side, message, at)
      case 'body':
        return this.contents.body(this.channel(message.channel), side, message, at)
      case 'heartbeat':
        this.beats[side]++
        if (this.beatTraces[side]) this.beatTraces[side].extend(at)
        else this.beatTraces[side] = at
        return
      case 'lost':
        for (const channel of this.channels.values()) this.contents.broken(channel, side)
        return
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
    if (this.login.begun && !this.login.done) this.emitLogin(undefined, why)
    if (this.tuneOk) this.emitTune()
    for (const channel of [...this.channels.values()]) this.flush(channel, endWords(why), why === 'eof' ? 'truncated' : 'no-response')
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

  // ---- the opening -----------------------------------------------------------------------------------------------------

  private header(side: Side, message: HeaderMessage, at: Trace): void {
    this.begun = true
    if (side === 'client') {
      this.login.addRequest(at)
      this.login.row.protocol_version = message.name
      return
    }
    // The server answers a header with its own: it does not speak what was asked.
    this.login.addResponse(at)
    const foreign = this.login.row.protocol_version?.startsWith('AMQP 1.0') && message.foreign
    this.emitLogin(foreign ? undefined : `the server speaks ${message.name}`, undefined)
  }

  private opening(side: Side, message: MethodMessage, at: Trace): boolean {
    const { login } = this
    switch (message.name) {
      case 'connection.start':
        login.addResponse(at)
        login.start(message)
        return true
      case 'connection.start-ok':
        login.addRequest(at)
        login.startOk(message)
        this.rows.user = login.user
        return true
      case 'connection.secure':
        login.addResponse(at)
        return true
      case 'connection.secure-ok':
        login.addRequest(at)
        if (typeof message.args.response === 'string') login.identify(message.args.response)
        this.rows.user = login.user
        return true
      case 'connection.tune':
        login.addResponse(at)
        if (!login.done) this.emitLogin(undefined, undefined, at)
        return true
      case 'connection.tune-ok':
        this.tuneOk = { at: at.copy(), message }
        return true
      case 'connection.close':
        if (side === 'server' && login.begun && !login.done) {
          login.addResponse(at)
          this.emitLogin(washed(String(message.args['reply-text'] ?? ''), this.rows.secret), undefined, at)
        }
        return false
      default:
        return false
    }
  }

  /** @param refusal the server's words, undefined = none seen */
  private emitLogin(refusal: string | undefined, why: EndReason | undefined, answer?: Trace): void {
    const { login, rows } = this
    login.done = true
    const notes: string[] = []
    const version = login.row.protocol_version
    const foreign = version?.startsWith('AMQP 1.0') ?? false
    if (foreign) notes.push(`${version} is not decoded`)
    const unanswered = answer === undefined && refusal === undefined && !(foreign && login.response)
    if (unanswered && login.asked)
      notes.push(`${endWords(why)} before the login was answered: servers refuse one by closing`)
    else if (unanswered && !foreign) notes.push(`${endWords(why)} before anybody logged in`)
    rows.emit({
      row: login.row,
      name: 'connection.start',
      query: login.asked ? login.query() : ['connection.start', version].filter((word) => word !== undefined).join(' '),
      channel: 0,
      from: login.request ? 'client' : 'server',
      first: login.request ?? login.response,
      then: login.request ? login.response : undefined,
      answered: answer?.last,
      complete: unanswered ? (why === 'eof' ? 'truncated' : 'no-response') : login.request ? 'complete' : 'orphan-response',
      failed: refusal !== undefined || unanswered,
      error: refusal,
      notes,
    })
  }

  private emitTune(): void {
    const { at, message } = this.tuneOk!
    this.tuneOk = undefined
    const { row } = this.rows.methodRow(message, undefined)
    this.rows.emit({ row, name: 'connection.tune', query: 'connection.tune', channel: 0, from: 'client', first: at, complete: 'no-response' })
  }

  // ---- methods ---------------------------------------------------------------------------------------------------------

  private method(side: Side, message: MethodMessage, at: Trace): void {
    if (!this.begun) {
      this.begun = true
      this.rows.midStream = !message.name.startsWith('connection.start')
    }
    if (this.opening(side, message, at)) return
    const channel = this.channel(message.channel)
    this.contents.interrupt(channel, side, at)
    const { method } = message
    if (!method) {
      const { row, query } = this.rows.methodRow(message, undefined)
      const notes = ['this method is none that is known']
      this.rows.emit({ row, name: message.name, query, channel: channel.number, from: side, first: at, complete: 'complete', notes })
      return
    }
    if (method.answers.length > 0) return this.answer(channel, side, message, at)
    this.resolve(channel, message)
    if (method.content) return this.contents.open(channel, side, message, at, undefined)
    if (side === 'server' && (message.name === 'basic.ack' || message.name === 'basic.nack')) {
      if (this.contents.confirm(channel, message, at)) return
      return this.lone(channel, side, message, at, 'orphan-response', ['confirms a publication that was not seen'])
    }
    const close = message.name === 'connection.close' || message.name === 'channel.close'
    if (close) this.fail(channel, side, message, at)
    const asks = method.asks && message.args['no-wait'] !== true
    if (!asks) {
      if (message.name === 'confirm.select') this.contents.select(channel)
      return this.lone(channel, side, message, at, 'complete')
    }
    if (channel.waiting.length >= MAX_WAITING) {
      this.rows.anomaly('amqp.waiting', at)
      this.unanswered(channel, channel.waiting.shift()!, 'too many requests wait on this channel', 'no-response')
    }
    let from = at
    if (message.name === 'connection.open' && this.tuneOk) {
      from = this.tuneOk.at
      from.extend(at)
    }
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
      if (message.method!.content) return this.contents.open(channel, side, message, at, undefined)
      return this.lone(channel, side, message, at, 'orphan-response')
    }
    const asked = channel.waiting[index]!
    const passed = channel.waiting.slice(0, index).filter((one) => one.side !== side)
    for (const one of passed) this.unanswered(channel, one, 'a later request was answered before', 'no-response')
    channel.waiting.splice(channel.waiting.indexOf(asked), 1)
    if (message.method!.content) return this.contents.open(channel, side, message, at, asked)
    this.paired(channel, asked, message, at)
  }

  private paired(channel: Channel, asked: Asked, answer: MethodMessage, at: Trace): void {
    const { message } = asked
    if (message.name === 'queue.declare') channel.lastQueue = String(answer.args.queue ?? channel.lastQueue)
    if (message.name === 'basic.consume') this.consumer(channel, answer.args['consumer-tag'], message.args.queue)
    if (message.name === 'confirm.select') this.contents.select(channel)
    const { row, query, resource } = this.rows.methodRow(message, answer)
    if (message.name === 'connection.open' && this.tuneOk) {
      const { args } = this.tuneOk.message
      row.channel_max = Number(args['channel-max'] ?? 0)
      row.frame_max = Number(args['frame-max'] ?? 0)
      row.heartbeat = Number(args.heartbeat ?? 0)
      this.tuneOk = undefined
    }
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
      then: at,
      complete: 'complete',
      failed,
      error: failed ? row.reply_text : undefined,
      rows: counted,
      notes,
      requestText: query,
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
    const { row, query, resource } = this.rows.methodRow(message, undefined)
    const orphan = complete === 'orphan-response'
    this.rows.emit({
      row,
      name: message.name,
      query,
      resource,
      channel: channel.number,
      from: orphan ? otherSide(side) : side,
      first: orphan ? undefined : at,
      then: orphan ? at : undefined,
      complete,
      failed: message.name === 'basic.reject',
      notes: [...notes, ...faults(message)],
      requestText: query,
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
      const { row, query, resource } = this.rows.methodRow(asked!.message, undefined)
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
        then: at.copy(),
        complete: 'complete',
        failed: true,
        error: row.reply_text,
        requestText: query,
      })
      return
    }
  }

  private unanswered(channel: Channel, asked: Asked, why: string, complete: Completeness): void {
    const at = channel.waiting.indexOf(asked)
    if (at >= 0) channel.waiting.splice(at, 1)
    const { message } = asked
    const { row, query, resource } = this.rows.methodRow(message, undefined)
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
      requestText: query,
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
      then: client ? server : undefined,
      complete: 'complete',
    })
  }
}

const isClose = (message: MethodMessage): boolean => message.name === 'connection.close' || message.name === 'channel.close'
const isFailure = (message: MethodMessage): boolean => isClose(message) && Number(message.args['reply-code'] ?? 0) >= 300
const faults = (...messages: MethodMessage[]): string[] =>
  messages.flatMap((one) => (one.fault === undefined ? [] : [`${one.name}: ${one.fault}`]))

const endWords = (why: EndReason | undefined): string =>
  why === 'eof' ? 'the capture ends' : why === 'reset' ? 'the connection was reset' : why === 'timeout' ? 'the connection fell silent' : 'the connection ends'
