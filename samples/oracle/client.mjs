// What the samples ask: Oracle's own driver for Node.js in thin mode. Usage: client.mjs WHAT; $DRIVER is where it is installed.
import { createRequire } from 'node:module'

const oracledb = createRequire(`${process.env.DRIVER}/`)('oracledb')
const HOST = '10.20.0.81'
const string = (service, more = '') =>
  `(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=${HOST})(PORT=1521))(CONNECT_DATA=(SERVER=DEDICATED)(SERVICE_NAME=${service}.harbour.example)${more}))`
const open = (service, more, user = 'harbour', password = 'S3CRET-oracle-1') =>
  oracledb.getConnection({ user, password, connectString: string(service, more), program: 'ledger', machine: 'desk', osUser: 'clerk', terminal: 'pts/3' })
const attempt = async (name, what) => {
  try {
    console.log(name, await what())
  } catch (error) {
    console.log(name, error.message)
  }
}
process.on('unhandledRejection', (error) => console.log('rejected', error.message))

async function statements(service) {
  const c = await open(service)
  await attempt('select', async () => (await c.execute('SELECT id, name, password FROM sales.customers WHERE id > :low', [0])).rows)
  await attempt('insert', () => c.execute("INSERT INTO sales.customers (id, name, password) VALUES (:1, :2, :3)", [7, 'Jürgen', 'S3CRET-oracle-3']))
  await attempt('update', () => c.execute("UPDATE sales.customers SET name = 'Müller' WHERE id = :id", { id: 7 }))
  await attempt('commit', () => c.commit())
  await attempt('select', async () => (await c.execute('SELECT id, name, password FROM sales.customers WHERE id > :low', [2])).rows.length)
  await attempt('many', () => c.executeMany('INSERT INTO sales.lines (id, qty) VALUES (:1, :2)', [[1, 10], [2, 2.5], [3, -7]]))
  await attempt('rollback', () => c.rollback())
  await attempt('error', () => c.execute('SELECT * FROM ora_error'))
  await attempt('plsql', () => c.execute('BEGIN sales.close_day(:day); END;', { day: '2026-01-01' }))
  await attempt('ping', () => c.ping())
  await c.close()
}
async function secrets() {
  const c = await open('orders', '(PASSWORD=S3CRET-oracle-6)')
  await attempt('alter', () => c.execute('ALTER USER auditor IDENTIFIED BY "S3CRET-oracle-7" REPLACE "S3CRET-oracle-8"'))
  await attempt('create', () => c.execute('CREATE USER clerk IDENTIFIED BY S3CRET_oracle_9'))
  await attempt('refused', () => c.execute('ALTER USER auditor IDENTIFIED BY "S3CRET-oracle-4"'))
  await attempt('bind', () => c.execute('UPDATE sales.customers SET password = :pw WHERE id = :id', { pw: 'S3CRET-oracle-10', id: 1 }))
  await attempt('link', () => c.execute("BEGIN x('user=scott;password=S3CRET-oracle-11'); END;"))
  await attempt('select', async () => (await c.execute('SELECT id, name, password FROM sales.customers')).rows.length)
  await c.close()
}
async function broken() {
  const c = await open('orders')
  c.callTimeout = 300
  await attempt('slow', () => c.execute('SELECT * FROM slow_one'))
  await attempt('after', () => c.execute('DELETE FROM sales.lines'))
  await c.close()
}
async function long() {
  const c = await open('orders')
  await attempt('long', () => c.execute(`SELECT id, name, password FROM long_one WHERE note IN (${Array.from({ length: 2500 }, (_, i) => `'word ${i}'`).join(', ')})`))
  await c.close()
}

const WHAT = {
  statements: () => statements('orders'),
  narrow: () => statements('narrow'),
  fast: () => statements('fast'),
  redirect: () => statements('moved'),
  resend: () => open('again').then((c) => c.close()),
  refused: () => attempt('refused', () => open('nowhere')),
  denied: () => attempt('denied', () => open('orders', '', 'auditor', 'S3CRET-oracle-0')),
  sealed: () => attempt('sealed', () => open('sealed')),
  descriptor: () => open('orders', `(INSTANCE_NAME=orders1)(NOTE=${'x'.repeat(300)})`).then((c) => c.close()),
  secrets,
  broken,
  long,
}
await attempt('end', WHAT[process.argv[2]])
