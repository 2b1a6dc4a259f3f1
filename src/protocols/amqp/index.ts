import { count, defineOptions, flag } from '../../schema/options.js'
import { defineProtocol } from '../protocol.js'
import { AmqpCorrelator } from './correlator.js'
import { amqpFields } from './fields.js'
import { AmqpParser, Shared } from './parser.js'
import { probe } from './probe.js'

const options = defineOptions({
  send_request: flag('Keep method and object, or the body of a publication, as text in the document field `request`.'),
  send_response: flag('Keep the body of a delivery, or OK, as text in the document field `response`.'),
  max_body_length: count('Bytes of a message body that are kept for those two.', 1000),
  parse_headers: flag('Read the properties and headers of messages.', true),
  parse_arguments: flag('Read the argument tables of methods.', true),
  hide_connection_information: flag(
    'Count login, channel.open, channel.flow, basic.qos and clean closes as session events: `session_events: false` leaves them out.',
    true,
  ),
})

/** AMQP 0-9-1 with RabbitMQ's extensions. */
export const amqp = defineProtocol({
  name: 'amqp',
  doc: 'One AMQP method with its answer, or one message published, delivered or returned.',
  spec: ['AMQP 0-9-1', 'RabbitMQ extensions to AMQP 0-9-1', 'RFC 4616'],
  transports: ['tcp'],
  ports: [5672],
  fields: amqpFields,
  options,
  anomalies: {
    'amqp.frame-end': 'A frame does not end with the octet 0xCE.',
    'amqp.frame-size': 'A frame claims more bytes than were agreed or any broker sends.',
    'amqp.lost-sync': 'Bytes stand where a frame should start and are none; the next frame was looked for.',
    'amqp.unknown-method': 'A method is none that AMQP 0-9-1 or RabbitMQ define.',
    'amqp.arguments': 'The arguments of a method or the properties of a message contradict their lengths.',
    'amqp.table-limit': 'A table has more entries or deeper tables than are kept.',
    'amqp.content-order': 'A method came where the rest of a message was due.',
    'amqp.content-without-method': 'A message or a piece of one came without the method before it.',
    'amqp.body-size': 'The frames of a body hold more than its header said.',
    'amqp.channels': 'More channels are open than are followed; the oldest was flushed.',
    'amqp.waiting': 'More requests wait on a channel than are kept; the oldest count as unanswered.',
    'amqp.unconfirmed': 'More publications wait for a confirm than are kept; the oldest count as unanswered.',
  },
  probe,
  open(session) {
    const shared = new Shared()
    return {
      client: new AmqpParser('client', shared, session.options, session),
      server: new AmqpParser('server', shared, session.options, session),
      correlator: new AmqpCorrelator(session),
    }
  },
})
