/** What analysing files and analysing an interface have in common: which protocols, under which settings. */
import { onlyProtocols, withPorts } from '../config/overrides.js'
import { defaultSettings, type Settings } from '../config/settings.js'
import { unappliedSettings } from '../config/unapplied.js'
import type { AnyProtocol } from '../protocols/protocol.js'

export interface SetupOptions {
  readonly config?: string | undefined
  /** Only these. */
  readonly protocols?: readonly string[]
  /** NAME=PORT[,PORT...] */
  readonly ports?: readonly string[]
  /** Packets come from an interface of this host. */
  readonly live?: boolean
  /** Said at once. */
  readonly warn?: (message: string) => void
}

export async function settingsOf(
  { config, protocols: names = [], ports = [], live = false, warn }: SetupOptions,
  protocols: readonly AnyProtocol[],
): Promise<Settings> {
  let settings = defaultSettings(protocols)
  if (config !== undefined) {
    // The YAML reader is a hundred files: only for those who have a configuration.
    const { readConfig } = await import('../config/read-config.js')
    const read = await readConfig(config, protocols)
    for (const warning of [...read.warnings, ...unappliedSettings(read.settings, live)]) warn?.(warning)
    settings = read.settings
  }
  return withPorts(onlyProtocols(settings, names, protocols), ports, protocols)
}
