import { describe, expect, it } from 'vitest'
import { AuthExchange } from '../../../src/protocols/smtp/auth.js'
import { smtp } from '../../../src/protocols/smtp/index.js'
import { drive, type Step } from '../../support/drive.js'

const b64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

/** NTLM type 3 with domain and user in UTF-16 behind its 64 bytes of header. */
function ntlm(domain: string, user: string): string {
  const names = Buffer.from(domain + user, 'utf16le')
  const b = Buffer.alloc(64 + names.length)
  b.write('NTLMSSP\0', 'latin1')
  b.writeUInt32LE(3, 8)
  b.writeUInt16LE(domain.length * 2, 28)
  b.writeUInt32LE(64, 32)
  b.writeUInt16LE(user.length * 2, 36)
  b.writeUInt32LE(64 + domain.length * 2, 40)
  b.writeUInt32LE(1, 60)
  names.copy(b, 64)
  return b.toString('base64')
}

describe('the user of an AUTH exchange', () => {
  it.each<[name: string, argument: string, responses: string[], user: string | undefined]>([
    ['PLAIN at once', `PLAIN ${b64('\0alice\0secret')}`, [], 'alice'],
    ['PLAIN when asked', 'PLAIN', [b64('\0alice\0secret')], 'alice'],
    ['PLAIN on behalf of another', `PLAIN ${b64('boss\0alice\0secret')}`, [], 'alice'],
    ['LOGIN', 'LOGIN', [b64('bob'), b64('secret')], 'bob'],
    ['LOGIN with the user at once', `LOGIN ${b64('bob')}`, [b64('secret')], 'bob'],
    ['CRAM-MD5', 'CRAM-MD5', [b64('tim b913a602c7eda7a495b4e6e7334d3890')], 'tim'],
    ['CRAM-MD5 with a blank in the name', 'cram-md5', [b64('tim e 9213a602c7eda7a495b4e6e7334d3890')], 'tim e'],
    ['DIGEST-MD5', 'DIGEST-MD5', [b64('charset=utf-8,username="chris",realm="x"')], 'chris'],
    ['SCRAM', `SCRAM-SHA-256 ${b64('n,,n=us=2Cer,r=rOprNGfwEbeRWgbNEkqO')}`, [b64('c=biws,r=x,p=proof')], 'us,er'],
    ['XOAUTH2', `XOAUTH2 ${b64('user=a@example.com\x01auth=Bearer ya29\x01\x01')}`, [], 'a@example.com'],
    ['OAUTHBEARER', `OAUTHBEARER ${b64('n,a=a@example.com,\x01host=x\x01auth=Bearer y\x01\x01')}`, [], 'a@example.com'],
    ['EXTERNAL', `EXTERNAL ${b64('a@example.com')}`, [], 'a@example.com'],
    ['EXTERNAL without a name', 'EXTERNAL =', [], undefined],
    ['NTLM', 'NTLM', ['TlRMTVNTUAABAAAA', ntlm('CORP', 'jack')], 'jack'],
    ['NTLM cut short', 'NTLM', ['TlRMTVNTUAADAAAA'], undefined],
    ['a mechanism nobody knows', 'X-KERBEROS', [b64('alice')], undefined],
    ['no base64', 'PLAIN', ['!!!!'], undefined],
  ])('%s', (_name, argument, responses, user) => {
    const auth = new AuthExchange(argument)
    for (const response of responses) auth.respond(response)
    expect(auth.user || undefined).toBe(user)
  })

  it('follows the prompts of LOGIN, not their order', () => {
    const auth = new AuthExchange('LOGIN')
    auth.challenge(b64('Password:'))
    auth.respond(b64('secret'))
    auth.challenge(b64('Username:'))
    auth.respond(b64('bob'))
    expect(auth.user).toBe('bob')
  })

  it('keeps the domain of NTLM apart', () => {
    const auth = new AuthExchange(`NTLM ${ntlm('CORP', 'jack')}`)
    expect([auth.domain, auth.user]).toEqual(['CORP', 'jack'])
  })
})

const login = (...lines: Step[]): Step[] => [
  ['server', '220 mx ESMTP\r\n'],
  ['client', 'EHLO c\r\n'],
  ['server', '250-mx\r\n250 AUTH PLAIN LOGIN\r\n'],
  ...lines,
]
const options = { send_request: true, send_response: true }

describe('secrets', () => {
  const secret = 'S3CRET-word'
  const plain = b64(`\0alice\0${secret}`)
  it.each<[string, Step[]]>([
    ['PLAIN at once', login(['client', `AUTH PLAIN ${plain}\r\n`], ['server', `535 no ${plain} nor ${secret}\r\n`])],
    [
      'PLAIN when asked',
      login(['client', 'AUTH PLAIN\r\n'], ['server', '334 \r\n'], ['client', `${plain}\r\n`], ['server', `535 ${secret}?\r\n`]),
    ],
    ['PLAIN without waiting', login(['client', `AUTH PLAIN\r\n${plain}\r\n`], ['server', '334 \r\n535 no\r\n'])],
    [
      'LOGIN',
      login(
        ['client', 'AUTH LOGIN\r\n'],
        ['server', '334 VXNlcm5hbWU6\r\n'],
        ['client', `${b64('alice')}\r\n`],
        ['server', '334 UGFzc3dvcmQ6\r\n'],
        ['client', `${b64(secret)}\r\n`],
        ['server', `535 ${b64(secret)} ${secret}\r\n`],
      ),
    ],
    [
      'the end of a login whose beginning was not captured',
      [
        ['server', '334 UGFzc3dvcmQ6\r\n'],
        ['client', `${b64(secret)}\r\n`],
        ['server', '235 ok\r\n'],
        ['client', 'QUIT\r\n'],
      ],
    ],
    ['the server echoes an unknown command', login(['client', `${plain}\r\n`], ['server', '500 what?\r\n'])],
  ])('do not show: %s', async (_name, steps) => {
    const hidden = await drive(smtp, steps, { options })
    const shown = JSON.stringify(hidden.transactions)
    expect(hidden.transactions.length).toBeGreaterThan(0)
    for (const word of [secret, plain, b64(secret)]) expect(shown).not.toContain(word)
  })

  it('show when asked for', async () => {
    const driven = await drive(smtp, login(['client', `AUTH PLAIN ${plain}\r\n`], ['server', '235 ok\r\n']), { options, showSecrets: true })
    expect(driven.transactions[0]!.query).toBe(`AUTH PLAIN ${plain}`)
  })
})

