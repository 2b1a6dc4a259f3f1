/** Who logs in, as far as a login tells: SASL first messages, MONGODB-CR, X.509. No secret leaves this file. */
import { T } from './bson.js'
import { Doc } from './doc.js'

export interface Login {
  readonly step: 'start' | 'continue' | 'logout'
  /** Begun inside a hello, to save a round trip: a server that does not take part leaves it out of its answer. */
  readonly speculative?: boolean
  readonly mechanism?: string | undefined
  readonly database?: string | undefined
  readonly user?: string | undefined
}

const MAX_USER = 1024

export function readLogin(command: string, doc: Doc): Login | undefined {
  switch (command) {
    case 'saslStart':
    case 'authenticate':
      return start(doc, doc.text('$db'), false)
    case 'saslContinue':
      return { step: 'continue' }
    case 'logout':
      return { step: 'logout' }
    case 'hello':
    case 'isMaster':
    case 'ismaster': {
      const inner = doc.sub('speculativeAuthenticate')
      return inner && start(inner, inner.text('db') ?? doc.text('$db'), true)
    }
    default:
      return undefined
  }
}

function start(doc: Doc, database: string | undefined, speculative: boolean): Login {
  const sasl = doc.has('saslStart')
  const mechanism = doc.text('mechanism', 64) ?? (sasl ? undefined : 'MONGODB-CR')
  const user = sasl ? saslUser(mechanism ?? '', payloadOf(doc)) : doc.text('user', MAX_USER)
  return { step: 'start', speculative, mechanism, database, user: user === '' ? undefined : user }
}

/** Drivers send bytes; old shells sent base64 as text. */
function payloadOf(doc: Doc): Buffer | undefined {
  const i = doc.find('payload')
  if (i >= 0 && doc.types[i] === T.string) return Buffer.from(doc.textAt(i, 65536) ?? '', 'base64')
  return doc.binary('payload')
}

function saslUser(mechanism: string, payload: Buffer | undefined): string | undefined {
  if (!payload) return undefined
  if (mechanism === 'PLAIN') {
    // RFC 4616: authorization identity, user, password.
    const parts = payload
      .subarray(0, MAX_USER * 3)
      .toString('utf8')
      .split('\0')
    return parts.length >= 3 ? parts[1]!.slice(0, MAX_USER) : undefined
  }
  if (mechanism.startsWith('SCRAM-')) {
    // RFC 5802: gs2 header, then n=user,r=nonce; "," and "=" are written =2C and =3D.
    const name = /^[nyp][^,]*,[^,]*,(?:m=[^,]*,)?n=([^,]*),/.exec(payload.subarray(0, MAX_USER * 3).toString('utf8'))?.[1]
    return name?.replaceAll('=2C', ',').replaceAll('=3D', '=').slice(0, MAX_USER)
  }
  if (mechanism === 'MONGODB-OIDC' && payload.length >= 5) return new Doc(payload, 0, payload.length).text('n', MAX_USER)
  return undefined
}
