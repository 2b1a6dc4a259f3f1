/** Settings that are read and checked but have no effect yet: said once, because a tag that never arrives misleads. */
import type { Settings } from './settings.js'

export function unappliedSettings({ protocols }: Settings): string[] {
  const keys: string[] = []
  for (const [protocol, own] of protocols) {
    if (own.transactionTimeoutMs !== undefined) keys.push(`transaction_timeout of ${protocol}`)
  }
  return keys.length === 0 ? [] : [`read, but without effect in this version: ${keys.join(', ')}`]
}
