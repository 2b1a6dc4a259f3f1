import type { Settings } from '../config/settings.js'
import type { AnyProtocol } from '../protocols/protocol.js'
export const filterOf = (_s: Settings, _p: readonly AnyProtocol[]): string | undefined => undefined
