import type { AnyProtocol } from './protocol.js'

/** Every protocol the tool knows, in alphabetical order. A new protocol is one line here. */
export const protocols: readonly AnyProtocol[] = []
