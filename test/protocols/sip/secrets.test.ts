import { describe, expect, it } from 'vitest'
import { sip } from '../../../src/protocols/sip/index.js'
import { maskBody, maskCredentials, maskHead } from '../../../src/protocols/sip/masking.js'
import { drive } from '../../support/drive.js'
import { request, response, sdp } from './talk.js'

const secret = () => 'xxxxx'

describe('secrets', () => {
  it.each([
    [
      'Digest username="a", realm="r", nonce="S3CRET", uri="sip:h", response="S3CRET", cnonce=S3CRET, nc=00000001, opaque="S3CRET"',
      'Digest username="a", realm="r", nonce="xxxxx", uri="sip:h", response="xxxxx", cnonce=xxxxx, nc=00000001, opaque="xxxxx"',
    ],
    ['Basic YTpTM0NSRVQ=', 'Basic xxxxx'],
    ['Bearer S3CRET.a=b', 'Bearer xxxxx'],
    ['Bearer realm="h", scope="x"', 'Bearer realm="h", scope="x"'],
    ['Digest S3CRET', 'Digest xxxxx'],
    ['nextnonce="S3CRET", rspauth=S3CRET, qop=auth', 'nextnonce="xxxxx", rspauth=xxxxx, qop=auth'],
    ['Digest username="S3CRE\\"T', 'Digest username="S3CRE\\"T'],
    ['S3CRET', 'xxxxx'],
  ])('masks %s', (value, masked) => {
    expect(maskCredentials(value, secret)).toBe(masked)
  })

  it('masks header fields as they were written', () => {
    const head =
      'OPTIONS sip:a:S3CRET@h SIP/2.0\r\nAuthorization : Digest username="a",\r\n response="S3CRET"\r\nX-Auth-Token:S3CRET\r\nSubject: pin=S3CRET\r\n\r\n'
    expect(maskHead(head, secret)).toBe(
      'OPTIONS sip:a:xxxxx@h SIP/2.0\r\nAuthorization : Digest username="a",\r\n response="xxxxx"\r\nX-Auth-Token:xxxxx\r\nSubject: pin=xxxxx\r\n\r\n',
    )
  })

  it('masks keys in bodies', () => {
    const keys =
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:S3CRET|1:4\r\nk=clear:S3CRET\r\na=ice-pwd:S3CRET\r\na=key-mgmt:mikey S3CRET\r\na=ptime:20\r\n'
    expect(maskBody('application/sdp', keys, secret)).toBe(
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 xxxxx\r\nk=clear:xxxxx\r\na=ice-pwd:xxxxx\r\na=key-mgmt:mikey xxxxx\r\na=ptime:20\r\n',
    )
    expect(maskBody('application/dtmf-relay', 'Signal=5\r\nDuration=160', secret)).toBe('Signal=xxxxx\r\nDuration=160')
    expect(maskBody('application/dtmf', '5', secret)).toBe('xxxxx')
    expect(maskBody('text/xml', '<a:password x="1">S3CRET</a:password>', secret)).toBe('<a:password x="1">xxxxx</a:password>')
  })

  const talk = (options: object, showSecrets: boolean) =>
    drive(
      sip,
      [
        [
          'client',
          request('INVITE', {
            extra: [
              'Proxy-Authorization: Digest username="anna", realm="h", nonce="S3CRET", uri="sip:x:S3CRET@h", response="S3CRET"',
              'Contact: "password=S3CRET" <sip:anna:S3CRET@h;token=S3CRET>',
              'P-Asserted-Identity: <sip:anna:S3CRET@h>',
              'X-Api-Key: S3CRET',
              'Content-Type: application/sdp',
            ],
            body: sdp('m=audio 1 RTP/SAVP 0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:S3CRET'),
          }),
        ],
        [
          'server',
          response(407, 'token=S3CRET', 'INVITE', {
            extra: ['Proxy-Authenticate: Digest realm="h", nonce="S3CRET"', 'Contact: <sip:b:S3CRET@h>'],
          }),
        ],
      ],
      { options, showSecrets },
    )

  it('reach no column, raw text or error', async () => {
    const all = { send_request: true, send_response: true }
    const text = JSON.stringify((await talk(all, false)).transactions)
    expect(text).not.toContain('S3CRET')
    expect(text).toContain('xxxxx')
    expect(JSON.stringify((await talk(all, true)).transactions).match(/S3CRET/g)!.length).toBeGreaterThan(10)
  })

  it('keeps nothing raw when told so', async () => {
    const { transactions } = await talk({ keep_original: false, parse_authorization: false, parse_body: false }, true)
    expect(transactions[0]!.row).toMatchObject({ original: undefined, auth_realm: undefined, media: undefined })
    expect(transactions[0]!.user).toBeUndefined()
  })
})
