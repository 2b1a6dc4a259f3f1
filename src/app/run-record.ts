/** The `run` row: who wrote a case, when, with which program and configuration. */
import { createHash } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { givenFiles, type Settings, settingsDocument } from '../config/settings.js'
import type { GeoFile } from '../geoip/databases.js'
import { type Instant, toIso } from '../model/instant.js'
import type { IntelList } from '../model/intel-list.js'
import type { RowOf } from '../schema/fields.js'
import type { runFields } from '../schema/tables.js'
import type { PluginRecord } from './plugins.js'
import { programHash } from './program.js'

export interface RunFacts {
  readonly version: string
  readonly commandLine: string
  readonly settings: Settings
  readonly plugins: readonly PluginRecord[]
  readonly showSecrets: boolean
  readonly strictChecksums: boolean
  readonly start: Instant | undefined
  readonly end: Instant | undefined
  /** Lists of indicators. */
  readonly intel?: readonly IntelList[]
  readonly geoip?: readonly GeoFile[]
}

/** Taken at the start; `row` is asked for at the end. */
export class RunRecord {
  private readonly started = new Date()
  private readonly toolHash: string

  /** @param id ordinal in the session: each configuration of it is a run */
  constructor(
    private readonly facts: RunFacts,
    private readonly id = 1,
  ) {
    this.toolHash = ownHash()
  }

  /** SHA-256 of the configuration. */
  get hash(): string {
    return createHash('sha256').update(JSON.stringify(this.config)).digest('hex')
  }

  private get config() {
    const { settings, plugins, strictChecksums, start, end, intel = [], geoip = [] } = this.facts
    const files = givenFiles(settings)
    return {
      ...settingsDocument(settings),
      ...(files.length === 0 ? {} : { files }),
      ...(plugins.length === 0 ? {} : { plugins }),
      ...(intel.length === 0 ? {} : { intel: intel.map(({ name, sha256, indicators }) => ({ name, sha256, indicators })) }),
      ...(geoip.length === 0 ? {} : { geoip }),
      strict_checksums: strictChecksums,
      start: start ? toIso(start) : null,
      end: end ? toIso(end) : null,
    }
  }

  row(finished = true): RowOf<typeof runFields> {
    const { version, commandLine, showSecrets } = this.facts
    return {
      id: this.id,
      version,
      tool_hash: this.toolHash,
      node: process.version,
      command_line: commandLine,
      config: this.config,
      config_hash: this.hash,
      show_secrets: showSecrets,
      started: this.started.toISOString(),
      ended: new Date().toISOString(),
      host_zone: hostZone(),
      finished,
    }
  }
}

/** Of the files as they were when the program began to run. */
const ownHash = (): string => {
  known ??= programHash()
  return known
}
let known: string | undefined

/** IANA name of the host's time zone. Asking Intl loads its data, which takes longer than a small capture. */
function hostZone(): string {
  const named = process.env.TZ
  if (named) return named
  try {
    const zone = readlinkSync('/etc/localtime').split('/zoneinfo/')[1]
    if (zone) return zone
  } catch {
    // Not a link, or another system: Intl knows.
  }
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** The command as a shell would take it again. */
export const commandLineText = (args: readonly string[]): string =>
  ['audit', ...args].map((arg) => (/^[A-Za-z0-9_./:@%+=,-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`)).join(' ')
