// What no driver of today sends: legacy opcodes, sequences in front of the body, checksums, requests sent together, exhaust.
import { connect } from 'node:net'
import { BSON, bson, cstring, i32, i64, message, messages, opMsg } from './wire.mjs'

const [scene, address] = process.argv.slice(2)
const socket = connect(27017, address)
await new Promise((done) => socket.once('connect', done))
const waiting = []
messages(socket, (whole) => waiting.shift()?.(whole))
const reply = () => new Promise((done) => waiting.push(done))
const say = (...parts) => {
  const answer = reply()
  socket.write(Buffer.concat(parts))
  return answer
}
const pause = () => new Promise((done) => setTimeout(done, 30))
const query = (id, ns, skip, wanted, doc, fields) => message(2004, id, 0, i32(4), cstring(ns), i32(skip, wanted), bson(doc), ...(fields ? [bson(fields)] : []))

const scenes = {
  async legacy() {
    await say(query(1, 'admin.$cmd', 0, -1, { isMaster: 1, client: { application: { name: 'old-desk' }, driver: { name: 'by hand', version: '1' }, os: { type: 'Linux' } } }))
    socket.write(message(2002, 2, 0, i32(1), cstring('yard.berths'), ...[1, 2, 3, 4, 5].map((n) => bson({ _id: n, free: true, note: `quay ${n}` }))))
    await pause()
    await say(query(3, 'yard.$cmd', 0, -1, { getlasterror: 1, w: 1 }))
    const first = await say(query(4, 'yard.berths', 0, 2, { $query: { free: true }, $orderby: { _id: 1 }, $comment: 'round' }, { note: 1 }))
    const cursor = first.readBigInt64LE(20)
    await say(message(2005, 5, 0, i32(0), cstring('yard.berths'), i32(2), i64(cursor)))
    socket.write(message(2007, 6, 0, i32(0, 1), i64(cursor)))
    await pause()
    await say(message(2005, 7, 0, i32(0), cstring('yard.berths'), i32(2), i64(99)))
    socket.write(message(2001, 8, 0, i32(0), cstring('yard.berths'), i32(2), bson({ _id: 3 }), bson({ $set: { free: false, password: 'S3CRET-mongodb-17' } })))
    await pause()
    socket.write(message(2006, 9, 0, i32(0), cstring('yard.berths'), i32(1), bson({ _id: 4 })))
    await pause()
    await say(query(10, 'yard.berths', 0, 0, { $bad: 1 }))
    await say(query(11, 'yard.$cmd', 0, -1, { count: 'berths', query: { free: true } }))
    await say(query(12, 'yard.$cmd', 0, -1, { $query: { distinct: 'berths', key: 'free' }, $readPreference: { mode: 'secondaryPreferred' } }))
    await say(query(13, 'yard.$cmd', 0, -1, { authenticate: 1, user: 'office', nonce: 'S3CRET-mongodb-18', key: 'S3CRET-mongodb-19' }))
    await say(message(2010, 14, 0, cstring('yard'), cstring('count'), bson({ count: 'berths' }), bson({})))
  },
  async sections() {
    await say(opMsg(1, 0, 0, { hello: 1, $db: 'admin' }))
    const docs = Array.from({ length: 12 }, (_, i) => ({ _id: `seq${i}`, pallet: i }))
    await say(opMsg(2, 0, 0, { insert: 'pallets', ordered: true, $db: 'yard' }, { documents: docs }))
    await say(opMsg(3, 0, 1, { find: 'pallets', filter: { pallet: 3 }, $db: 'yard' }))
    await say(opMsg(4, 0, 0, { update: 'pallets', $db: 'yard' }, { updates: [{ q: { pallet: 1 }, u: { $set: { full: true } } }, { q: { pallet: 2 }, u: [{ $set: { full: false } }] }] }))
    await say(opMsg(5, 0, 0, { delete: 'pallets', $db: 'yard' }, { deletes: [{ q: { pallet: 4 }, limit: 1 }, { q: { full: true }, limit: 0 }] }))
    const answers = [reply(), reply(), reply()]
    socket.write(Buffer.concat([opMsg(6, 0, 0, { ping: 1, $db: 'admin' }), opMsg(7, 0, 0, { count: 'pallets', $db: 'yard' }), opMsg(8, 0, 0, { find: 'pallets', limit: 2, $db: 'yard' })]))
    await Promise.all(answers)
    const opened = await say(opMsg(9, 0, 0, { find: 'pallets', filter: {}, batchSize: 2, $db: 'yard' }))
    const cursor = BSON.deserialize(opened.subarray(21), { useBigInt64: true }).cursor.id
    const streamed = [reply(), reply(), reply()]
    socket.write(opMsg(10, 0, 1 << 16, { getMore: BSON.Long.fromBigInt(cursor), collection: 'pallets', batchSize: 3, $db: 'yard' }))
    await Promise.all(streamed)
    await say(opMsg(11, 0, 0, { saslStart: 1, mechanism: 'PLAIN', payload: new BSON.Binary(Buffer.from('\0anna\0S3CRET-mongodb-20')), $db: '$external' }))
  },
}
await scenes[scene]()
socket.end()
