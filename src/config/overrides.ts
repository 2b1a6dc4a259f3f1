/** What the command line says over the configuration: which protocols, and on which ports they are expected. */
import { UserError } from '../model/user-error.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { judgeName } from './protocol-names.js'
import type { ProtocolSettings, Settings } from './settings.js'
import { MAX_PORT, parsePorts } from './values.js'

const LIST_THEM = 'audit protocols   lists those that are decoded'

function known(name: string, registry: readonly AnyProtocol[]): string {
  const verdict = judgeName(name, registry)
  if (verdict.kind === 'decoded') return name
  throw new UserError(verdict.message, [LIST_THEM])
}

/** `--protocol smtp --protocol dns`: only these, with the options the configuration gives them. */
export function onlyProtocols(settings: Settings, names: readonly string[], registry: readonly AnyProtocol[]): Settings {
  if (names.length === 0) return settings
  const wanted = new Set(names.map((name) => known(name, registry)))
  return mapProtocols({ ...settings, listed: true }, (one, name) => ({
    ...one,
    enabled: wanted.has(name),
    options: { ...one.options, enabled: wanted.has(name) },
  }))
}

/** `--port http=8080,8000`: in place of the ports that the configuration gives. */
export function withPorts(settings: Settings, given: readonly string[], registry: readonly AnyProtocol[]): Settings {
  const chosen = new Map<string, number[]>()
  for (const text of given) {
    const [name, list] = splitOnce(text.trim())
    if (list === undefined || name === '')
      throw new UserError(`--port ${text}: want NAME=PORT[,PORT...]`, ['for example: --port http=8080,8000'])
    known(name, registry)
    const ports = parsePorts(list.split(','))
    if (typeof ports === 'string')
      throw new UserError(`--port ${text}: "${ports}" is no port (1 to ${MAX_PORT}) and no range of ports (8000-8010)`, [])
    chosen.set(name, [...new Set([...(chosen.get(name) ?? []), ...ports])])
  }
  return mapProtocols(settings, (one, name) => {
    const ports = chosen.get(name)
    return ports ? { ...one, ports, options: { ...one.options, ports: ports.map(String) } } : one
  })
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

const mapProtocols = (settings: Settings, change: (one: ProtocolSettings, name: string) => ProtocolSettings): Settings => ({
  ...settings,
  protocols: new Map([...settings.protocols].map(([name, one]) => [name, change(one, name)])),
})
