/** Session descriptions: RFC 8866. What a call needs: who made it, and each medium with its codecs, address and direction. */
import { staticPayloads } from './names.js'

/** Media of one description and formats of one medium; calls have one to five, with about twenty formats. */
const MAX_MEDIA = 32
const MAX_FORMATS = 64
/** Lines read; the rest is counted as not read. A WebRTC offer has about 200. */
const MAX_LINES = 2000

export interface Medium {
  type: string
  address?: string | undefined
  port: number
  protocol: string
  codecs: string[]
  direction?: string | undefined
  /** Keys for SRTP are offered inside the description. RFC 4568 */
  encrypted?: boolean | undefined
}

export interface SessionDescription {
  version: string | undefined
  ownerUser: string | undefined
  sessionId: string | undefined
  sessionVersion: string | undefined
  ownerIp: string | undefined
  name: string | undefined
  connection: string | undefined
  address: string | undefined
  readonly media: Medium[]
  /** More lines or media than are read. */
  overfull: boolean
}

const DIRECTIONS = new Set(['sendrecv', 'sendonly', 'recvonly', 'inactive'])

export function readSdp(text: string): SessionDescription | undefined {
  const sdp: SessionDescription = {
    version: undefined,
    ownerUser: undefined,
    sessionId: undefined,
    sessionVersion: undefined,
    ownerIp: undefined,
    name: undefined,
    connection: undefined,
    address: undefined,
    media: [],
    overfull: false,
  }
  const formats: string[][] = []
  const maps: Map<string, string>[] = []
  let direction: string | undefined
  const lines = text.split('\n', MAX_LINES + 1)
  sdp.overfull = lines.length > MAX_LINES
  for (const raw of lines) {
    const line = raw.trimEnd()
    if (line.length < 2 || line[1] !== '=') continue
    const value = line.slice(2)
    const medium = sdp.media[sdp.media.length - 1]
    switch (line[0]) {
      case 'v':
        sdp.version ??= value.trim()
        break
      case 'o':
        readOrigin(sdp, value)
        break
      case 's':
        sdp.name ??= value.trim()
        break
      case 'c': {
        const address = addressOf(value)
        if (medium) medium.address = address
        else {
          sdp.connection = value.trim()
          sdp.address = address
        }
        break
      }
      case 'm': {
        const [type = '', port = '', protocol = '', ...fmt] = value.trim().split(/\s+/)
        if (sdp.media.length >= MAX_MEDIA) {
          sdp.overfull = true
          break
        }
        sdp.media.push({ type, address: undefined, port: portOf(port), protocol, codecs: [], direction: undefined, encrypted: undefined })
        formats.push(fmt.slice(0, MAX_FORMATS))
        maps.push(new Map())
        break
      }
      case 'a':
        if (DIRECTIONS.has(value)) {
          if (medium) medium.direction = value
          else direction = value
        } else if (medium && value.startsWith('rtpmap:')) {
          const [payload = '', codec] = value.slice(7).trim().split(/\s+/)
          const map = maps[maps.length - 1]!
          if (codec !== undefined && map.size < MAX_FORMATS) map.set(payload, codec)
        } else if (medium && (value.startsWith('crypto:') || value.startsWith('fingerprint:'))) medium.encrypted = true
        break
    }
  }
  sdp.media.forEach((medium, i) => {
    medium.address ??= sdp.address
    medium.direction ??= direction
    const rtp = /RTP\//i.test(medium.protocol)
    if (rtp && /SAVP/i.test(medium.protocol)) medium.encrypted = true
    medium.codecs = formats[i]!.map((format) => maps[i]!.get(format) ?? (rtp ? (staticPayloads[Number(format)] ?? format) : format))
  })
  return sdp.version === undefined && sdp.media.length === 0 ? undefined : sdp
}

function readOrigin(sdp: SessionDescription, value: string): void {
  const parts = value.trim().split(/\s+/)
  if (sdp.sessionId !== undefined || parts.length < 6) return
  const [user, id, version, , , address] = parts
  sdp.ownerUser = user === '-' ? undefined : user
  sdp.sessionId = id
  sdp.sessionVersion = version
  sdp.ownerIp = address
}

/** `IN IP4 192.0.2.1/127`: the address without its TTL and count. */
const addressOf = (value: string): string | undefined => value.trim().split(/\s+/)[2]?.split('/')[0]
/** `49170/2` asks for two port pairs. 0 = the medium is refused or held back. */
const portOf = (text: string): number => {
  const port = Number.parseInt(text, 10)
  return port >= 0 && port <= 0xffff ? port : 0
}
