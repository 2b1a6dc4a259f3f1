/** The engine as a run had it: the same settings, protocols and rules, over packets that are read again. */
import type { Settings } from '../config/settings.js'
import type { Carry } from '../model/body-sink.js'
import { Engine } from '../pipeline/engine.js'
import type { Outlet } from '../pipeline/outlet.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import type { CaptureRecord } from './capture-rows.js'
import type { RunFacts } from './run-rows.js'

export interface RunEngineOptions {
  readonly run: RunFacts | undefined
  readonly settings: Settings
  readonly protocols: readonly AnyProtocol[]
  /** By the ordinal that the engine is given. */
  readonly captures: readonly CaptureRecord[]
  readonly outlet: Outlet
  readonly carry?: Carry | undefined
}

export const engineOfRun = ({ run, settings, protocols, captures, outlet, carry }: RunEngineOptions): Engine =>
  new Engine({
    settings,
    protocols,
    captures: captures.map(({ name }) => name),
    outlet,
    showSecrets: run?.showSecrets ?? false,
    strictChecksums: run?.strictChecksums ?? false,
    strict: false,
    carry,
  })
