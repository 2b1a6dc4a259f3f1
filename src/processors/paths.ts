/** Fields of a document by their dotted names. A key may hold dots of its own, as names of headers do. */

export type Document = Record<string, unknown>

const isDocument = (value: unknown): value is Document => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at `path`, or undefined. */
export function valueAt(document: Document, path: string): unknown {
  if (Object.hasOwn(document, path)) return document[path]
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(document, path.slice(0, dot)) ? document[path.slice(0, dot)] : undefined
    if (!isDocument(inner)) continue
    const found = valueAt(inner, path.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** Takes the value at `path` out, and objects that it leaves empty. */
export function remove(document: Document, path: string): void {
  if (Object.hasOwn(document, path)) {
    delete document[path]
    return
  }
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot)
    const inner = Object.hasOwn(document, key) ? document[key] : undefined
    if (!isDocument(inner)) continue
    remove(inner, path.slice(dot + 1))
    if (Object.keys(inner).length === 0) delete document[key]
  }
}

/** Puts a value at `path`, making objects on the way; what stands in the way gives place. */
export function put(document: Document, path: string, value: unknown): void {
  let at = document
  const keys = path.split('.')
  for (const key of keys.slice(0, -1)) {
    if (!isDocument(at[key]) || !Object.hasOwn(at, key)) define(at, key, {})
    at = at[key] as Document
  }
  define(at, keys[keys.length - 1]!, value)
}

/** A key called __proto__ is a key like any other. */
function define(document: Document, key: string, value: unknown): void {
  Object.defineProperty(document, key, { value, writable: true, enumerable: true, configurable: true })
}

/** `source` into `target`, objects merged, all else replaced. */
export function merge(target: Document, source: Document): void {
  for (const [key, value] of Object.entries(source)) {
    const own = Object.hasOwn(target, key) ? target[key] : undefined
    if (isDocument(own) && isDocument(value)) merge(own, value)
    else define(target, key, isDocument(value) ? structuredClone(value) : value)
  }
}

/** Names of all values, objects opened, lists not. */
export function* names(document: Document, prefix = ''): Iterable<string> {
  for (const [key, value] of Object.entries(document)) {
    const name = prefix + key
    if (isDocument(value)) {
      yield name
      yield* names(value, `${name}.`)
    } else yield name
  }
}
