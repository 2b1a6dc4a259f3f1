/** The protocols that a command knows: those built in and, behind them, those of the plugins it was given. */
import type { AnyProtocol } from '../protocols/protocol.js'
import { protocols as registry } from '../protocols/registry.js'
import type { PluginRecord } from './plugins.js'

export interface KnownProtocols {
  readonly protocols: readonly AnyProtocol[]
  readonly plugins: readonly PluginRecord[]
}

/** @param paths modules given with --plugin */
export async function knownProtocols(paths: readonly string[]): Promise<KnownProtocols> {
  if (paths.length === 0) return { protocols: registry, plugins: [] }
  const { loadPlugins } = await import('./plugins.js')
  const { protocols, records } = await loadPlugins(paths, registry)
  return { protocols: [...registry, ...protocols], plugins: records }
}
