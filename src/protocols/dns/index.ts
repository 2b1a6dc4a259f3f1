/** DNS over UDP and TCP: a row is one query with its response. */
import { defineProtocol, type Likeness, type Look } from '../protocol.js'
import { oddities, openFamily, sectionOptions } from '../shared/dns/conversation.js'
import type { DnsMessage } from '../shared/dns/message.js'
import { RrType } from '../shared/dns/names.js'
import { MAX_STREAM_MESSAGE } from '../shared/dns/parser.js'
import { type Grade, gradeDatagram, gradeStream } from '../shared/dns/probe.js'
import { dnsFields } from './fields.js'
import { type DnsRow, dnsRow } from './row.js'

/** Siblings that share the format: NetBIOS names, mDNS, LLMNR. The port is all that tells them apart. */
const isSibling = (port: number): boolean => port === 137 || port === 5353 || port === 5355

export const dns = defineProtocol({
  name: 'dns',
  doc: 'One query with its response: an unanswered query and a response without query are rows too, and a zone transfer is one.',
  spec: [
    'RFC 1035',
    'RFC 3596',
    'RFC 6891',
    'RFC 2136',
    'RFC 5936',
    'RFC 1995',
    'RFC 7766',
    'RFC 4034',
    'RFC 5155',
    'RFC 8945',
    'RFC 9460',
    'RFC 8914',
    'RFC 7871',
  ],
  transports: ['udp', 'tcp'],
  ports: [53],
  fields: dnsFields,
  // The name stands in five columns of a row; it is stored once.
  derived: {
    resource: { sql: 't."question_name"', holds: (row, common) => common.resource === row.question_name },
    query: {
      sql: `'class ' || t."question_class" || ', type ' || t."question_type" || ', ' || t."question_name"`,
      holds: (row) => row.question_name !== undefined && row.zone === undefined,
    },
    subdomain: {
      sql: `nullif(substr(t."question_name", 1, length(t."question_name") - length(t."registered_domain") - 1), '')`,
      holds: (row) => row.registered_domain !== undefined && row.zone === undefined,
    },
    resolved_ip: {
      sql: `(SELECT nullif(json_group_array(r.value ->> 'data'), '[]') FROM json_each(t."answers") r WHERE r.value ->> 'type' IN ('A', 'AAAA'))`,
      // One message whose records are all kept: a transfer gathers addresses of its own.
      holds: (row) => row.messages === undefined && (row.answers as readonly unknown[] | undefined)?.length === row.answers_count,
    },
    top_level_domain: {
      sql: `substr(t."registered_domain", instr(t."registered_domain", '.') + 1)`,
      holds: (row) => row.registered_domain !== undefined && row.zone === undefined,
    },
  },
  options: sectionOptions(false),
  anomalies: oddities('dns'),
  maxHeld: MAX_STREAM_MESSAGE,
  probe,
  open(session) {
    const { include_authorities, include_additionals } = session.options
    return openFamily<DnsRow>(session, {
      name: 'dns',
      style: 'escaped',
      classFlag: false,
      paired: true,
      unasked: false,
      row: (x, m: DnsMessage) => dnsRow(x, m, include_authorities, include_additionals),
    })
  },
})

function probe(look: Look): Likeness {
  const { clientPort, serverPort } = look.flow
  if (!look.hinted && (isSibling(clientPort) || isSibling(serverPort))) return 'no'
  if (look.transport === 'tcp') {
    const client = gradeStream(look.client, false)
    const server = gradeStream(look.server, true)
    return look.hinted ? onStreamPort(client, server) : elsewhere(client, server)
  }
  // NetBIOS name queries that are not on their port: the type they ask for is one that DNS has no use for.
  if (!look.hinted && asksNetbios(look)) return 'no'
  const client = gradeDatagram(look.client, false)
  const server = gradeDatagram(look.server, true)
  return look.hinted ? onDatagramPort(client, server) : elsewhere(client, server)
}

/** On another port nothing less than a whole message counts. */
function elsewhere(client: Grade, server: Grade): Likeness {
  if (refuses(client) || refuses(server)) return 'no'
  if (client === 'whole' || server === 'whole') return 'yes'
  return client === 'begun' || server === 'begun' ? 'maybe' : 'no'
}
const refuses = (grade: Grade): boolean => grade === 'no' || grade === 'turned' || grade === 'start'

/** On a DNS port the start of a message is enough; anything else is DNS only if nobody else wants it. */
function onDatagramPort(client: Grade, server: Grade): Likeness {
  if (client === 'absent' && server === 'absent') return 'no'
  return isStart(client) || isStart(server) ? 'yes' : 'maybe'
}

function onStreamPort(client: Grade, server: Grade): Likeness {
  if (isStart(client) || isStart(server)) return 'yes'
  return client === 'no' || server === 'no' ? 'no' : 'maybe'
}
const isStart = (grade: Grade): boolean => grade === 'whole' || grade === 'start'

/** Type NB is 32, NIMLOC by its DNS name, and the name is 32 letters of half octets (RFC 1001 §14.1). */
function asksNetbios(look: Look): boolean {
  const cur = look.client.left > 0 ? look.client : look.server
  const { buf, pos, end } = cur
  return end - pos >= 50 && buf[pos + 12] === 0x20 && (buf[pos + 45] === 0 ? buf[pos + 46] === 0 && buf[pos + 47] === RrType.NIMLOC : false)
}
