/** A lookup by name, question and answer: the smallest capture with a whole transaction in it. */
import { type Frame, frame, pcap, udpFrame } from '../support/captures.js'

const question = Buffer.from('076578616d706c6503636f6d0000010001', 'hex')
const query = Buffer.concat([Buffer.from('beef01000001000000000000', 'hex'), question])
const answer = Buffer.concat([
  Buffer.from('beef81800001000100000000', 'hex'),
  question,
  Buffer.from('c00c000100010000003c0004c0000201', 'hex'),
])
const [client, server] = ['192.0.2.7', '192.0.2.53']

/** 2015-08-27T08:00:55 UTC */
export const LOOKUP_SEC = 1_440_662_455

export const lookupFrames = (sec = LOOKUP_SEC): Frame[] => [
  frame(udpFrame({ src: client, dst: server, srcPort: 40_000, dstPort: 53 }, query), sec, 638_957_000),
  frame(udpFrame({ src: server, dst: client, srcPort: 53, dstPort: 40_000 }, answer), sec, 700_739_000),
]

export const lookup = (sec?: number): Buffer => pcap(lookupFrames(sec))
/** Ends in the middle of its last packet. */
export const cutLookup = (): Buffer => {
  const whole = pcap([...lookupFrames(), ...lookupFrames(LOOKUP_SEC + 10)])
  return whole.subarray(0, whole.length - 5)
}
/** Packets of a link type for which there is no decoder. */
export const foreign = (): Buffer => pcap(lookupFrames(), { linkType: 147 })
