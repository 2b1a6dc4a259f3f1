/** Is this memcache? By a binary header whose every part fits, by a line that no other protocol has, or by question and answer. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Side } from '../../model/side.js'
import type { Likeness, Look } from '../protocol.js'
import { HEADER, isHeader, REQUEST, RESPONSE } from './binary-reader.js'
import { CR, LF } from './text-line.js'
import { UDP_HEADER } from './udp-parser.js'

/** Bytes of a line that is looked at. */
const MAX_LOOK = 2048
type Grade = 'none' | 'sure' | 'likely' | 'begun' | 'no'

export function probe(look: Look): Likeness {
  const udp = look.transport === 'udp'
  if (udp && (!udpHeader(look.client) || !udpHeader(look.server))) return 'no'
  const client = grade(look.client, 'client')
  const server = grade(look.server, 'server')
  if (client === 'no' || server === 'no') return 'no'
  if (client === 'sure' || server === 'sure') return 'yes'
  if (client === 'likely' && server === 'likely') return 'yes'
  // A lone datagram on an unknown port needs more than a common word.
  return udp && !look.hinted ? 'no' : 'maybe'
}

function udpHeader(cur: Cursor): boolean {
  if (cur.left === 0) return true
  if (cur.left <= UDP_HEADER) return false
  cur.skip(2)
  const number = cur.u16()
  const total = cur.u16()
  // The last two bytes should be nothing, yet some clients leave there what was in memory.
  cur.skip(2)
  return total > 0 && number < total
}

function grade(cur: Cursor, side: Side): Grade {
  const { buf, pos, end } = cur
  if (pos >= end) return 'none'
  if (buf[pos] === (side === 'client' ? REQUEST : RESPONSE)) return binary(cur, side)
  return text(cur, side)
}

function binary(cur: Cursor, side: Side): Grade {
  const { buf, pos, end } = cur
  if (end - pos < HEADER) return end - pos >= 6 && buf[pos + 5] !== 0 ? 'no' : 'begun'
  if (!isHeader(buf, pos, side)) return 'no'
  const keyLength = buf.readUInt16BE(pos + 2)
  const extras = buf[pos + 4]!
  const from = pos + HEADER + extras
  const stop = Math.min(end, from + keyLength)
  // Keys are text nearly always, and the longest pass as one.
  for (let at = from; at < stop; at++) if (buf[at]! <= 0x20 || buf[at] === 0x7f) return 'no'
  const next = pos + HEADER + buf.readUInt32BE(pos + 8)
  if (next < end && buf[next] !== buf[pos]) return 'no'
  return 'sure'
}

const NUMBER = String.raw`\d{1,20}`
/** Lines that only memcache has, and such as others may have too. */
const SURE_CLIENT = new RegExp(
  `^(?:(?:set|add|replace|append|prepend) \\S{1,250} ${NUMBER} -?${NUMBER} ${NUMBER}(?: noreply)?|` +
    `cas \\S{1,250} ${NUMBER} -?${NUMBER} ${NUMBER} ${NUMBER}(?: noreply)?|` +
    `(?:incr|decr|delete|touch) \\S{1,250}(?: -?${NUMBER})? noreply|flush_all(?: -?${NUMBER})? noreply|lru_crawler \\S.*|ms \\S{1,250} \\d{1,10}(?: [A-Za-z]\\S*)*|` +
    `slabs (?:reassign|automove) .*|stats (?:slabs|items|settings|sizes|conns|cachedump .*|reset))$`,
)
const LIKELY_CLIENT = new RegExp(
  `^(?:gets? \\S.*|gats? -?${NUMBER} \\S.*|(?:incr|decr) \\S{1,250} ${NUMBER}|delete \\S{1,250}(?: 0)?|touch \\S{1,250} -?${NUMBER}|stats|stats \\S.*|` +
    `version|quit|flush_all(?: -?${NUMBER})?|verbosity \\d+|m[gda] \\S{1,250}(?: [A-Za-z]\\S*)*|me \\S+|mn|watch.*)$`,
)
const SURE_SERVER = new RegExp(
  `^(?:VALUE \\S{1,250} ${NUMBER} ${NUMBER}(?: ${NUMBER})?|STAT \\S+ .*|STORED|NOT_STORED|DELETED|TOUCHED|SERVER_ERROR .*|CLIENT_ERROR .*|VERSION \\d+\\.\\d+\\.\\d+.*)$`,
)
const LIKELY_SERVER = new RegExp(
  `^(?:END|OK|RESET|EXISTS|NOT_FOUND|ERROR|${NUMBER}|BUSY .*|HD(?: .*)?|VA \\d+.*|EN|NS(?: .*)?|EX(?: .*)?|NF(?: .*)?|MN|ME \\S+ .*|ITEM \\S+ \\[.*)$`,
)
/** First letters of what may still become one of these. */
const CLIENT_HEAD = /^[a-z_]{1,12}(?: |$)/
const SERVER_HEAD = /^(?:[A-Z_]{1,12}(?: |$)|\d+$)/

function text(cur: Cursor, side: Side): Grade {
  const { buf, pos, end } = cur
  const stop = Math.min(end, pos + MAX_LOOK)
  for (let at = pos; at < stop; at++) {
    const byte = buf[at]!
    if (byte === LF) {
      const line = buf.toString('latin1', pos, at).replace(/ *\r?$/, '')
      if (side === 'client') return SURE_CLIENT.test(line) ? 'sure' : LIKELY_CLIENT.test(line) ? 'likely' : 'no'
      return SURE_SERVER.test(line) ? 'sure' : LIKELY_SERVER.test(line) ? 'likely' : 'no'
    }
    if (byte < 0x20 && byte !== CR) return 'no'
  }
  const head = buf.toString('latin1', pos, Math.min(stop, pos + 13)).replace(/\r$/, '')
  return (side === 'client' ? CLIENT_HEAD : SERVER_HEAD).test(head) ? 'begun' : 'no'
}
