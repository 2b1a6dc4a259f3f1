/**
 * Exchanges of one run. Clients of DHCP have no address of their own before the last packet, and ask groups that answer from
 * elsewhere, so the messages of an exchange lie in several flows: this is shared between all of them and filled in packet order.
 */
import { type Instant, nanosecondsBetween } from '../../../model/instant.js'

/** Exchanges remembered; about 4 MiB at most. A campus sees some hundred clients within EXCHANGE_WITHIN. */
export const MAX_EXCHANGES = 8192
/** Longer than clients go on repeating themselves under one transaction id; some use the same for ever. */
const EXCHANGE_WITHIN = 600e9
/** A request that comes later than this after its answer begins anew: no client repeats an answered one for so long. */
const REPEAT_WITHIN = 60e9
/** Steps told of one exchange, and servers: beyond it somebody plays. */
const MAX_STEPS = 32
const MAX_SERVERS = 16

/** `W` is what waits for an answer in it. */
export class Exchange<W> {
  readonly waiting: W[] = []
  readonly steps: string[] = []
  readonly servers: string[] = []
  /** Types that were asked; a few, so a list will do. */
  private readonly requests: number[] = []
  /** How many times each kind of message came; a few kinds, so a list will do. */
  private readonly sent: { readonly kind: string; times: number }[] = []
  chosen: string | undefined
  name: string | undefined
  lastType = -1
  /** When an answer came that ends it, the last one. */
  ended: Instant | undefined
  last: Instant

  constructor(
    readonly id: string,
    readonly client: string,
    readonly first: Instant,
  ) {
    this.last = first
  }

  /**
   * Takes a step in; how many times it was taken by now.
   * @param leg what a relay passes on is no second attempt: this tells it from what the client sent
   */
  count(step: string, leg: string, type: number, at: Instant): number {
    this.last = at
    this.lastType = type
    if (this.steps[this.steps.length - 1] !== step && this.steps.length < MAX_STEPS) this.steps.push(step)
    const kind = `${step} ${leg}`
    let sent = this.sent.find((one) => one.kind === kind)
    if (sent) sent.times++
    else {
      sent = { kind, times: 1 }
      if (this.sent.length < MAX_STEPS) this.sent.push(sent)
    }
    return sent.times
  }

  ask(type: number): void {
    if (!this.requests.includes(type) && this.requests.length < MAX_STEPS) this.requests.push(type)
  }

  /** A request of this type was seen. */
  asked(type: number): boolean {
    return this.requests.includes(type)
  }

  offeredBy(server: string | undefined): void {
    if (server !== undefined && this.servers.length < MAX_SERVERS && !this.servers.includes(server)) this.servers.push(server)
  }

  /** Too long silent for a message at `at` to belong to it. */
  stale(at: Instant): boolean {
    return Math.abs(nanosecondsBetween(this.last, at)) > EXCHANGE_WITHIN
  }

  /** It ended, and too long before `at` for a repeated request. */
  closed(at: Instant): boolean {
    return this.ended !== undefined && Math.abs(nanosecondsBetween(this.ended, at)) > REPEAT_WITHIN
  }

  /** Something came so shortly before `at` that it is still under way. */
  lively(at: Instant): boolean {
    return Math.abs(nanosecondsBetween(this.last, at)) < REPEAT_WITHIN
  }
}

/** Exchanges by key, and by client the one that the client may go on with under another key; the oldest are forgotten. */
export class ExchangeTable<X extends Exchange<unknown>> {
  private readonly byKey = new Map<string, X>()
  /** By client: the exchange whose offer was not taken up yet. */
  private readonly open = new Map<string, X>()
  /** The cap was reached for an exchange that could still have gone on. */
  forgotten = false

  get(key: string): X | undefined {
    return this.byKey.get(key)
  }

  remember(key: string, exchange: X, at: Instant): void {
    const { byKey } = this
    byKey.delete(key)
    byKey.set(key, exchange)
    if (byKey.size <= MAX_EXCHANGES) return
    const [oldest, given] = byKey.entries().next().value!
    byKey.delete(oldest)
    if (this.open.get(given.client) === given) this.open.delete(given.client)
    if (given.ended === undefined && given.lively(at)) this.forgotten = true
  }

  openOf(client: string): X | undefined {
    return this.open.get(client)
  }

  setOpen(client: string, exchange: X): void {
    const { open } = this
    open.delete(client)
    open.set(client, exchange)
    if (open.size > MAX_EXCHANGES) open.delete(open.keys().next().value!)
  }

  /** Nothing goes on with it any more. */
  shut(client: string, exchange: X): void {
    if (this.open.get(client) === exchange) this.open.delete(client)
  }
}
