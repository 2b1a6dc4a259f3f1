/** Node clients, mysql2 and mariadb: prepared, compressed, pipelined, in bulk, several statements at once. NODE_MODULES says where they are. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Readable } from 'node:stream'

const load = createRequire(join(process.env.NODE_MODULES, 'x.js'))
const mysql2 = load('mysql2/promise')
const mariadb = load('mariadb')
const base = { host: '10.20.0.81', user: 'anna', password: 'S3CRET-mysql-1', database: 'harbour' }

const steps = {
  async prepared() {
    const db = await mysql2.createConnection(base)
    for (const [id, berth] of [[1, 'A1'], [2, 'B2'], [3, "O'Hara"]]) await db.execute('select * from ships where id = ? and berth = ?', [id, berth])
    await db.execute('insert into calls (ship, arrived, cargo, fee) values (?, ?, ?, ?)', [2, new Date('2024-05-06T07:08:09.123Z'), null, '1250.50'])
    await db.execute('update calls set cargo = ? where ship = ?', ['grain', 2])
    await db.execute('select count(*) from calls where fee > ?', [10.25])
    await db.execute('delete from calls where ship = ?', [99]).catch(() => {})
    await db.execute('insert into ships values (?, ?, ?)', [1, 'double', 'Z9']).catch(() => {})
    db.unprepare('select * from ships where id = ? and berth = ?')
    await db.prepare('select nothing from nowhere').catch(() => {})
    await db.end()
  },
  async compressed() {
    const db = await mysql2.createConnection({ ...base, compress: true })
    await db.query('select * from ships')
    await db.query(`select repeat('harbour ', 4000) as long_text, '${'x'.repeat(3000)}' as sent`)
    for (let id = 1; id <= 3; id++) await db.execute('select name from ships where id = ?', [id])
    await db.query('insert into calls (ship, cargo) values (3, ?)', ['crates '.repeat(500)])
    await db.query('selct').catch(() => {})
    await db.end()
  },
  async multi() {
    const db = await mysql2.createConnection({ ...base, multipleStatements: true })
    await db.query("select 1 as one; update ships set berth = 'C3' where id = 3; select id, name from ships; set @a = 1")
    await db.query('call two_lists(2)')
    await db.query('select 1; select * from nowhere; select 2').catch(() => {})
    await db.query('begin; insert into calls (ship) values (1); commit')
    await db.execute('call two_lists(?)', [1])
    await db.end()
  },
  async infile() {
    const db = await mysql2.createConnection(base)
    const lines = Array.from({ length: 300 }, (_, i) => `${i},crate ${i},${'-'.repeat(20)}\n`).join('')
    await db.query({
      sql: "load data local infile 'cargo.csv' into table cargo fields terminated by ',' (id, what, note)",
      infileStreamFactory: () => Readable.from([Buffer.from(lines.slice(0, 4000)), Buffer.from(lines.slice(4000))]),
    })
    await db.query({ sql: "load data local infile 'empty.csv' into table cargo", infileStreamFactory: () => Readable.from([]) })
    await db.end()
  },
  async pipelined() {
    const db = await mariadb.createConnection({ ...base, pipelining: true })
    await Promise.all(Array.from({ length: 12 }, (_, i) => db.query(`select ${i} as n, name from ships where id = ${(i % 3) + 1}`)))
    await Promise.all([db.query('insert into calls (ship) values (1)'), db.query('selct').catch(() => {}), db.query('select count(*) from calls')])
    await Promise.all(Array.from({ length: 4 }, (_, i) => db.execute('select name from ships where id = ?', [i])))
    await db.batch('insert into cargo (id, what, note) values (?, ?, ?)', [[1001, 'rope', 'new'], [1002, 'tar', null], [1003, 'sail', 'patched']])
    await db.end()
  },
  async secrets() {
    const db = await mysql2.createConnection({ ...base, multipleStatements: true })
    await db.query("create user 'carl'@'%' identified by 'S3CRET-mysql-3'")
    await db.query("alter user 'carl'@'%' identified by 'S3CRET-mysql-4'")
    await db.query("set password for 'carl'@'%' = password('S3CRET-mysql-5')")
    await db.query("grant select on harbour.* to 'carl'@'%' identified by 'S3CRET-mysql-6'")
    await db.query("insert into accounts (name, password) values ('dora', 'S3CRET-mysql-7')")
    await db.execute('insert into accounts (name, password) values (?, ?)', ['emil', 'S3CRET-mysql-8'])
    await db.execute('update accounts set password = ? where name = ?', ['S3CRET-mysql-9', 'emil'])
    await db.query("insert into accounts (name, password) values ('dora', 'S3CRET-mysql-7')").catch(() => {})
    await db.query("create user 'fritz' identfied by 'S3CRET-mysql-10'").catch(() => {})
    await db.query("select name, password from accounts where password = 'S3CRET-mysql-9'")
    await db.execute('select name, password from accounts where name = ?', ['dora'])
    await db.query("change master to master_host='10.20.0.9', master_user='repl', master_password='S3CRET-mysql-11'").catch(() => {})
    await db.query("insert into papers (name, body) values ('dsn', 'mysql://app:S3CRET-mysql-12@10.20.0.81/harbour')")
    await db.query("select 1; set password = password('S3CRET-mysql-1')")
    await db.query("prepare p from 'update accounts set password = ''S3CRET-mysql-13'' where name = ?'")
    await db.query('drop user carl')
    await db.end()
  },
}
await steps[process.argv[2]]()
