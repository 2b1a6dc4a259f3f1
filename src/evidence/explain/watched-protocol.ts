/** A protocol whose probe and parsers are listened to. It answers as it does in an analysis. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Side } from '../../model/side.js'
import type { AnyProtocol, Conversation, Likeness, Look, Parser, Session, Verdict } from '../../protocols/protocol.js'

export interface ProtocolListener {
  /** `client` and `server` are how many bytes of each the probe was shown. */
  answered(protocol: string, answer: Likeness, look: Look, client: number, server: number): void
  /** A parser is about to look at `cur` from where it stands. */
  looks(side: Side, cur: Cursor): void
  /** It looked at `cur` from `from` on; `cur` stands where it left it. No verdict: it was its last look. */
  looked(side: Side, protocol: string, verdict: Verdict | undefined, cur: Cursor, from: number): void
}

export function watchedProtocol(protocol: AnyProtocol, listener: ProtocolListener): AnyProtocol {
  // The prototype lends everything else: a plugin's protocol may be an object of a class.
  return Object.create(protocol, {
    probe: {
      value(look: Look): Likeness {
        const { client, server } = look
        const [a, b] = [client.left, server.left]
        const answer = protocol.probe(look)
        listener.answered(protocol.name, answer, look, a, b)
        return answer
      },
    },
    open: {
      // biome-ignore lint/suspicious/noExplicitAny: sessions of every protocol
      value(session: Session<any, any, any>): Conversation<unknown> {
        const { client, server, correlator } = protocol.open(session) as Conversation<unknown>
        return {
          client: watchedParser('client', protocol.name, client, listener),
          server: watchedParser('server', protocol.name, server, listener),
          correlator,
        }
      },
    },
  }) as AnyProtocol
}

function watchedParser(side: Side, protocol: string, parser: Parser<unknown>, listener: ProtocolListener): Parser<unknown> {
  const watched: Parser<unknown> = {
    next(cur, into) {
      const from = cur.pos
      listener.looks(side, cur)
      const verdict = parser.next(cur, into)
      listener.looked(side, protocol, verdict, cur, from)
      return verdict
    },
  }
  // What a parser cannot do stays undone.
  if (parser.gap)
    watched.gap = (bytes, into, held) => {
      const from = held.pos
      listener.looks(side, held)
      const answer = parser.gap!(bytes, into, held)
      listener.looked(side, protocol, undefined, held, from)
      return answer
    }
  if (parser.close)
    watched.close = (held, why, into) => {
      const from = held.pos
      listener.looks(side, held)
      parser.close!(held, why, into)
      listener.looked(side, protocol, undefined, held, from)
    }
  return watched
}
