// A scripted peer that answers as the specification asks: collections in memory, cursors, SCRAM, compression, exhaust. It is
// no database: filters compare for equality, updates know $set and $inc.
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:net'
import { BSON, compress, expand, messages, opMsg, opReply } from './wire.mjs'

const { Binary, Long, ObjectId, Timestamp } = BSON
const [address, version = '7.0.14'] = process.argv.slice(2)
const long = (n) => Long.fromBigInt(BigInt(n))
const processId = new ObjectId('66f000000000000000000001')
const users = new Map([
  ['office', { password: 'S3CRET-mongodb-1', mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-1'] }],
  ['anna', { password: 'S3CRET-mongodb-2', mechanisms: ['PLAIN'] }],
])
const collections = new Map()
const cursors = new Map()
let nextCursor = 6923404198311n
let nextId = 900

const at = (doc, path) => path.split('.').reduce((value, key) => value?.[key], doc)
const fits = (doc, filter = {}) =>
  Object.entries(filter).every(([key, want]) => {
    const got = at(doc, key)
    if (key === '$where') return true
    if (want && typeof want === 'object' && Object.keys(want)[0]?.startsWith('$'))
      return Object.entries(want).every(([op, value]) => (op === '$gte' ? got >= value : op === '$lt' ? got < value : op === '$in' ? value.includes(got) : true))
    return BSON.EJSON.stringify(got) === BSON.EJSON.stringify(want)
  })
const table = (db, name) => {
  const key = `${db}.${name}`
  if (!collections.has(key)) collections.set(key, [])
  return collections.get(key)
}
const failure = (code, codeName, errmsg) => ({ ok: 0, errmsg, code, codeName })

/** Documents of a command, from its array or from a document sequence. */
const items = (command, name) => command[name] ?? []

function open(ns, docs, size = 101) {
  const first = docs.slice(0, size)
  const rest = docs.slice(size)
  let id = 0n
  if (rest.length > 0) cursors.set((id = nextCursor++), { ns, rest })
  return { cursor: { firstBatch: first, id: long(id), ns }, ok: 1 }
}

function change(doc, update) {
  if (Array.isArray(update)) return Object.assign(doc, update[0].$set)
  for (const [key, value] of Object.entries(update.$set ?? {})) doc[key] = value
  for (const [key, value] of Object.entries(update.$inc ?? {})) doc[key] = (doc[key] ?? 0) + value
  return doc
}

const commands = {
  ping: () => ({ ok: 1 }),
  buildInfo: () => ({ version, gitVersion: 'scripted', bits: 64, maxBsonObjectSize: 16777216, ok: 1 }),
  endSessions: () => ({ ok: 1 }),
  logout: () => ({ ok: 1 }),
  create: () => ({ ok: 1 }),
  createIndexes: () => ({ numIndexesBefore: 1, numIndexesAfter: 2, ok: 1 }),
  commitTransaction: () => ({ ok: 1, recoveryToken: {} }),
  abortTransaction: () => ({ ok: 1 }),
  createUser: (c) => (c.createUser === 'double' ? failure(51003, 'Location51003', `User "${c.createUser}@admin" with pwd "${c.pwd}" already exists`) : { ok: 1 }),
  updateUser: () => ({ ok: 1 }),
  getLastError: () => ({ n: 0, err: null, ok: 1 }),
  getlasterror: () => ({ n: 0, err: 'E11000 duplicate key error collection: yard.berths dup key: { _id: 1 }', code: 11000, ok: 1 }),
  insert(c, db) {
    const docs = table(db, c.insert)
    const writeErrors = []
    let n = 0
    for (const [index, doc] of items(c, 'documents').entries()) {
      if (docs.some((one) => fits(one, { _id: doc._id }))) {
        const text = BSON.EJSON.stringify(doc._id)
        writeErrors.push({ index, code: 11000, errmsg: `E11000 duplicate key error collection: ${db}.${c.insert} index: _id_ dup key: { _id: ${text} }`, keyPattern: { _id: 1 }, keyValue: { _id: doc._id } })
      } else {
        docs.push(doc)
        n++
      }
    }
    if (c.writeConcern?.w === 5)
      return { n, writeConcernError: { code: 100, codeName: 'UnsatisfiableWriteConcern', errmsg: 'Not enough data-bearing nodes' }, ok: 1 }
    return writeErrors.length > 0 ? { n, writeErrors, ok: 1 } : { n, ok: 1 }
  },
  update(c, db) {
    let [n, nModified] = [0, 0]
    for (const { q, u, multi } of items(c, 'updates'))
      for (const doc of table(db, c.update).filter((one) => fits(one, q)).slice(0, multi ? undefined : 1)) {
        change(doc, u)
        n++
        nModified++
      }
    return { n, nModified, ok: 1 }
  },
  delete(c, db) {
    let n = 0
    for (const { q, limit } of items(c, 'deletes')) {
      const gone = table(db, c.delete).filter((one) => fits(one, q)).slice(0, limit || undefined)
      collections.set(`${db}.${c.delete}`, table(db, c.delete).filter((one) => !gone.includes(one)))
      n += gone.length
    }
    return { n, ok: 1 }
  },
  find(c, db) {
    if (c.filter?.$where) return failure(2, 'BadValue', `$where is not allowed in this context: ${c.filter.$where}`)
    const found = table(db, c.find).filter((doc) => fits(doc, c.filter)).slice(c.skip ?? 0)
    return open(`${db}.${c.find}`, c.limit ? found.slice(0, Math.abs(c.limit)) : found, c.batchSize)
  },
  getMore(c, db) {
    const id = BigInt(c.getMore)
    const cursor = cursors.get(id)
    if (!cursor) return failure(43, 'CursorNotFound', `cursor id ${id} not found`)
    const nextBatch = cursor.rest.splice(0, c.batchSize ?? 101)
    if (cursor.rest.length === 0) cursors.delete(id)
    return { cursor: { nextBatch, id: long(cursor.rest.length > 0 ? id : 0n), ns: cursor.ns }, ok: 1 }
  },
  killCursors: (c) => ({ cursorsKilled: c.cursors.filter((id) => cursors.delete(BigInt(id))), cursorsNotFound: [], cursorsAlive: [], cursorsUnknown: [], ok: 1 }),
  aggregate(c, db) {
    const match = c.pipeline.find((stage) => stage.$match)?.$match
    const docs = table(db, c.aggregate).filter((doc) => fits(doc, match))
    const group = c.pipeline.find((stage) => stage.$group)
    return open(`${db}.${c.aggregate}`, group ? [{ _id: group.$group._id === 1 ? 1 : null, n: docs.length }] : docs)
  },
  count: (c, db) => ({ n: table(db, c.count).filter((doc) => fits(doc, c.query)).length, ok: 1 }),
  distinct: (c, db) => ({ values: [...new Set(table(db, c.distinct).filter((doc) => fits(doc, c.query)).map((doc) => doc[c.key]))], ok: 1 }),
  findAndModify(c, db) {
    const doc = table(db, c.findAndModify).find((one) => fits(one, c.query))
    if (doc) change(doc, c.update)
    return { lastErrorObject: { n: doc ? 1 : 0, updatedExisting: !!doc }, value: doc ?? null, ok: 1 }
  },
  listCollections: (c, db) =>
    open(`${db}.$cmd.listCollections`, [...collections.keys()].filter((key) => key.startsWith(`${db}.`)).map((key) => ({ name: key.slice(db.length + 1), type: 'collection' }))),
  bulkWrite(c) {
    const [db, name] = c.nsInfo[0].ns.split('.')
    const batch = []
    let [nInserted, nErrors] = [0, 0]
    for (const [idx, op] of c.ops.entries()) {
      const again = op.document && table(db, name).some((one) => fits(one, { _id: op.document._id }))
      if (again) {
        nErrors++
        batch.push({ ok: 0, idx, code: 11000, errmsg: `E11000 duplicate key error collection: ${db}.${name} dup key: { _id: ${op.document._id} }`, n: 0 })
      } else {
        if (op.document) table(db, name).push(op.document)
        nInserted += op.document ? 1 : 0
        batch.push({ ok: 1, idx, n: 1 })
      }
    }
    return { cursor: { id: long(0), firstBatch: batch, ns: 'admin.$cmd.bulkWrite' }, nErrors, nInserted, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0, ok: 1 }
  },
}

/** RFC 5802 on the server's side, and PLAIN. */
function sasl(state, c) {
  const text = Buffer.from(c.payload.buffer ?? c.payload).toString('utf8')
  const reply = (payload, done) => ({ conversationId: 1, done, payload: new Binary(Buffer.from(payload)), ok: 1 })
  const refused = failure(18, 'AuthenticationFailed', 'Authentication failed.')
  if (c.mechanism === 'PLAIN') {
    const [, name, password] = text.split('\0')
    return users.get(name)?.password === password ? reply('', true) : refused
  }
  const sha = (c.mechanism ?? state.mechanism) === 'SCRAM-SHA-1' ? 'sha1' : 'sha256'
  const hmac = (key, data) => createHmac(sha, key).update(data).digest()
  if (c.saslStart !== undefined) {
    const name = /n=([^,]*),r=/.exec(text)[1]
    const user = users.get(name)
    if (!user) return refused
    const salt = createHash(sha).update(name).digest().subarray(0, 16)
    const nonce = /,r=(.*)$/.exec(text)[1] + randomBytes(18).toString('base64')
    const first = `r=${nonce},s=${salt.toString('base64')},i=4096`
    const password = sha === 'sha1' ? createHash('md5').update(`${name}:mongo:${user.password}`).digest('hex') : user.password
    Object.assign(state, { mechanism: c.mechanism, first, bare: text.slice(text.indexOf('n=')), salted: pbkdf2Sync(password, salt, 4096, sha === 'sha1' ? 20 : 32, sha) })
    return reply(first, false)
  }
  const without = text.slice(0, text.lastIndexOf(',p='))
  const proof = Buffer.from(text.slice(text.lastIndexOf(',p=') + 3), 'base64')
  const auth = `${state.bare},${state.first},${without}`
  const clientKey = hmac(state.salted, 'Client Key')
  const signature = hmac(createHash(sha).update(clientKey).digest(), auth)
  const right = Buffer.from(clientKey.map((byte, i) => byte ^ signature[i]))
  if (proof.length !== right.length || !timingSafeEqual(proof, right)) return refused
  return reply(`v=${hmac(hmac(state.salted, 'Server Key'), auth).toString('base64')}`, true)
}

function hello(state, c) {
  const out = {
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    topologyVersion: { processId, counter: long(6) },
    setName: 'harbour',
    setVersion: 1,
    secondary: false,
    hosts: [`${address}:27017`],
    primary: `${address}:27017`,
    me: `${address}:27017`,
    maxBsonObjectSize: 16777216,
    maxMessageSizeBytes: 48000000,
    maxWriteBatchSize: 100000,
    localTime: new Date(0),
    logicalSessionTimeoutMinutes: 30,
    connectionId: 7,
    minWireVersion: 0,
    maxWireVersion: 25,
    readOnly: false,
    ok: 1,
  }
  if (c.compression?.length > 0) out.compression = [c.compression[0]]
  const user = c.saslSupportedMechs?.split('.')[1]
  if (user) out.saslSupportedMechs = users.get(user)?.mechanisms ?? []
  if (c.speculativeAuthenticate) {
    const answer = sasl(state, c.speculativeAuthenticate)
    if (answer.ok) out.speculativeAuthenticate = answer
  }
  return out
}

function answer(state, c, db) {
  const name = Object.keys(c)[0]
  if (/^(hello|ismaster)$/i.test(name)) return hello(state, c)
  if (name === 'saslStart' || name === 'saslContinue') return sasl(state, c)
  if (name === 'authenticate') return { dbname: db, user: c.user, ok: 1 }
  if (!commands[name]) return failure(59, 'CommandNotFound', `no such command: '${name}'`)
  return commands[name](c, db)
}

const around = () => ({ $clusterTime: { clusterTime: new Timestamp({ t: 1767225600, i: 1 }), signature: { hash: new Binary(Buffer.alloc(20)), keyId: long(0) } }, operationTime: new Timestamp({ t: 1767225600, i: 1 }) })
const read = (buf, pos) => BSON.deserialize(buf.subarray(pos, pos + buf.readInt32LE(pos)), { promoteValues: true, useBigInt64: true })

/** The command of an OP_MSG, document sequences put in. */
function parse(whole) {
  const flags = whole.readInt32LE(16)
  const stop = whole.length - (flags & 1 ? 4 : 0)
  const command = {}
  for (let pos = 20; pos < stop; ) {
    const kind = whole[pos++]
    const size = whole.readInt32LE(pos)
    if (kind === 0) Object.assign(command, read(whole, pos), command)
    else {
      const end = whole.indexOf(0, pos + 4)
      const docs = (command[whole.toString('utf8', pos + 4, end)] = [])
      for (let at = end + 1; at < pos + size; at += whole.readInt32LE(at)) docs.push(read(whole, at))
    }
    pos += size
  }
  return { flags, command: reorder(command, whole) }
}
const reorder = (command, whole) => {
  // The verb is the first field of the body, also where a sequence stood in front of it.
  const first = Object.keys(read(whole, whole[20] === 0 ? 21 : 25 + whole.readInt32LE(21) - 3))[0]
  const { [first]: verb, ...rest } = command
  return { [first]: verb, ...rest }
}

createServer((socket) => {
  const state = {}
  socket.on('error', () => {})
  messages(socket, async (raw) => {
    const { name, whole } = raw.readInt32LE(12) === 2012 ? await expand(raw) : { whole: raw }
    const id = whole.readInt32LE(4)
    const send = async (out, plain = false) => socket.write(name && !plain ? await compress(out, name) : out)
    switch (whole.readInt32LE(12)) {
      case 2013: {
        const { flags, command } = parse(whole)
        const reply = answer(state, command, command.$db)
        if (flags & 2) return
        const login = /^(hello|ismaster|sasl|createUser|updateUser)/i.test(Object.keys(command)[0])
        // A streamed hello, or a cursor that is sent without being asked again: further answers name the one before them.
        if (flags & (1 << 16)) {
          let last = id
          let next = reply
          for (let i = 0; ; i++) {
            const own = nextId++
            const more = next.cursor ? next.cursor.nextBatch !== undefined && !next.cursor.id.isZero() : i < 2
            await send(opMsg(own, last, more ? 2 : 0, { ...next, ...around() }), login)
            if (!more) return
            last = own
            await new Promise((done) => setTimeout(done, 60))
            next = answer(state, command, command.$db)
          }
        }
        await send(opMsg(nextId++, id, flags & 1, { ...reply, ...around() }), login)
        return
      }
      case 2004: {
        const end = whole.indexOf(0, 20)
        const ns = whole.toString('utf8', 20, end)
        const query = read(whole, end + 9)
        const [db, ...rest] = ns.split('.')
        if (rest.join('.') === '$cmd') {
          socket.write(opReply(nextId++, id, 8, 0, 0, [answer(state, query.$query ?? query, db)]))
          return
        }
        if (query.$bad) {
          socket.write(opReply(nextId++, id, 2, 0, 0, [{ $err: 'unknown top level operator: $bad', code: 17287 }]))
          return
        }
        const reply = open(ns, table(db, rest.join('.')).filter((doc) => fits(doc, query.$query ?? query)), Math.abs(whole.readInt32LE(end + 5)) || 101)
        socket.write(opReply(nextId++, id, 8, reply.cursor.id.toBigInt(), 0, reply.cursor.firstBatch))
        return
      }
      case 2002: {
        const end = whole.indexOf(0, 20)
        const [db, coll] = whole.toString('utf8', 20, end).split('.')
        for (let pos = end + 1; pos < whole.length; pos += whole.readInt32LE(pos)) table(db, coll).push(read(whole, pos))
        return
      }
      case 2005: {
        const end = whole.indexOf(0, 20)
        const cursor = cursors.get(whole.readBigInt64LE(end + 5))
        if (!cursor) socket.write(opReply(nextId++, id, 1, 0, 0, []))
        else {
          const batch = cursor.rest.splice(0, whole.readInt32LE(end + 1))
          socket.write(opReply(nextId++, id, 8, cursor.rest.length > 0 ? whole.readBigInt64LE(end + 5) : 0n, 2, batch))
        }
        return
      }
      case 2010: {
        const { message, bson } = await import('./wire.mjs')
        const db = whole.toString('utf8', 16, whole.indexOf(0, 16))
        const verb = whole.indexOf(0, 16) + 1
        const args = read(whole, whole.indexOf(0, verb) + 1)
        socket.write(message(2011, nextId++, id, bson({}), bson(answer(state, args, db))))
      }
    }
  })
}).listen(27017, address)
