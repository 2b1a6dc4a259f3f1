/** Settings that are read and checked but have no effect yet: said once, because a tag that never arrives misleads. */
import type { Settings } from './settings.js'

export function unappliedSettings({ fields, name, interfaces, protocols }: Settings): string[] {
  const keys: string[] = []
  if (Object.keys(fields).length > 0) keys.push('fields')
  if (name !== undefined) keys.push('name')
  if (interfaces.internalNetworks.length > 0) keys.push('interfaces.internal_networks')
  for (const [protocol, own] of protocols) {
    if (Object.keys(own.fields).length > 0) keys.push(`fields of ${protocol}`)
    if (own.transactionTimeoutMs !== undefined) keys.push(`transaction_timeout of ${protocol}`)
  }
  return keys.length === 0 ? [] : [`read, but without effect in this version: ${keys.join(', ')}`]
}