describe('AUTH in a session', () => {
  it('counts failures and keeps the user for every later mail', async () => {
    const driven = await drive(
      smtp,
      login(
        ['client', `AUTH PLAIN ${b64('\0alice\0wrong')}\r\n`],
        ['server', '535 no\r\n'],
        ['client', `AUTH PLAIN ${b64('\0alice\0right')}\r\n`],
        ['server', '235 ok\r\n'],
        ['client', 'MAIL FROM:<a@x>\r\nRSET\r\nMAIL FROM:<b@x>\r\nRSET\r\n'],
        ['server', '250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n'],
      ),
    )
    expect(driven.transactions.map((tx) => [tx.user, tx.row.auth_result, tx.row.auth_failures])).toEqual([
      ['alice', 'failed', 1],
      ['alice', 'ok', 1],
      ['alice', 'ok', 1],
    ])
  })

  it('a cancelled exchange names nobody as having done anything', async () => {
    const driven = await drive(
      smtp,
      login(
        ['client', 'AUTH LOGIN\r\n'],
        ['server', '334 VXNlcm5hbWU6\r\n'],
        ['client', '*\r\n'],
        ['server', '501 cancelled\r\n'],
        ['client', 'MAIL FROM:<a@x>\r\n'],
        ['server', '530 no\r\n'],
      ),
    )
    expect(driven.transactions.map((tx) => [tx.user, tx.row.auth_result, tx.row.mail_from])).toEqual([
      [undefined, 'cancelled', undefined],
      [undefined, 'cancelled', 'a@x'],
    ])
  })

  const attempt = (user: string, word: string, reply: string): Step[] => [
    ['client', `AUTH PLAIN ${b64(`\0${user}\0${word}`)}\r\n`],
    ['server', `${reply}\r\n`],
  ]
  const told = (driven: Awaited<ReturnType<typeof drive>>) =>
    driven.transactions.map((tx) => [
      tx.row.outcome,
      tx.method,
      tx.status,
      tx.user,
      tx.row.auth_mechanism,
      tx.row.reply_code,
      tx.row.auth_failures,
    ])

  it('gives each refused login a row, and none to the session they were all of', async () => {
    const driven = await drive(
      smtp,
      login(
        ...attempt('alice', 'one', '535 5.7.8 no'),
        ...attempt('bob', 'two', '535 5.7.8 no'),
        ['client', 'AUTH LOGIN\r\n'],
        ['server', '334 VXNlcm5hbWU6\r\n'],
        ['client', `${b64('carol')}\r\n`],
        ['server', '334 UGFzc3dvcmQ6\r\n'],
        ['client', `${b64('three')}\r\n`],
        ['server', '421 4.7.0 too many errors\r\n'],
      ),
    )
    expect(told(driven)).toEqual([
      ['login', 'AUTH', 'Error', 'alice', 'PLAIN', 535, 1],
      ['login', 'AUTH', 'Error', 'bob', 'PLAIN', 535, 2],
      ['login', 'AUTH', 'Error', 'carol', 'LOGIN', 421, 3],
    ])
    expect(driven.transactions.map((tx) => tx.error)).toEqual(['535 5.7.8 no', '535 5.7.8 no', '421 4.7.0 too many errors'])
    expect(driven.transactions.map((tx) => [tx.request?.bytes, tx.response?.bytes])).toEqual([
      [b64('\0alice\0one').length + 13, 14],
      [b64('\0bob\0two').length + 13, 14],
      [12 + 10 + 10, 18 + 18 + 27],
    ])
  })

  it('tells pipelined logins apart, and who got in at last', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((user) => `AUTH PLAIN ${b64(`\0${user}\0word`)}\r\n`)
    const driven = await drive(smtp, login(['client', `${a}${b}${c}QUIT\r\n`], ['server', '535 no\r\n535 no\r\n235 yes\r\n221 bye\r\n']))
    expect(told(driven)).toEqual([
      ['login', 'AUTH', 'Error', 'a', 'PLAIN', 535, 1],
      ['login', 'AUTH', 'Error', 'b', 'PLAIN', 535, 2],
      ['session', 'AUTH', 'OK', 'c', 'PLAIN', 235, 2],
    ])
  })

  it('counts those above the cap', async () => {
    const driven = await drive(smtp, login(...Array.from({ length: 1003 }, (_, i) => attempt(`u${i}`, 'word', '535 no')).flat()))
    expect(driven.transactions.length).toBe(1001)
    expect(driven.transactions[999]!.user).toBe('u999')
    const last = driven.transactions[1000]!
    expect([last.row.outcome, last.row.auth_failures, last.notes]).toEqual([
      'session',
      1003,
      ['3 more refused logins have no row of their own'],
    ])
    expect(driven.anomalies).toEqual(['smtp.logins-cut'])
  })
})
