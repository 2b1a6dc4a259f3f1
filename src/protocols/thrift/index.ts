import { count, defineOptions, files, flag, word } from '../../schema/options.js'
import { defineProtocol } from '../protocol.js'
import { ThriftCorrelator } from './correlator.js'
import { thriftFields } from './fields.js'
import { checkIdl } from './idl.js'
import { ThriftParser } from './parser.js'
import { probe } from './probe.js'

const options = defineOptions({
  transport_type: word(
    'What is expected: socket or framed. Each message is looked at all the same; framed keeps bare bytes from being taken for messages after a loss.',
    'socket',
  ),
  protocol_type: word('What is expected: binary or compact. Each message is looked at all the same.', 'binary'),
  idl_files: files('Thrift IDL files, relative to the configuration: they name arguments, fields, enums and exceptions.', checkIdl),
  string_max_size: count('Octets kept of a string.', 200),
  collection_max_size: count('Elements kept of a list, set or map, and fields of a struct.', 15),
  drop_after_n_struct_fields: count('A struct with more fields is not believed.', 500, 1),
  capture_reply: flag('Keep results and exceptions.', true),
  obfuscate_strings: flag('Write * for every string; always holds.'),
})

/** Apache Thrift: binary and compact, bare, framed or behind headers. */
export const thrift = defineProtocol({
  name: 'thrift',
  doc: 'One Thrift call with its reply, or what was seen of the two.',
  spec: [
    'Thrift binary protocol encoding',
    'Thrift compact protocol encoding',
    'Thrift remote procedure call',
    'Thrift header format',
    'Thrift interface description language',
  ],
  transports: ['tcp'],
  ports: [9090],
  fields: thriftFields,
  options,
  anomalies: {
    'thrift.lost-sync': 'Bytes stand where a message should start and are none; the next message was looked for.',
    'thrift.body': 'The body of a message cannot be read to its end.',
    'thrift.waiting': 'More calls wait for a reply than are kept; the oldest count as unanswered.',
  },
  probe,
  open(session) {
    return {
      client: new ThriftParser('client', session.options, session),
      server: new ThriftParser('server', session.options, session),
      correlator: new ThriftCorrelator(session),
    }
  },
})
