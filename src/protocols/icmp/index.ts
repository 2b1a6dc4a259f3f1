/** ICMP and ICMPv6: pings, errors with the packets they quote, neighbor and listener discovery. */
import { commonOptions, defineOptions } from '../../schema/options.js'
import { defineProtocol, type Likeness, type Look } from '../protocol.js'
import { Askers } from './askers.js'
import { IcmpCorrelator } from './correlator.js'
import { icmpFields } from './fields.js'
import { roleOf } from './names.js'
import { IcmpParser } from './parser.js'

export const icmp = defineProtocol({
  name: 'icmp',
  doc: 'One ICMP request with its reply, or one message that has none.',
  spec: ['RFC 792', 'RFC 950', 'RFC 1256', 'RFC 4443', 'RFC 4861', 'RFC 2710', 'RFC 3810'],
  transports: ['icmp', 'ipv6-icmp'],
  ports: [],
  fields: icmpFields,
  options: defineOptions({ send_request: commonOptions.send_request, send_response: commonOptions.send_response }),
  anomalies: {
    'icmp.short': 'A message ends before its type allows it to.',
    'icmp.waiting': 'More requests waited for a reply than are kept; the oldest were given up.',
  },
  eventType: ['connection'],
  probe,
  shared: () => new Askers(),
  open(session) {
    const version = session.flow.transport === 'ipv6-icmp' ? 6 : 4
    const { send_request, send_response } = session.options
    const parser = new IcmpParser(version, send_request, send_response)
    return { client: parser, server: parser, correlator: new IcmpCorrelator(session, version) }
  },
})

/** Always ICMP; a reply that comes first tells that its receiver asked. */
function probe({ client, server, transport }: Look): Likeness {
  const version = transport === 'ipv6-icmp' ? 6 : 4
  if (client.left > 0) return roleOf(version, client.peek()) === 'reply' ? 'no' : 'yes'
  return server.left > 0 && roleOf(version, server.peek()) === 'reply' ? 'yes' : 'no'
}
