import { describe, expect, it } from 'vitest'
import { sip } from '../../../src/protocols/sip/index.js'
import { drive, type Step } from '../../support/drive.js'
import { request, response, sdp } from './talk.js'

const rows = async (steps: readonly Step[], opts: Parameters<typeof drive>[2] = {}) => (await drive(sip, steps, opts)).transactions

describe('transactions', () => {
  it('pairs a request with its final response', async () => {
    const [tx, ...more] = await rows([
      ['client', request('OPTIONS')],
      ['server', response(200, 'OK', 'OPTIONS', { toTag: 'b1', extra: ['Allow: INVITE, ACK', 'Server: exchange/1'] })],
    ])
    expect(more).toEqual([])
    expect(tx).toMatchObject({ complete: 'complete', status: 'OK', method: 'OPTIONS', resource: 'sip:bob@harbour.example' })
    expect(tx!.row).toMatchObject({
      code: 200,
      status_phrase: 'OK',
      to_tag: 'b1',
      response_allow: ['invite', 'ack'],
      response_agent: 'exchange/1',
    })
  })

  it('keeps ringing, answer and ACK of an INVITE in one row', async () => {
    const [tx, ...more] = await rows([
      ['client', request('INVITE')],
      ['server', response(100, 'Trying', 'INVITE')],
      ['server', response(180, 'Ringing', 'INVITE', { toTag: 'b1' })],
      ['server', response(200, 'OK', 'INVITE', { toTag: 'b1' })],
      ['client', request('ACK', { branch: 'z9hG4bKother', toTag: 'b1' })],
    ])
    expect(more).toEqual([])
    expect(tx!.row).toMatchObject({
      code: 200,
      methods: ['INVITE', 'ACK'],
      codes: [100, 180, 200],
      ringing_ns: 2000,
      answer_ns: 3000,
      ack_ns: 4000,
      call_outcome: 'answered',
    })
    expect(tx!.row.provisional).toMatchObject([{ code: 100 }, { code: 180, after_ns: 2000 }])
    expect(tx!.notes).toBeUndefined()
  })

  it('counts repeats instead of making rows of them', async () => {
    const [tx, ...more] = await rows([
      ['client', request('INVITE')],
      ['client', request('INVITE')],
      ['client', request('INVITE')],
      ['server', response(486, 'Busy Here', 'INVITE', { toTag: 'b1' })],
      ['server', response(486, 'Busy Here', 'INVITE', { toTag: 'b1' })],
      ['client', request('ACK', { branch: 'z9hG4bK1INVITE', toTag: 'b1' })],
    ])
    expect(more).toEqual([])
    expect(tx).toMatchObject({ status: 'Error', error: 'Busy Here' })
    expect(tx!.row).toMatchObject({ retransmissions: 2, response_retransmissions: 1, call_outcome: 'busy', methods: ['INVITE', 'ACK'] })
  })

  it('tells CANCEL as a request of its own and when it came', async () => {
    const same = { branch: 'z9hG4bKx' }
    const all = await rows([
      ['client', request('INVITE', same)],
      ['server', response(180, 'Ringing', 'INVITE', same)],
      ['client', request('CANCEL', same)],
      ['server', response(200, 'OK', 'CANCEL', same)],
      ['server', response(487, 'Request Terminated', 'INVITE', same)],
    ])
    expect(all.map(({ method, row }) => [method, row.code, row.call_outcome, row.cancelled_ns])).toEqual([
      ['INVITE', 487, 'cancelled', 2000],
      ['CANCEL', 200, undefined, undefined],
    ])
    expect(all[0]!.notes).toEqual(['The final response to this INVITE was not acknowledged in the capture.'])
  })

  it('lists the other phones that answer', async () => {
    const [tx] = await rows([
      ['client', request('INVITE')],
      ['server', response(200, 'OK', 'INVITE', { toTag: 'b1' })],
      ['server', response(200, 'OK', 'INVITE', { toTag: 'c1', extra: ['m: <sip:bob:S3CRET@192.0.2.7>'] })],
    ])
    expect(tx!.row.forks).toMatchObject([{ code: 200, to_tag: 'c1', contact: 'sip:bob:xxxxx@192.0.2.7' }])
  })

  it('pairs peers of RFC 2543, and branches that a gateway rewrote, by Call-ID and CSeq', async () => {
    for (const branch of [undefined, '1', 'z9hG4bKrewritten']) {
      const all = await rows([
        ['client', request('OPTIONS', { branch: branch === 'z9hG4bKrewritten' ? 'z9hG4bKmine' : branch })],
        ['server', response(200, 'OK', 'OPTIONS', { branch })],
      ])
      expect(all.map(({ complete }) => complete)).toEqual(['complete'])
    }
  })

  it('tells how long a call was and who ended it', async () => {
    const all = await rows([
      ['client', request('INVITE', { extra: ['Authorization: Digest username="anna", realm="h", nonce="n", uri="sip:h", response="0"'] })],
      ['server', response(200, 'OK', 'INVITE', { toTag: 'b1' })],
      ['client', request('ACK', { toTag: 'b1' })],
      ['server', request('BYE', { fromTag: 'b1', toTag: 'a1', extra: ['Reason: Q.850;cause=31'] })],
      ['client', response(200, 'OK', 'BYE', { fromTag: 'b1', toTag: 'a1' })],
    ])
    const bye = all.find(({ method }) => method === 'BYE')!
    expect(bye.row).toMatchObject({
      call_duration_ns: 2000,
      call_from: 'sip:anna@harbour.example',
      released_by: 'callee',
      q850_cause: 31,
      q850_text: 'normal, unspecified',
      requester: 'server',
      source_ip: '192.0.2.2',
      destination_ip: '192.0.2.1',
    })
    expect(bye.user).toBeUndefined()
    expect(all.find(({ method }) => method === 'INVITE')!.user).toBe('anna')
  })

  it('gives requests in a call to the user who began it', async () => {
    const all = await rows([
      ['client', request('INVITE', { extra: ['Proxy-Authorization: Digest username="anna"'] })],
      ['server', response(200, 'OK', 'INVITE', { toTag: 'b1' })],
      ['client', request('BYE', { cseq: '2 BYE', toTag: 'b1' })],
    ])
    expect(all.map(({ method, user, complete }) => [method, user, complete])).toEqual([
      ['INVITE', 'anna', 'complete'],
      ['BYE', 'anna', 'no-response'],
    ])
  })

  it('knows the user of a call whose other leg is not signed', async () => {
    const all = await rows([
      ['client', request('INVITE', { branch: 'z9hG4bKsigned', extra: ['Proxy-Authorization: Digest username="anna"'] })],
      ['client', request('INVITE', { branch: 'z9hG4bKonward' })],
      ['server', response(200, 'OK', 'INVITE', { branch: 'z9hG4bKonward', toTag: 'b1' })],
      ['server', response(200, 'OK', 'INVITE', { branch: 'z9hG4bKsigned', toTag: 'b1' })],
      ['client', request('BYE', { cseq: '2 BYE', toTag: 'b1' })],
    ])
    expect(all.map(({ method, user }) => [method, user])).toEqual([
      ['INVITE', 'anna'],
      ['INVITE', undefined],
      ['BYE', 'anna'],
    ])
  })

  it('keeps requests without and responses with nothing before them', async () => {
    const all = await rows([
      ['server', response(200, 'OK', 'OPTIONS', { callId: 'x' })],
      ['client', request('MESSAGE', { callId: 'y' })],
      ['client', request('ACK', { callId: 'z', toTag: 'b' })],
    ])
    expect(all.map(({ method, complete, status }) => [method, complete, status])).toEqual([
      ['OPTIONS', 'orphan-response', 'OK'],
      ['MESSAGE', 'no-response', 'Error'],
      ['ACK', 'complete', 'OK'],
    ])
    expect(all[0]!.row.type).toBe('response')
  })

  it('takes a request that comes behind its response', async () => {
    const all = await rows([
      ['server', response(200, 'OK', 'OPTIONS')],
      ['client', request('OPTIONS')],
    ])
    expect(all.map(({ complete }) => complete)).toEqual(['complete'])
  })

  it('takes a request with credentials for a new one, even if nothing else changed', async () => {
    const auth = 'Authorization: Digest username="anna",realm="h",nonce="n",uri="sip:h",response="abc"'
    const all = await rows([
      ['client', request('REGISTER', { branch: undefined })],
      [
        'server',
        response(401, 'Unauthorized', 'REGISTER', { branch: undefined, extra: ['WWW-Authenticate: Digest realm="h", nonce="n"'] }),
      ],
      ['client', request('REGISTER', { branch: undefined, extra: [auth, 'Contact: <sip:anna@192.0.2.1>;expires=60', 'Expires: 90'] })],
      ['server', response(200, 'OK', 'REGISTER', { branch: undefined, extra: ['Contact: <sip:anna@192.0.2.1>;expires=30'] })],
    ])
    expect(
      all.map(({ row, user }) => [row.code, row.registration, row.auth_result, row.challenge_realm, row.granted_expires, user]),
    ).toEqual([
      [401, 'challenged', 'challenged', 'h', undefined, undefined],
      [200, 'registered', 'accepted', undefined, 30, 'anna'],
    ])
    expect(all[1]!.row).toMatchObject({ contacts: [{ uri: 'sip:anna@192.0.2.1', expires: 60 }], bindings: [{ expires: 30 }], expires: 90 })
  })

  it('reads media of both sides, also an offer that comes in the ACK', async () => {
    const offer = sdp('m=audio 5004 RTP/AVP 8 0', 'a=sendrecv', 'm=video 5006 RTP/AVP 97', 'c=IN IP4 192.0.2.8', 'a=rtpmap:97 H264/90000')
    const type = ['Content-Type: application/sdp']
    const answer = sdp('m=audio 7000 RTP/AVP 0')
    const [tx] = await rows([
      ['client', request('INVITE')],
      ['server', response(200, 'OK', 'INVITE', { toTag: 'b', extra: type, body: answer })],
      ['client', request('ACK', { toTag: 'b', extra: type, body: offer })],
    ])
    expect(tx!.row).toMatchObject({
      media: [
        { type: 'audio', address: '192.0.2.9', port: 5004, codecs: ['PCMA/8000', 'PCMU/8000'], direction: 'sendrecv' },
        { type: 'video', address: '192.0.2.8', port: 5006, codecs: ['H264/90000'] },
      ],
      response_media: [{ type: 'audio', port: 7000, codecs: ['PCMU/8000'] }],
      codecs: ['PCMU/8000'],
      media_addresses: ['192.0.2.9', '192.0.2.8'],
    })
  })
})
