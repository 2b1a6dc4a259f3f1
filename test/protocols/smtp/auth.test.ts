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
    expect(driven.transactions.map((tx) => [tx.user, tx.row.auth_result, tx.row.mail_from])).toEqual([[undefined, 'cancelled', 'a@x']])
  })
})
