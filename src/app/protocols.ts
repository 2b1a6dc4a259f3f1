/** `audit protocols`: what is decoded, and how it can be told to. All of it is read off the registry. */
import { judgeName } from '../config/protocol-names.js'
import { UserError } from '../model/user-error.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { protocols } from '../protocols/registry.js'
import { commonOptions, type OptionSet } from '../schema/options.js'

export interface OptionInfo {
  readonly name: string
  readonly type: string
  readonly default: unknown
  readonly doc: string
  /** Every protocol has it. */
  readonly common: boolean
}

export interface ProtocolInfo {
  readonly name: string
  readonly doc: string
  readonly transports: readonly string[]
  /** Well-known ports: a hint, never a condition. */
  readonly ports: readonly number[]
  readonly spec: readonly string[]
  readonly options: readonly OptionInfo[]
}

const optionsOf = (set: OptionSet, common: boolean): OptionInfo[] =>
  Object.entries(set).map(([name, { kind, fallback, doc }]) => ({ name, type: kind, default: fallback, doc, common }))

const infoOf = ({ name, doc, transports, ports, spec, options }: AnyProtocol): ProtocolInfo => ({
  name,
  doc,
  transports,
  ports,
  spec,
  options: [...optionsOf(options, false), ...optionsOf(commonOptions, true)],
})

export const listProtocols = (registry: readonly AnyProtocol[] = protocols): ProtocolInfo[] => registry.map(infoOf)

export function describeProtocol(name: string, registry: readonly AnyProtocol[] = protocols): ProtocolInfo {
  const verdict = judgeName(name, registry)
  if (verdict.kind === 'decoded') return infoOf(verdict.protocol)
  throw new UserError(verdict.message, ['audit protocols   lists those that are decoded'])
}
