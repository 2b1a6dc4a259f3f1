import { expect, it } from 'vitest'
import type { Step } from '../../support/drive.js'
import {
  certificates,
  clientHello,
  clientKey,
  dtls,
  fragment,
  helloDone,
  join,
  keyExchange,
  message,
  only,
  run,
  serverHello,
} from './build.js'
import { der } from './certificate.js'

const udp = { transport: 'udp' } as const
const hello = (cookie: number, random = 1): Buffer => clientHello({ version: 0xfefd, random, cookie: Buffer.alloc(cookie, 4) })
const verify = message(3, Buffer.from([0xfe, 0xff, 2, 4, 4]))
const change = (sequence: number): Buffer => dtls(20, 0, sequence, Buffer.from([1]))
const crypt = (type: number, sequence: number, length: number): Buffer => dtls(type, 1, sequence, Buffer.alloc(length, 0xa7))

const start: Step[] = [
  ['client', dtls(22, 0, 0, fragment(hello(0), 0))],
  ['server', dtls(22, 0, 0, fragment(verify, 0), 0xfeff)],
  ['client', dtls(22, 0, 1, fragment(hello(2), 1))],
]
const end: Step[] = [
  ['client', join(dtls(22, 0, 2, fragment(clientKey, 2)), change(3), crypt(22, 0, 40))],
  ['server', join(change(7), crypt(22, 0, 40))],
  ['client', crypt(23, 1, 70)],
  ['server', crypt(23, 1, 170)],
  ['client', crypt(21, 2, 18)],
]
const chain = certificates(der)

it('a handshake with a cookie, and a certificate in fragments out of order and twice', async () => {
  const flight: Step[] = [
    ['server', dtls(22, 0, 1, fragment(serverHello({ version: 0xfefd }), 1))],
    ['server', dtls(22, 0, 3, fragment(chain, 2, 200, chain.length - 4))],
    ['server', dtls(22, 0, 2, fragment(chain, 2, 0, 150))],
    ['server', dtls(22, 0, 2, fragment(chain, 2, 0, 150))],
    ['server', dtls(22, 0, 4, fragment(chain, 2, 100, 250))],
    ['server', join(dtls(22, 0, 5, fragment(keyExchange, 3)), dtls(22, 0, 6, fragment(helloDone, 4)))],
  ]
  const tx = await only([...start, ...flight, ...end], udp)
  expect(tx).toMatchObject({ status: 'OK', complete: 'complete' })
  expect(tx.row).toMatchObject({
    version: '1.2',
    version_protocol: 'dtls',
    hello_retry: true,
    curve: 'x25519',
    server_serial_number: 'FF01',
    client_application_bytes: 70,
    server_application_bytes: 170,
    client_encrypted_alerts: 1,
    ja4: expect.stringMatching(/^dd2i0100/),
  })
  expect(tx.anomalies).toEqual([])
})

it('a hello that is sent again and never answered is one row', async () => {
  const again: Step[] = [1, 2, 3].map((sequence) => ['client', dtls(22, 0, sequence, fragment(hello(0), 0))] as const)
  expect(await only(again, udp)).toMatchObject({ complete: 'no-response', status: 'Error' })
})

it('a second handshake between the same ports is a second row', async () => {
  const flight: Step[] = [
    [
      'server',
      join(...[serverHello({ version: 0xfefd }), chain, keyExchange, helloDone].map((one, i) => dtls(22, 0, i, fragment(one, i + 1)))),
    ],
  ]
  const other: Step[] = [['client', dtls(22, 0, 0, fragment(hello(0, 7), 0))]]
  const { transactions } = await run([...start, ...flight, ...end, ...other, ...flight, ...end], udp)
  expect(transactions.map(({ status }) => status)).toEqual(['OK', 'OK'])
})

it('fragments that lie are left out', async () => {
  const lies = [
    fragment(chain, 2, 0, 150),
    join(Buffer.from([11, 0xff, 0xff, 0xff]), Buffer.from([0, 2]), Buffer.alloc(6), Buffer.alloc(20)),
    join(Buffer.from([11, 0, 0, 10]), Buffer.from([0, 3, 0, 0, 8, 0, 0, 20]), Buffer.alloc(20)),
    Buffer.alloc(11, 0xff),
  ]
  const steps: Step[] = [...start, ...lies.map((body, i) => ['server', dtls(22, 0, i + 1, body)] as const)]
  expect((await only(steps, udp)).complete).toBe('truncated')
})

it('datagrams that are none do not disturb', async () => {
  const { verdicts } = await run([...start, ['client', Buffer.from('no DTLS')], ['server', Buffer.alloc(40)]], udp)
  expect(verdicts).toEqual(['message', 'message', 'message', 'malformed', 'malformed'])
})
