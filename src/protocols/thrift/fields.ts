/** The columns of the table `thrift`. */
import { bool, defineFields, int, json, list, optional, type RowOf, text } from '../../schema/fields.js'

export const thriftFields = defineFields({
  service: optional(text('Service of the method, by the IDL or as the call names it.', 'Calculator', ['thrift.service', 'path'])),
  call_params: optional(text('Arguments as Packetbeat writes them.', '(num1: 1, num2: 2)', 'thrift.params')),
  return_value: optional(text('Result as Packetbeat writes it; empty for a method that returns nothing.', '3', 'thrift.return_value')),
  exceptions: optional(text('Exception as Packetbeat writes it.', '(ouch: (1: 4, 2: "Cannot divide by 0"))', 'thrift.exceptions')),
  result: optional(json('Result with the names of the IDL.', { key: 1, value: '5' }, 'thrift.result')),
  exception_type: optional(
    text('Type of the exception: TApplicationException, or the name the IDL gives it.', 'InvalidOperation', 'thrift.exception.type'),
  ),
  exception_kind: optional(text('What a TApplicationException says went wrong.', 'UNKNOWN_METHOD', 'thrift.exception.kind')),
  exception: optional(json('Exception with the names of the IDL.', { what: 4, why: 'Cannot divide by 0' }, 'thrift.exception.value')),
  message_type: optional(text('How it was sent: call or oneway.', 'call', 'thrift.message_type')),
  oneway: optional(bool('No reply is sent, by the message or by the IDL.', false, 'thrift.oneway')),
  seqid: optional(int('Sequence id that links call and reply.', 1, 'thrift.seqid')),
  protocol_type: optional(text('How values are written: binary, binary-old (without version) or compact.', 'binary', 'thrift.protocol')),
  transport_type: optional(text('How messages are told apart: socket (not at all), framed or header.', 'framed', 'thrift.transport')),
  transforms: optional(list('What the header transport did to the message: zlib, snappy, zstd...', ['zlib'], 'thrift.transforms')),
  headers: optional(json('Key-value pairs of the header transport.', { client: 'desk' }, 'thrift.headers')),
})
export type ThriftRow = RowOf<typeof thriftFields>
