/** The settings that a run was made with, from what its row keeps of them. */
import { defaultSettings, type Settings, settingsDocument } from '../config/settings.js'
import { UserError } from '../model/user-error.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import type { RunFacts } from './run-rows.js'

/** Beside the settings, `run.config` says these of the run. */
const OF_THE_RUN: readonly string[] = ['strict_checksums', 'start', 'end', 'files', 'plugins']

/**
 * As the configuration of the row says. Files that it names are not read, since a case may come from anywhere, and protocols that are
 * not known here are left out. A row that is no configuration any more gives the defaults.
 */
export async function settingsOfRun(run: RunFacts | undefined, protocols: readonly AnyProtocol[]): Promise<Settings> {
  const defaults = defaultSettings(protocols)
  if (!run) return defaults
  const document = Object.fromEntries(Object.entries(run.config).filter(([key]) => !OF_THE_RUN.includes(key)))
  if (JSON.stringify(document) === JSON.stringify(settingsDocument(defaults))) return defaults
  if (Array.isArray(document.protocols)) document.protocols = document.protocols.flatMap((one: unknown) => readable(one, protocols))
  // The YAML reader is a hundred files: only for those who had a configuration.
  const { parseConfig } = await import('../config/read-config.js')
  try {
    return parseConfig(JSON.stringify(document), 'run.config', protocols).settings
  } catch (error) {
    if (error instanceof UserError) return defaults
    throw error
  }
}

function readable(entry: unknown, protocols: readonly AnyProtocol[]): Record<string, unknown>[] {
  if (typeof entry !== 'object' || entry === null) return []
  const protocol = protocols.find(({ name }) => name === (entry as { type?: unknown }).type)
  if (!protocol) return []
  return [Object.fromEntries(Object.entries(entry).filter(([name]) => protocol.options[name]?.kind !== 'files'))]
}
