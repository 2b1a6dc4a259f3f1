/** Settings that are read and checked and have no effect: said once, because a limit that never bites misleads. */
import type { Settings } from './settings.js'

/** @param live packets come from an interface of this host */
export function unappliedSettings({ protocols, processes, geoip }: Settings, live: boolean): string[] {
  const unapplied: string[] = []
  const names: string[] = []
  for (const [protocol, own] of protocols) if (own.transactionTimeoutMs !== undefined) names.push(protocol)
  // docs/adr/0003-flow-end.md tells why.
  if (names.length > 0)
    unapplied.push(`transaction_timeout has no effect: a late answer completes its row all the same (${names.join(', ')})`)
  if (processes.enabled && !live) unapplied.push('not used here: procs (a capture file does not say which process sent a packet)')
  if (geoip.length > 0 && live)
    unapplied.push('not used here: geoip (places are looked up when files are analyzed: audit analyze on what was captured)')
  return unapplied
}
