/**
 * Changes the packets of a capture without changing what was said, or by a known loss: the same conversation in other
 * segments, sent twice, out of order, with holes. Works on whole captures, so that everything above the wire is tested.
 */
import { openCapture } from '../capture/open-capture.js'
import { decode } from '../decode/decode.js'
import { Decoded, IpProto, Packet } from '../decode/packet.js'
import { type Frame, frame, pcap } from './captures.js'

export interface LoadedCapture {
  readonly linkType: number
  readonly frames: readonly Frame[]
}

export async function load(path: string): Promise<LoadedCapture> {
  const reader = await openCapture(path)
  const frames: Frame[] = []
  for (let block = await reader.next(); block !== null; block = await reader.next())
    for (let i = 0; i < block.count; i++) {
      const at = block.offset[i]!
      frames.push(frame(Buffer.from(block.buf.subarray(at, at + block.captured[i]!)), block.sec[i]!, block.nsec[i]!, block.original[i]!))
    }
  await reader.close()
  return { linkType: reader.info.interfaces[0]?.linkType ?? 1, frames }
}

export const save = (capture: LoadedCapture): Buffer => pcap(capture.frames, { kind: 'nano', linkType: capture.linkType })

interface TcpView {
  readonly at: number
  readonly ip: number
  readonly version: number
  readonly transport: number
  readonly length: number
}

/** Where the TCP payload of a frame lies, or undefined for anything else. */
export function tcpPayload(capture: LoadedCapture, one: Frame): TcpView | undefined {
  const p = new Packet()
  const data = Buffer.from(one.data)
  if (decode(p, capture.linkType, data, 0, data.length, one.original ?? data.length) !== Decoded.Ok) return undefined
  if (p.proto !== IpProto.Tcp || p.payloadLength === 0 || p.payloadCaptured < p.payloadLength) return undefined
  return { at: p.payload, ip: p.ip, version: p.ipVersion, transport: p.transport, length: p.payloadLength }
}

/** Every TCP segment again in pieces of `size` bytes, FIN and PSH on the last. */
export function recut(capture: LoadedCapture, size: number): LoadedCapture {
  return {
    ...capture,
    frames: capture.frames.flatMap((one) => {
      const view = tcpPayload(capture, one)
      if (!view || view.length <= size) return [one]
      const pieces: Frame[] = []
      const whole = Buffer.from(one.data)
      const seq = whole.readUInt32BE(view.transport + 4)
      for (let from = 0; from < view.length; from += size) {
        const to = Math.min(view.length, from + size)
        const data = Buffer.concat([whole.subarray(0, view.at), whole.subarray(view.at + from, view.at + to)])
        const shorter = view.length - (to - from)
        const lengthAt = view.ip + (view.version === 4 ? 2 : 4)
        data.writeUInt16BE(whole.readUInt16BE(lengthAt) - shorter, lengthAt)
        data.writeUInt32BE((seq + from) >>> 0, view.transport + 4)
        if (to < view.length) data[view.transport + 13]! &= ~0x09
        pieces.push(frame(data, one.sec, one.nsec))
      }
      return pieces
    }),
  }
}

/** Every frame twice in a row, as a mirror port that sees both directions of a switch does. */
export const twice = (capture: LoadedCapture): LoadedCapture => ({ ...capture, frames: capture.frames.flatMap((one) => [one, one]) })

/** Neighbouring TCP data frames swapped wherever two follow each other closely. */
export function swapped(capture: LoadedCapture, from: number): LoadedCapture {
  const frames = [...capture.frames]
  for (let i = from; i + 1 < frames.length; i += 2) {
    const [a, b] = [frames[i]!, frames[i + 1]!]
    if (!tcpPayload(capture, a) || !tcpPayload(capture, b)) continue
    frames[i] = b
    frames[i + 1] = a
  }
  return { ...capture, frames }
}

export const without = (capture: LoadedCapture, index: number): LoadedCapture => ({
  ...capture,
  frames: capture.frames.filter((_, i) => i !== index),
})

/** Frames cut at `snaplen` bytes. */
export const snapped = (capture: LoadedCapture, snaplen: number): LoadedCapture => ({
  ...capture,
  frames: capture.frames.map((one) => frame(one.data.slice(0, snaplen), one.sec, one.nsec, one.original ?? one.data.length)),
})

/** Some payload bytes changed, by a small generator, so that a seed names the case. */
export function flipped(capture: LoadedCapture, seed: number): LoadedCapture {
  let state = seed * 2654435761 + 1
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state % below
  }
  return {
    ...capture,
    frames: capture.frames.map((one) => {
      const data = Buffer.from(one.data)
      for (let i = 0; i < 3; i++) if (data.length > 60) data[54 + random(data.length - 54)] = random(256)
      return frame(data, one.sec, one.nsec, one.original)
    }),
  }
}
