/** Follows a COMPOUND through the tree: what each operation acts on, and what its results tell about names. */
import type { Entry, Op } from './bodies.js'
import type { Files, Node, Tree } from './files.js'
import { Ops } from './v4/op-names.js'

export interface Place {
  /** Handle acted on, hex. */
  handle: string | undefined
  /** Its path or, with a name in the operation, that of the named object. */
  path: string | undefined
  /** Name of the object. */
  name: string | undefined
  /** RENAME, LINK. */
  toPath: string | undefined
  toName: string | undefined
  /** Handle that GETFH gave behind the operation. */
  resultHandle: string | undefined
  /** What GETATTR said of the object. */
  attributes: Record<string, unknown> | undefined
}

/** Operations that make a named entry of the current directory the current object. */
const ENTERS: ReadonlySet<number> = new Set([Ops.LOOKUP, Ops.OPEN, Ops.CREATE])
/** Operations that name an entry of the current directory and stay there. */
const NAMES: ReadonlySet<number> = new Set([Ops.REMOVE, Ops.SECINFO, Ops.LINK])

class Current {
  constructor(
    public handle: string | undefined,
    readonly node: Node | undefined,
    /** What was asked for, where the name led nowhere. */
    readonly missing?: { readonly path: string; readonly name: string },
  ) {}
}
const nowhere = (): Current => new Current(undefined, undefined)

/**
 * @param learned entries that READDIR returned with their handles
 * @param main index of the operation that the row is about
 */
export function followCompound(
  files: Files,
  tree: Tree,
  ops: readonly Op[],
  results: readonly Op[] | undefined,
  learned: readonly Entry[],
  main: number,
): Place {
  const place: Place = {
    ...{ handle: undefined, path: undefined, name: undefined, toPath: undefined, toName: undefined },
    ...{ resultHandle: undefined, attributes: undefined },
  }
  let current = nowhere()
  let saved = nowhere()
  /** The object of the main operation, once that was passed. */
  let object: Current | undefined
  for (let i = 0; i < ops.length; i++) {
    const { number, values } = ops[i]!
    const result = results?.[i]
    const done = result !== undefined && result.status === 0 && result.number === number
    const before = current
    const name = typeof values.name === 'string' ? values.name : undefined
    switch (number) {
      case Ops.PUTFH: {
        const handle = typeof values.handle === 'string' && values.handle !== '' ? values.handle : undefined
        current = new Current(handle, handle === undefined ? undefined : files.find(tree, handle))
        break
      }
      case Ops.PUTROOTFH:
        current = new Current(tree.root?.handle, files.root(tree))
        break
      case Ops.PUTPUBFH:
      case Ops.OPENATTR:
        current = nowhere()
        break
      case Ops.LOOKUPP:
        current = new Current(current.node?.parent?.handle, current.node?.parent)
        break
      case Ops.SAVEFH:
        saved = current
        break
      case Ops.RESTOREFH:
        current = saved
        break
      case Ops.GETFH:
        if (done && typeof result.values.handle === 'string' && result.values.handle !== '') {
          const handle = result.values.handle
          if (current.node !== undefined) files.bind(current.node, handle)
          current.handle = handle
          if (object === current) place.resultHandle = handle
        }
        break
      case Ops.READDIR:
        if (done && learned.length > 0) {
          const parent = directory(files, tree, current)
          for (const entry of learned) files.child(parent, entry.name, entry.handle)
        }
        break
      case Ops.GETATTR:
        if (done && object === current) place.attributes = result.values.attributes as Record<string, unknown>
        break
    }
    if (name !== undefined && ENTERS.has(number)) {
      // A name that did not lead anywhere is no entry.
      const node = done ? files.child(directory(files, tree, before), name) : before.node?.children?.get(name)
      current = new Current(node?.handle, node, node === undefined ? { path: wanted(files, before, name), name } : undefined)
    } else if (done && name !== undefined && number === Ops.REMOVE && before.node !== undefined) files.removed(before.node, name)

    if (i === main) {
      place.handle = before.handle ?? current.handle
      if (number === Ops.RENAME && name !== undefined) {
        const to = typeof values.new_name === 'string' ? values.new_name : ''
        place.handle = saved.handle
        place.name = name
        place.path = joined(files, saved.node, name)
        place.toName = to
        place.toPath = joined(files, before.node, to)
      } else if (number === Ops.LINK && name !== undefined) {
        place.handle = saved.handle
        place.name = saved.node?.name
        place.path = saved.node && files.path(saved.node)
        place.toName = name
        place.toPath = joined(files, before.node, name)
      } else if (name !== undefined && (ENTERS.has(number) || NAMES.has(number))) {
        place.name = name
        place.path = wanted(files, before, name)
      } else {
        place.handle = current.handle
        place.path = current.missing?.path ?? (current.node && files.path(current.node))
        place.name = current.missing?.name ?? (current.node?.rooted ? undefined : current.node?.name)
      }
      object = NAMES.has(number) || number === Ops.RENAME ? undefined : current
      if (number === Ops.GETATTR && done) place.attributes = result.values.attributes as Record<string, unknown>
      if (number === Ops.GETFH && done) place.resultHandle = current.handle
    }
    if (done && number === Ops.RENAME && name !== undefined && typeof values.new_name === 'string')
      if (saved.node !== undefined) files.renamed(saved.node, name, directory(files, tree, before), values.new_name)
  }
  return place
}

/** Path of an entry, which may be one of a directory that there is not. */
const wanted = (files: Files, at: Current, name: string): string =>
  at.missing === undefined ? joined(files, at.node, name) : `${at.missing.path}/${name}`

/** The directory as a node, even if nothing is known of it but its handle. */
function directory(files: Files, tree: Tree, at: Current): Node {
  if (at.node !== undefined) return at.node
  if (at.handle !== undefined) return files.at(tree, at.handle)
  // Nowhere: a node that nobody finds again.
  return files.loose(tree)
}

/** Path of the entry `name` in a directory: the name alone where nothing is known of the directory. */
export function joined(files: Files, parent: Node | undefined, name: string): string {
  const above = parent === undefined ? undefined : files.path(parent)
  if (above === undefined) return name
  return above.endsWith('/') ? above + name : `${above}/${name}`
}
