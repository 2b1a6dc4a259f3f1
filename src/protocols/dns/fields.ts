/** The columns of a DNS transaction. */
import { bool, defineFields, int, json, list, optional, text } from '../../schema/fields.js'
import { headerColumns, questionColumns, sectionColumns, truncatedColumn } from '../shared/dns/columns.js'

export const dnsFields = defineFields({
  ...headerColumns,
  authoritative: bool('AA: the responder is an authority for the name.', false, 'dns.flags.authoritative'),
  ...truncatedColumn,
  recursion_desired: bool('RD: the asking side wants the server to find out.', true, 'dns.flags.recursion_desired'),
  recursion_available: bool('RA: the server finds out for others.', true, 'dns.flags.recursion_available'),
  authentic_data: bool('AD: the server has verified the records by DNSSEC.', false, 'dns.flags.authentic_data'),
  checking_disabled: bool('CD: records that fail DNSSEC are wanted as well.', false, 'dns.flags.checking_disabled'),
  header_flags: list('The flags that are set, by name.', ['RD', 'RA'], 'dns.header_flags', { only: 'document' }),
  ...questionColumns,
  registered_domain: optional(
    text('Public suffix and one label before it, lower case.', 'example.com', [
      'dns.question.registered_domain',
      'dns.question.etld_plus_one',
    ]),
  ),
  subdomain: optional(text('What stands before the registered domain.', 'www', 'dns.question.subdomain')),
  top_level_domain: optional(text('Public suffix of the name.', 'com', 'dns.question.top_level_domain')),
  ...sectionColumns,
  query_opt: optional(
    json(
      'EDNS of the query, when it carries options and the response has EDNS of its own.',
      { do: false, version: '0', udp_size: 1232, ext_rcode: 'NOERROR', subnet: '192.0.2.0/24/0' },
      'dns.query_opt',
    ),
  ),
  zone: optional(
    text('Zone that a dynamic update changes; the question then names the first record it touches.', 'example.com', 'dns.zone'),
  ),
  updates: optional(
    json(
      'What a dynamic update adds (class IN) or removes (class ANY, NONE).',
      [{ name: 'pc7.example.com', type: 'A', class: 'IN', ttl: 1200, data: '192.0.2.7' }],
      'dns.updates',
    ),
  ),
  messages: optional(int('Response messages, when there are several: a zone transfer.', 3, 'dns.messages')),
  retransmissions: optional(int('How often the same query had been sent before, unanswered.', 1, 'dns.retransmissions')),
})
