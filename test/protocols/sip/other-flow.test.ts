import { expect, it } from 'vitest'
import { packetRef, Trace } from '../../../src/model/trace.js'
import type { Transaction } from '../../../src/model/transaction.js'
import { type Shared, SipCorrelator, type SipSession } from '../../../src/protocols/sip/correlator.js'
import { sip } from '../../../src/protocols/sip/index.js'
import { SipMessage } from '../../../src/protocols/sip/message.js'
import { commonOptions, defaultsOf } from '../../../src/schema/options.js'
import { request, response } from './talk.js'

/** One flow among several of a run. */
function flow(shared: Shared, clientPort: number, clientIp = '192.0.2.1') {
  const told: Transaction<unknown>[] = []
  const session: SipSession = {
    flow: {
      id: String(clientPort),
      ordinal: 1,
      transport: 'udp',
      ipVersion: 4,
      client: { ip: clientIp, port: clientPort },
      server: { ip: '192.0.2.2', port: 5060 },
      vlan: [],
      communityId: '',
      capture: 0,
    },
    options: { ...defaultsOf(commonOptions), ...defaultsOf(sip.options) },
    shared,
    showSecrets: false,
    secret: () => 'xxxxx',
    emit: (tx) => {
      told.push(tx)
    },
    anomaly: () => undefined,
    upgradeTo: () => undefined,
  }
  return { correlator: new SipCorrelator(session), told }
}
const at = (frame: number, sec = frame) => new Trace(packetRef(0, frame), { sec, nsec: 0 }, { sec, nsec: 0 }, 100)

it('pairs a request with the answer that comes on another flow between the same hosts', () => {
  const shared = sip.shared!()
  const [asking, answering] = [flow(shared, 40_000), flow(shared, 5060)]
  asking.correlator.see('client', new SipMessage(request('OPTIONS')), at(1))
  answering.correlator.see('server', new SipMessage(response(200, 'OK', 'OPTIONS')), at(2))
  answering.correlator.end()
  asking.correlator.end()
  expect(answering.told).toEqual([])
  expect(asking.told).toMatchObject([
    { complete: 'complete', notes: ['A response came on another flow: 192.0.2.2:5060 > 192.0.2.1:5060.'] },
  ])
  expect(shared.reachable.size).toBe(0)
})

it('leaves the answer to another host alone', () => {
  const shared = sip.shared!()
  const [asking, answering] = [flow(shared, 40_000), flow(shared, 5060, '192.0.2.9')]
  asking.correlator.see('client', new SipMessage(request('OPTIONS')), at(1))
  answering.correlator.see('server', new SipMessage(response(200, 'OK', 'OPTIONS')), at(2))
  for (const { correlator } of [asking, answering]) correlator.end()
  expect([...asking.told, ...answering.told].map(({ complete }) => complete)).toEqual(['no-response', 'orphan-response'])
})

it('tells a BYE how long its call was, on whatever flow it comes', () => {
  const shared = sip.shared!()
  const [first, later] = [flow(shared, 40_000), flow(shared, 5060)]
  first.correlator.see('client', new SipMessage(request('INVITE')), at(1))
  first.correlator.see('server', new SipMessage(response(200, 'OK', 'INVITE', { toTag: 'b1' })), at(2))
  first.correlator.end()
  later.correlator.see('client', new SipMessage(request('BYE', { toTag: 'b1' })), at(3, 602))
  later.correlator.end()
  expect(later.told).toMatchObject([{ row: { call_duration_ns: 600e9, released_by: 'caller' } }])
})

it('tells transactions as the packets go on: settled ones after 32 s, unanswered ones after 64', () => {
  const one = flow(sip.shared!(), 5060)
  one.correlator.see('client', new SipMessage(request('OPTIONS', { callId: 'a' })), at(1))
  one.correlator.see('server', new SipMessage(response(200, 'OK', 'OPTIONS', { callId: 'a' })), at(2))
  one.correlator.see('client', new SipMessage(request('OPTIONS', { callId: 'b' })), at(3))
  one.correlator.see('client', new SipMessage(request('OPTIONS', { callId: 'c' })), at(4, 40))
  expect(one.told.map(({ complete }) => complete)).toEqual(['complete'])
  one.correlator.see('client', new SipMessage(request('OPTIONS', { callId: 'd' })), at(5, 80))
  expect(one.told.map(({ complete }) => complete)).toEqual(['complete', 'no-response'])
})
