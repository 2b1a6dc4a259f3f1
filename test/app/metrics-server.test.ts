/** The metrics server: who may ask, for what, and what an address is. */
import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { loopbackAddress } from '../../src/app/loopback-address.js'
import { MetricsServer } from '../../src/app/metrics-server.js'
import { UserError } from '../../src/model/user-error.js'

const open: MetricsServer[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})
async function serve(given = '0', page = () => 'page\n'): Promise<URL> {
  const server = await MetricsServer.open(given, page)
  open.push(server)
  return new URL(server.url)
}

const ask = (url: URL, options: { method?: string; path?: string; headers?: Record<string, string> } = {}) =>
  new Promise<{ status: number; type: string | undefined; text: string }>((done, failed) => {
    const asked = request({ host: url.hostname.replace(/[[\]]/g, ''), port: url.port, path: '/metrics', ...options }, (response) => {
      let text = ''
      response.on('data', (piece) => {
        text += piece
      })
      response.on('end', () => done({ status: response.statusCode!, type: response.headers['content-type'], text }))
    })
    asked.on('error', failed)
    asked.end()
  })

test('GET /metrics gives the page as it is then; nothing else gives anything', async () => {
  let n = 0
  const url = await serve('0', () => `${++n}\n`)
  const type = 'text/plain; version=0.0.4; charset=utf-8'
  expect(await ask(url)).toEqual({ status: 200, type, text: '1\n' })
  expect(await ask(url, { path: '/metrics?name=x' })).toEqual({ status: 200, type, text: '2\n' })
  for (const path of ['/', '/metrics/', '/metrics/../etc/passwd', '//metrics']) expect((await ask(url, { path })).status).toBe(404)
  for (const method of ['POST', 'HEAD', 'OPTIONS', 'DELETE']) expect((await ask(url, { method })).status).toBe(405)
  expect(n).toBe(2)
})

test.each(['evil.example', 'evil.example:9273', '127.0.0.1.evil.example', '192.0.2.1', 'localhost.evil.example'])(
  'a page that calls this host "%s" gets nothing',
  async (host) => {
    expect((await ask(await serve(), { headers: { Host: host } })).status).not.toBe(200)
  },
)

test.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '127.9.9.9:80', '[::1]:9273'])('%s is this host', async (host) => {
  expect((await ask(await serve(), { headers: { Host: host } })).status).toBe(200)
})

test('headers that are too long are refused, silent connections are ended, and more than a few are not taken', async () => {
  const url = await serve()
  expect((await ask(url, { headers: { Filler: 'x'.repeat(20_000) } })).status).toBe(431)
  const sockets = Array.from({ length: 40 }, () => connect(Number(url.port), '127.0.0.1').on('error', () => {}))
  await new Promise((done) => setTimeout(done, 300))
  const left = sockets.filter((socket) => !socket.closed && !socket.readableEnded)
  expect(left.length).toBeLessThanOrEqual(16)
  await Promise.all(left.map((socket) => new Promise((done) => socket.resume().once('close', done))))
  expect((await ask(url)).status).toBe(200)
}, 15_000)

test('a port in use is said in words', async () => {
  const other = createServer()
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  const { port } = other.address() as { port: number }
  await expect(serve(String(port))).rejects.toThrow(`--metrics ${port}: another program listens on this port`)
  other.close()
})

test('only loopback addresses are taken', () => {
  expect(loopbackAddress('--metrics', '9273')).toEqual({ host: '127.0.0.1', port: 9273 })
  expect(loopbackAddress('--metrics', '127.0.0.2:1')).toEqual({ host: '127.0.0.2', port: 1 })
  expect(loopbackAddress('--metrics', '[::1]:9273')).toEqual({ host: '::1', port: 9273 })
  expect(loopbackAddress('--metrics', 'localhost:0')).toEqual({ host: '127.0.0.1', port: 0 })
  for (const given of ['0.0.0.0:9273', '[::]:9273', '192.0.2.1:80', 'example.com:80', ':9273', '127.1:80', '[::ffff:127.0.0.1]:1'])
    expect(() => loopbackAddress('--metrics', given)).toThrow(/not an address of this host alone/)
  for (const given of ['', 'x', '70000', '127.0.0.1', '-1', '1e3', '::1:9273:x'])
    expect(() => loopbackAddress('--metrics', given)).toThrow(UserError)
})

test('it cannot be reached from outside', async () => {
  const outer = Object.values(networkInterfaces())
    .flat()
    .find((one) => one && !one.internal && one.family === 'IPv4')
  const url = await serve()
  if (!outer) return
  await expect(ask(new URL(`http://${outer.address}:${url.port}/metrics`))).rejects.toThrow(/ECONNREFUSED/)
})
