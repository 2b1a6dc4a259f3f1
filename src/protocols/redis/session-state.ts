/** What is true of the connection and repeats on its rows: who is logged in, which database, and how it listens. */
import type { Command, Reply } from './messages.js'

/** Characters of a name that are kept. */
const MAX_NAME = 256
/** Longest status that a MONITOR line's head is looked for in. */
const MONITOR_LINE = /^\d{9,11}\.\d{6} \[(-?\d+) ([^\]]*)\] /

export class SessionState {
  user: string | undefined
  database: number | undefined
  resp: number | undefined
  clientName: string | undefined
  monitoring = false
  /** Channels and patterns subscribed to, and shard channels. */
  channels = 0
  patterns = 0
  shards = 0

  get subscribed(): boolean {
    return this.channels + this.patterns + this.shards > 0
  }

  /** A command was answered, or is taken for done because no reply was asked for. */
  done(command: Command, reply: Reply | undefined): void {
    if (reply?.type === 'error' || reply?.cut) return
    const args = command.args
    switch (command.name) {
      case 'AUTH':
        this.user = claimedUser(command)
        break
      case 'HELLO':
        if (args?.[0] !== undefined) this.resp = Number(args[0]) || this.resp
        else if (reply) this.resp = reply.type === 'map' ? 3 : 2
        this.user = claimedUser(command) ?? this.user
        this.clientName = behind(args, 'SETNAME') ?? this.clientName
        break
      case 'SELECT':
        if (args && /^\d{1,9}$/.test(args[0] ?? '')) this.database = Number(args[0])
        break
      case 'CLIENT':
        if (args?.[0]?.toUpperCase() === 'SETNAME') this.clientName = (args[1] ?? '').slice(0, MAX_NAME) || undefined
        break
      case 'ACL':
        if (args?.[0]?.toUpperCase() === 'WHOAMI' && reply) this.user = reply.text.slice(0, MAX_NAME)
        break
      case 'MONITOR':
        this.monitoring = true
        break
      case 'RESET':
        this.user = undefined
        this.database = 0
        this.resp = 2
        this.clientName = undefined
        this.monitoring = false
        this.channels = this.patterns = this.shards = 0
    }
  }

  /** A confirmation of SUBSCRIBE or UNSUBSCRIBE: kind, channel and how many there are now. */
  subscribed3(lead: readonly string[]): void {
    const kind = lead[0]!
    const total = Number(lead[2])
    if (!Number.isSafeInteger(total) || total < 0) return
    if (kind[0] === 's' && (kind === 'ssubscribe' || kind === 'sunsubscribe')) this.shards = total
    else if (kind[0] === 'p') this.patterns = Math.max(0, total - this.channels)
    else this.channels = Math.max(0, total - this.patterns)
  }
}

/** Whom AUTH or HELLO names; the default user where only a password is given. */
export function claimedUser(command: Command): string | undefined {
  const args = command.args
  if (command.name === 'AUTH') return args && args.length > 1 ? args[0]!.slice(0, MAX_NAME) : 'default'
  return command.name === 'HELLO' ? behind(args, 'AUTH') : undefined
}

function behind(args: readonly string[] | undefined, word: string): string | undefined {
  const at = args?.findIndex((arg) => arg.length === word.length && arg.toUpperCase() === word) ?? -1
  return at < 0 ? undefined : args![at + 1]?.slice(0, MAX_NAME)
}

export interface MonitorLine {
  readonly database: number | undefined
  readonly client: string
  readonly rest: string
}

/** A line that MONITOR sends: time, database and client, then the command's words in quotes. */
export function monitorLine(text: string): MonitorLine | undefined {
  const found = MONITOR_LINE.exec(text)
  if (!found) return undefined
  const database = Number(found[1])
  return { database: database >= 0 ? database : undefined, client: found[2]!.slice(0, MAX_NAME), rest: text.slice(found[0].length) }
}
