/**
 * What a protocol is written with, ours and yours: the contract, the builders of fields and options, and small helpers. A plugin
 * gets this module as the argument of its default export; in TypeScript, import the types from `pcap-audit/kit`.
 */
export { Cursor } from '../bytes/cursor.js'
export type { BodyFacts, BodySink, Carry } from '../model/body-sink.js'
export type { FlowView } from '../model/flow-view.js'
export type { Instant } from '../model/instant.js'
export type { EndReason, Side, Transport } from '../model/side.js'
export { otherSide } from '../model/side.js'
export { Trace } from '../model/trace.js'
export type { Completeness, Transaction } from '../model/transaction.js'
export type { AnyProtocol, Conversation, Correlator, Likeness, Look, Parser, Protocol, Session, Verdict } from '../protocols/protocol.js'
export { defineProtocol } from '../protocols/protocol.js'
export { decompress } from '../protocols/shared/decompress.js'
export { isCardNumber, isSecretName } from '../protocols/shared/secret-names.js'
export { maskText } from '../protocols/shared/secret-text.js'
export { readStatement } from '../protocols/shared/sql/statement.js'
export type { Field, FieldSet, RowOf } from '../schema/fields.js'
export { bool, defineFields, int, json, list, long, optional, real, text } from '../schema/fields.js'
export type { Option, OptionSet, OptionsOf } from '../schema/options.js'
export { count, defineOptions, flag, word, words } from '../schema/options.js'

/** This module, as the type of the argument that a plugin's function gets. */
export type Kit = typeof import('./index.js')
