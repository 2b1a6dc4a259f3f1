// The official driver, one scene per capture.
import { BSON, driver } from './wire.mjs'

const { MongoClient } = driver()
const [scene, address] = process.argv.slice(2)
const quiet = { maxPoolSize: 1, minPoolSize: 0, serverMonitoringMode: 'poll', heartbeatFrequencyMS: 60000, directConnection: true, retryReads: false }
const connect = (options = {}, credentials = '') => new MongoClient(`mongodb://${credentials}${address}:27017/?appName=harbour-desk`, { ...quiet, ...options }).connect()
const refused = async (work) => {
  const error = await work.then(() => undefined, (e) => e)
  if (!error) throw new Error('expected to be refused')
}

const scenes = {
  async crud() {
    const client = await connect()
    const db = client.db('yard')
    const ships = db.collection('ships')
    await ships.insertOne({ _id: 1, name: 'Nordlicht', berth: 4, length: 88.5, arrived: new Date('2026-03-05T06:10:00Z') })
    await ships.insertMany([
      { _id: 2, name: 'Zoë', berth: 7, tonnage: BSON.Long.fromString('9007199254740995') },
      { _id: 3, name: 'Möwe', berth: 7, fee: BSON.Decimal128.fromString('1250.75'), seal: new BSON.Binary(Buffer.from('seal')) },
    ])
    await refused(ships.insertOne({ _id: 2, name: 'again' }))
    await ships.find({ berth: 7 }, { projection: { name: 1 }, sort: { name: 1 }, comment: 'harbour round' }).toArray()
    await ships.updateOne({ name: 'Möwe' }, { $set: { berth: 9 }, $inc: { calls: 1 } })
    await ships.updateMany({ berth: { $gte: 4 } }, { $set: { checked: true } })
    await ships.findOneAndUpdate({ _id: 1 }, { $set: { berth: 5 } })
    await ships.replaceOne({ _id: 3 }, { name: 'Möwe II' })
    await ships.aggregate([{ $match: { checked: true } }, { $group: { _id: null, n: { $sum: 1 } } }]).toArray()
    await ships.distinct('berth', { checked: true })
    await ships.estimatedDocumentCount()
    await ships.countDocuments({ berth: 7 })
    await ships.createIndex({ name: 1 })
    await db.listCollections().toArray()
    await db.command({ buildInfo: 1 })
    await refused(db.command({ sinkTheHarbour: 1 }))
    await refused(ships.insertOne({ _id: 9 }, { writeConcern: { w: 5 } }))
    await ships.deleteOne({ _id: 2 })
    await ships.deleteMany({})
    await db.command({ ping: 1 })
    await client.close()
  },
  async cursors() {
    const client = await connect({ maxPoolSize: 2 })
    const logs = client.db('yard').collection('log')
    await logs.insertMany(Array.from({ length: 25 }, (_, i) => ({ _id: i, line: `entry ${i}` })))
    await logs.find({}, { batchSize: 10 }).toArray()
    const cursor = logs.find({}, { batchSize: 3 })
    await cursor.next()
    await cursor.close()
    await refused(client.db('yard').command({ getMore: BSON.Long.fromNumber(4711), collection: 'log' }))
    await client.close()
  },
  async auth() {
    const client = await connect({}, 'office:S3CRET-mongodb-1@')
    const admin = client.db('admin')
    const people = client.db('yard').collection('people')
    await admin.command({ createUser: 'crane', pwd: 'S3CRET-mongodb-3', roles: ['readWrite'], customData: { note: 'mongodb://crane:S3CRET-mongodb-4@db.harbour.example/yard' } })
    await admin.command({ updateUser: 'crane', pwd: 'S3CRET-mongodb-5' })
    await refused(admin.command({ createUser: 'double', pwd: 'S3CRET-mongodb-6', roles: [] }))
    await people.insertOne({ _id: 1, name: 'anna', password: 'S3CRET-mongodb-7', profile: { apiKey: 'S3CRET-mongodb-8' }, dsn: 'mongodb+srv://anna:S3CRET-mongodb-9@cluster.harbour.example' })
    await people.find({ name: 'anna', password: 'S3CRET-mongodb-10' }).toArray()
    await people.updateOne({ name: 'anna' }, { $set: { password: 'S3CRET-mongodb-11', 'profile.pwd': 'S3CRET-mongodb-12' } })
    await people.aggregate([{ $match: { $expr: { $eq: ['$password', 'S3CRET-mongodb-13'] } } }]).toArray()
    await refused(people.find({ $where: "this.password == 'S3CRET-mongodb-14'" }).toArray())
    await people.find({}).toArray()
    await refused(people.insertOne({ _id: { password: 'S3CRET-mongodb-15' } }).then(() => people.insertOne({ _id: { password: 'S3CRET-mongodb-15' } })))
    await client.close()
    await refused(connect({}, 'office:S3CRET-mongodb-16@'))
    const plain = await connect({}, 'anna:S3CRET-mongodb-2@').catch(() => connect({ authMechanism: 'PLAIN', authSource: '$external' }, 'anna:S3CRET-mongodb-2@'))
    await plain.db('yard').command({ ping: 1 })
    await plain.close()
    const older = await connect({ authMechanism: 'SCRAM-SHA-1' }, 'office:S3CRET-mongodb-1@')
    await older.db('yard').collection('people').countDocuments({})
    await older.db('admin').command({ logout: 1 })
    await older.close()
  },
  async compressed() {
    for (const compressor of ['zlib', 'snappy', 'zstd']) {
      const client = await connect({ compressors: [compressor] })
      const cargo = client.db('yard').collection(`cargo_${compressor}`)
      await cargo.insertMany(Array.from({ length: 40 }, (_, i) => ({ _id: i, what: 'bananas in boxes', from: 'Guayaquil', boxes: 1080 })))
      await cargo.find({ boxes: 1080 }, { batchSize: 30 }).toArray()
      await refused(cargo.insertOne({ _id: 7 }))
      await client.close()
    }
  },
  async transaction() {
    const client = await connect()
    const db = client.db('yard')
    const session = client.startSession()
    await session.withTransaction(async () => {
      await db.collection('fees').insertOne({ _id: 1, ship: 1, amount: 900 }, { session })
      await db.collection('ships').updateOne({ _id: 1 }, { $inc: { calls: 1 } }, { session })
    })
    session.startTransaction()
    await db.collection('fees').insertOne({ _id: 2, ship: 1, amount: 90 }, { session })
    await session.abortTransaction()
    await session.endSession()
    await client.bulkWrite([
      { namespace: 'yard.fees', name: 'insertOne', document: { _id: 5, amount: 1 } },
      { namespace: 'yard.fees', name: 'insertOne', document: { _id: 6, amount: 2 } },
    ])
    await refused(client.bulkWrite([{ namespace: 'yard.fees', name: 'insertOne', document: { _id: 5, amount: 1 } }]))
    await client.close()
  },
  async streamed() {
    const client = await connect({ serverMonitoringMode: 'stream' })
    await client.db('yard').collection('log').insertOne({ _id: 'w0', line: 'nobody answers' }, { writeConcern: { w: 0 } })
    await new Promise((done) => setTimeout(done, 1500))
    await client.db('yard').command({ ping: 1 })
    await client.close()
  },
}
await scenes[scene]()
