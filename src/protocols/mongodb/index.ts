import { defineProtocol } from '../protocol.js'
import { MongoCorrelator } from './correlator.js'
import { Cursors } from './cursors.js'
import { mongodbFields } from './fields.js'
import { docCount, docLength, MAX_TEXT, type MongodbOptions, mongodbOptions } from './options.js'
import { MAX_COMPRESSED, MongoParser } from './parser.js'
import { probe } from './probe.js'

/** Bytes kept of a message that is read as it passes: columns show less. */
const ROOM = 128 * 1024
/**
 * Bytes that one connection may have decompressed beyond what its own size allows, and the ratio that data in batches
 * really reaches: a capture of small messages that inflate to 16 MB each must not take hours.
 */
const FREE_INFLATION = 64 << 20
const USUAL_RATIO = 64

/** MongoDB's wire protocol: OP_MSG, OP_COMPRESSED and the opcodes before them. */
export const mongodb = defineProtocol({
  name: 'mongodb',
  doc: 'One command or legacy operation with its answer; of exhaust cursors and streamed hellos, each answer.',
  spec: [
    'MongoDB wire protocol (mongodb.com/docs/manual/reference/mongodb-wire-protocol)',
    'MongoDB specifications: message/OP_MSG, compression/OP_COMPRESSED, auth, mongodb-handshake',
    'BSON 1.1 (bsonspec.org), Extended JSON 2',
    'RFC 5802',
  ],
  transports: ['tcp'],
  ports: [27017, 27018, 27019],
  fields: mongodbFields,
  options: mongodbOptions,
  anomalies: {
    'mongodb.malformed': 'Bytes stand where a message should start and are none, or a message has two bodies.',
    'mongodb.unknown-opcode': 'A message has an opcode that no version of the protocol knows; it was passed over.',
    'mongodb.unknown-flags': 'An OP_MSG sets a flag that a receiver must know and that is not specified.',
    'mongodb.checksum': 'The CRC-32C of an OP_MSG does not fit its bytes.',
    'mongodb.decompression': 'A compressed message is damaged, or names what cannot be compressed.',
    'mongodb.decompression-cap': 'More would come out of a compressed message, or of all of the connection, than is decompressed.',
    'mongodb.message-cap': 'A compressed message is longer than what is held.',
    'mongodb.requests-waiting': 'More requests wait for an answer than are remembered; the oldest counts as unanswered.',
    'mongodb.wrong-side': 'The client sent what only servers send.',
  },
  // The longest compressed message and the segment that completes it.
  maxHeld: MAX_COMPRESSED + 65536,
  shared: () => new Cursors(),
  probe,
  open(session) {
    const correlator = new MongoCorrelator(session)
    const odd = (code: string, detail: string): void => correlator.odd(code, detail)
    const options: MongodbOptions = session.options
    const texts = Math.max(docCount(options) * docLength(options), ROOM)
    const room = options.send_request || options.send_response ? Math.min(texts, MAX_TEXT) : ROOM
    let allowance = FREE_INFLATION
    const allow = (compressed: number, inflated: number): boolean => {
      allowance = Math.min(FREE_INFLATION, allowance + compressed * USUAL_RATIO)
      if (inflated > allowance) return false
      allowance -= inflated
      return true
    }
    const hold = (bytes: number): boolean => session.hold?.(bytes) ?? true
    return {
      client: new MongoParser('client', room, odd, allow, hold),
      server: new MongoParser('server', room, odd, allow, hold),
      correlator,
    }
  },
})
