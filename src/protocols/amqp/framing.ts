/** The frame: type, channel, size, payload, 0xCE (AMQP 0-9-1 §4.2.3). */
import type { Side } from '../../model/side.js'
import type { Likeness } from '../protocol.js'
import { CLASSES, methodOf } from './names.js'

export const Type = { method: 1, header: 2, body: 3, heartbeat: 8 } as const
export const FRAME_END = 0xce
/** Seven octets before the payload and the one behind it. */
export const FRAME_OVERHEAD = 8
/**
 * Largest method or header frame that is read: they are held whole. Brokers offer frame-max 128 KiB; some clients raise it for
 * the sake of bodies, which are not held.
 */
export const MAX_PLAIN_FRAME = 512 << 10
/** Largest body frame believed while no frame-max is known: no broker's default message limit is above 128 MiB. */
export const MAX_BODY_FRAME = 128 << 20
/** Largest body frame taken for one when a connection is entered in its middle: such a frame is held until its end is seen. */
const MAX_SOUGHT_BODY = 256 << 10

/**
 * Does a frame of `side` start at `at`? 'yes' once its end octet and the type of what follows were looked at, as far as they are here.
 * @param frameMax as agreed, 0 = unknown
 */
export function frameLikeness(buf: Buffer, at: number, end: number, side: Side, frameMax: number): Likeness {
  const left = end - at
  const type = buf[at]!
  if (type !== Type.method && type !== Type.header && type !== Type.body && type !== Type.heartbeat) return 'no'
  if (left < FRAME_OVERHEAD - 1) return 'maybe'
  const channel = buf.readUInt16BE(at + 1)
  const size = buf.readUInt32BE(at + 3)
  const payload = at + FRAME_OVERHEAD - 1
  if (type === Type.heartbeat) {
    if (size !== 0 || channel !== 0) return 'no'
  } else if (type === Type.body) {
    if (channel === 0 || size === 0 || size > Math.min(MAX_SOUGHT_BODY, frameMax || MAX_SOUGHT_BODY)) return 'no'
  } else {
    if (size < (type === Type.method ? 4 : 14) || size > MAX_PLAIN_FRAME) return 'no'
    if (left < FRAME_OVERHEAD + 3) return 'maybe'
    const classId = buf.readUInt16BE(payload)
    if (type === Type.method) {
      const method = methodOf(classId, buf.readUInt16BE(payload + 2))
      if (!method || (method.from !== undefined && method.from !== side)) return 'no'
      if ((channel === 0) !== (classId === 10)) return 'no'
    } else if (channel === 0 || CLASSES[classId] === undefined || buf.readUInt16BE(payload + 2) !== 0) return 'no'
  }
  const stop = payload + size
  if (stop >= end) return 'maybe'
  if (buf[stop] !== FRAME_END) return 'no'
  if (stop + 1 >= end) return 'yes'
  const next = buf[stop + 1]!
  return next === Type.method || next === Type.header || next === Type.body || next === Type.heartbeat ? 'yes' : 'no'
}
