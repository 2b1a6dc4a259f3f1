/** Settings that are read and checked and have no effect: said once, because a limit that never bites misleads. */
import type { Settings } from './settings.js'

export function unappliedSettings({ protocols }: Settings): string[] {
  const names: string[] = []
  for (const [protocol, own] of protocols) if (own.transactionTimeoutMs !== undefined) names.push(protocol)
  // docs/adr/0003-flow-end.md tells why.
  return names.length === 0 ? [] : [`transaction_timeout has no effect: a late answer completes its row all the same (${names.join(', ')})`]
}
