/** Names of things: "database.collection", UUIDs. */
export function databaseOf(namespace: string | undefined): string | undefined {
  if (namespace === undefined) return undefined
  const dot = namespace.indexOf('.')
  return dot < 0 ? namespace : namespace.slice(0, dot)
}

export function collectionOf(namespace: string | undefined): string | undefined {
  const dot = namespace?.indexOf('.') ?? -1
  return dot < 0 ? undefined : namespace!.slice(dot + 1)
}

export const join = (database: string | undefined, name: string): string => (database === undefined ? name : `${database}.${name}`)

/** 16 bytes as 8-4-4-4-12 hex digits. */
export function uuid(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
