// The clients that are Node: Apache Cassandra's driver for Node.js against the scripted server. `client.mjs WHAT ADDRESS`
import { createRequire } from 'node:module'

const cassandra = createRequire(`${process.env.DRIVER}/`)('cassandra-driver')
const [what, address, version] = process.argv.slice(2)
const { types } = cassandra

const connect = (options = {}) =>
  new cassandra.Client({
    contactPoints: [address],
    localDataCenter: 'dc1',
    isMetadataSyncEnabled: false,
    pooling: { coreConnectionsPerHost: { [types.distance.local]: 1 }, heartBeatInterval: 0, warmup: false },
    protocolOptions: { maxVersion: Number(version ?? 4) },
    policies: { retry: new cassandra.policies.retry.FallthroughRetryPolicy() },
    monitorReporting: { enabled: false },
    ...options,
  })
const login = (user, password) => ({ authProvider: new cassandra.auth.PlainTextAuthProvider(user, password) })
const quiet = async (work) => {
  try {
    return await work
  } catch (error) {
    console.log(`${error.name ?? ''} ${error.message.split('\n')[0]}`)
    return undefined
  }
}
const prepare = true

const scripts = {
  async basic() {
    const client = connect({ ...login('harbour', 'S3CRET-cassandra-1'), keyspace: 'shop' })
    await client.execute('CREATE TABLE IF NOT EXISTS shop.users (\n  id int PRIMARY KEY,\n  name text,\n  email text, password text, age int\n)')
    const insert = 'INSERT INTO users (id, name, email, age) VALUES (?, ?, ?, ?)'
    await client.execute(insert, [1, 'Anna Ross', 'anna@harbour.example', 41], { prepare, consistency: types.consistencies.localQuorum })
    await client.execute(insert, [2, null, version === '3' ? null : types.unset, 17], { prepare })
    await client.execute("INSERT INTO users (id, name) VALUES (3, 'Jürgen O''Neil')")
    await client.execute('SELECT id, name, age FROM users WHERE id = ?', [1], { prepare })
    const page = await client.execute('SELECT * FROM users', [], { fetchSize: 5 })
    await client.execute('SELECT * FROM users', [], { fetchSize: 5, pageState: page.pageState })
    await client.execute('SELECT COUNT(*) FROM users')
    await client.execute('SELECT * FROM settings')
    await client.execute('UPDATE users SET age = :age WHERE id = :id', { id: 2, age: 18 }, { hints: { id: 'int', age: 'int' } })
    await client.execute("INSERT INTO settings (name, value) VALUES ('colour', 'red') IF NOT EXISTS", [], {
      serialConsistency: types.consistencies.localSerial,
    })
    await client.batch(
      [
        { query: "DELETE FROM users WHERE id = 9" },
        { query: insert, params: [4, 'Mei', 'mei@harbour.example', 33] },
        { query: 'UPDATE users SET age = ? WHERE id = ?', params: [42, 1] },
      ],
      { prepare, timestamp: types.Long.fromString('1767225600000000') },
    )
    await client.batch([{ query: 'UPDATE hits SET n = n + 1 WHERE page = ?', params: ['/quay'] }], { counter: true, prepare })
    await client.execute('SELECT * FROM users WHERE id = ?', [3], {
      prepare,
      traceQuery: true,
      ...(version !== '3' && { customPayload: { 'request-id': Buffer.from('42') } }),
    })
    await client.execute('TRUNCATE shop.hits')
    await client.execute('DROP TABLE shop.hits')
    await client.shutdown()
  },
  async zoo() {
    const client = connect({ keyspace: 'shop' })
    await client.execute('SELECT * FROM zoo')
    const T = types
    await client.execute(
      'INSERT INTO zoo (a_ascii, b_bigint, c_blob, d_boolean, e_decimal, f_double, g_float, h_inet, i_int, j_list, k_map, l_set, m_timestamp, ' +
        'n_timeuuid, o_tuple, p_uuid, q_varint, r_date, s_time, t_smallint, u_tinyint, v_duration, w_udt, y_null) VALUES ' +
        '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [
        ...['plain', T.Long.fromString('-9007199254740993'), Buffer.from([0, 255, 16]), false, T.BigDecimal.fromString('-0.0050'), -2.5, 1.1],
        ...[T.InetAddress.fromString('192.0.2.7'), 2147483647, [3, 2, 1], { one: 1 }, ['a', 'b'], new Date(1767225600123)],
        ...[T.TimeUuid.fromString('50554d6e-29bb-11e5-b345-feff819cdc9f'), new T.Tuple(7, 'seven')],
        ...[T.Uuid.fromString('123e4567-e89b-42d3-a456-426614174000'), T.Integer.fromString('123456789012345678901234567890')],
        ...[T.LocalDate.fromString('1969-12-31'), T.LocalTime.fromString('23:59:59.000000001'), -300, 5, T.Duration.fromString('1mo2d3h')],
        ...[{ street: 'Pier 9', zip: 20457 }, null],
      ],
      { prepare },
    )
    await client.shutdown()
  },
  async errors() {
    const client = connect({ ...login('auditor', 'S3CRET-cassandra-2') })
    const names = ('server unavailable overloaded bootstrapping truncate write_timeout cas_timeout read_timeout read_failure function_failure ' +
      'write_failure cdc cas_unknown unauthorized invalid config exists exists_keyspace').split(' ')
    for (const name of names) await quiet(client.execute(`SELECT * FROM shop.fail_${name}`))
    await quiet(client.execute('SELEC * FROM shop.users'))
    await quiet(client.execute('UPDATE shop.users SET age = ? WHERE id = ? /* forgotten */', [1, 2], { prepare }))
    await client.shutdown()
    const wrong = connect({ ...login('harbour', 'S3CRET-cassandra-3') })
    await quiet(wrong.connect())
    await quiet(wrong.shutdown())
  },
  async pipelined() {
    const client = connect({ keyspace: 'shop' })
    await client.connect()
    await client.execute('SELECT * FROM users WHERE id = ?', [0], { prepare })
    await Promise.all(Array.from({ length: 24 }, (_, id) => client.execute('SELECT * FROM users WHERE id = ?', [id], { prepare })))
    await client.shutdown()
  },
  async secrets() {
    const client = connect({ ...login('harbour', 'S3CRET-cassandra-1'), keyspace: 'shop' })
    await client.execute("CREATE ROLE clerk WITH PASSWORD = 'S3CRET-cassandra-4' AND LOGIN = true")
    await client.execute("ALTER ROLE clerk WITH PASSWORD = 'S3CRET-cassandra-5'")
    await quiet(client.execute("CREATE ROLE clerk2 WITH PASSWORDS = 'S3CRET-cassandra-6'"))
    await client.execute("INSERT INTO users (id, name, password) VALUES (7, 'Otto', 'S3CRET-cassandra-7')")
    await client.execute('INSERT INTO users (id, name, password) VALUES (?, ?, ?)', [8, 'Ida', 'S3CRET-cassandra-7'], { prepare })
    await client.execute('INSERT INTO users (id, name, password) VALUES (?, ?, ?)', [8, 'Ida', 'S3CRET-cassandra-7'], { hints: ['int', 'text', 'text'] })
    await client.execute('UPDATE users SET password = :p WHERE id = :id', { id: 8, p: 'S3CRET-cassandra-7' }, { hints: { id: 'int', p: 'text' } })
    await client.batch(
      [
        { query: 'UPDATE users SET password = ? WHERE id = ?', params: ['S3CRET-cassandra-7', 9] },
        { query: "UPDATE users SET password = 'S3CRET-cassandra-7' WHERE id = 10" },
      ],
      { prepare: false, hints: [['text', 'int'], []] },
    )
    await client.batch([{ query: 'UPDATE users SET password = ? WHERE id = ?', params: ['S3CRET-cassandra-7', 9] }], { prepare })
    await client.execute('INSERT INTO settings (name, value) VALUES (?, ?)', ['feed', 'postgres://feed:S3CRET-cassandra-8@db.harbour.example/feed'], { prepare })
    await client.execute('SELECT * FROM settings', [], { customPayload: { access_token: Buffer.from('S3CRET-cassandra-11') } })
    await client.execute('SELECT role, salted_hash FROM system_auth.roles')
    await client.execute('SELECT id, password FROM users WHERE id = ?', [8], { prepare })
    await client.shutdown()
  },
  async shared() {
    // Prepared on one connection, executed on others: every core connection of the pool has its turn.
    const client = connect({ keyspace: 'shop', pooling: { coreConnectionsPerHost: { [types.distance.local]: 3 }, heartBeatInterval: 0, warmup: true } })
    await client.connect()
    for (let id = 1; id <= 6; id++) await client.execute('SELECT name FROM users WHERE id = ?', [id], { prepare })
    await client.shutdown()
  },
  async listen() {
    const client = connect()
    await client.connect()
    await new Promise((done) => setTimeout(done, 1500))
    await client.shutdown()
  },
  async late() {
    // The capture begins while this sleeps: neither login nor preparation is in it.
    const client = connect({ ...login('harbour', 'S3CRET-cassandra-1'), keyspace: 'shop' })
    await client.execute('UPDATE users SET age = ?, name = ? WHERE id = ?', [40, 'Anna', 1], { prepare })
    console.log('ready')
    await new Promise((done) => setTimeout(done, 3000))
    await client.execute('UPDATE users SET age = ?, name = ? WHERE id = ?', [41, 'Anna', 1], { prepare })
    await client.execute('SELECT id, name FROM users WHERE id = 1')
    await client.shutdown()
  },
}
await scripts[what]()
