/** What a protocol is tested with: captures made in memory, the pipeline run over them, one protocol driven alone, and all checks. */
export { frame, pcap, tcpFrame, udpFrame } from './captures.js'
export { conformance } from './conformance.js'
export { type ConversationOptions, conversation, type Said } from './conversation.js'
export { type Driven, drive, rowsOf, type Step } from './drive.js'
export { run } from './run.js'
