/**
 * Which name a file handle has, learned from what servers answered in this run: one tree for each server.
 *
 * A path is only put together from names that were seen. It begins with `/` where the chain leads to an export that was
 * mounted or to the root of NFSv4; otherwise it is what is known of its end.
 */

/** Names kept over all servers; about 20 MB. The ones not used for longest go first. */
export const MAX_NODES = 65_536
/** Directories above a file that are followed: deeper trees are rare, and a hostile server may build a ring. */
const MAX_DEPTH = 64
const MAX_PATH = 4096

export class Node {
  handle: string | undefined = undefined
  children: Map<string, Node> | undefined = undefined
  /** Neighbours in the order of last use. */
  older: Node | undefined = undefined
  newer: Node | undefined = undefined
  kept = false

  constructor(
    readonly tree: Tree,
    public parent: Node | undefined,
    /** The whole path for what is mounted or the root; undefined while no name was seen. */
    public name: string | undefined,
    public rooted: boolean,
  ) {}
}

export class Tree {
  readonly byHandle = new Map<string, Node>()
  root: Node | undefined = undefined
}

export class Files {
  private readonly trees = new Map<string, Tree>()
  private oldest: Node | undefined
  private newest: Node | undefined
  private count = 0

  /** @param server address of the server that gave the handles */
  tree(server: string): Tree {
    let tree = this.trees.get(server)
    if (tree === undefined) {
      // As many servers as names: more are a scan.
      if (this.trees.size >= MAX_NODES) this.trees.clear()
      tree = new Tree()
      this.trees.set(server, tree)
    }
    return tree
  }

  /** What is known of a handle. */
  find(tree: Tree, handle: string): Node | undefined {
    const node = tree.byHandle.get(handle)
    if (node !== undefined) this.touch(node)
    return node
  }

  /** The node of a handle, made when there is none: without a name. */
  at(tree: Tree, handle: string): Node {
    const known = this.find(tree, handle)
    if (known !== undefined) return known
    const node = this.add(new Node(tree, undefined, undefined, false))
    this.bind(node, handle)
    return node
  }

  /** What PUTROOTFH leads to. */
  root(tree: Tree): Node {
    if (tree.root === undefined) tree.root = this.add(new Node(tree, undefined, '/', true))
    else this.touch(tree.root)
    return tree.root
  }

  /** A directory of which nothing is known: not kept, and not found again. */
  loose(tree: Tree): Node {
    return new Node(tree, undefined, undefined, false)
  }

  mounted(tree: Tree, handle: string, path: string): void {
    const node = this.at(tree, handle)
    if (node.rooted) return
    node.name = path
    node.rooted = path.startsWith('/')
    node.parent = undefined
  }

  /** The entry `name` of a directory; `handle` when the server gave it. */
  child(parent: Node, name: string, handle?: string): Node | undefined {
    if (name === '' || name === '.' || name === '..' || name.includes('/')) return undefined
    let node = parent.children?.get(name)
    const known = handle === undefined ? undefined : parent.tree.byHandle.get(handle)
    if (known !== undefined && known !== node && !known.rooted && known !== parent) {
      // Seen before, under another name or without one: the name used last counts.
      this.leave(known)
      known.parent = parent
      known.name = name
      if (node !== undefined) this.leave(node)
      node = known
      this.enter(parent, name, node)
    } else if (node === undefined || (handle !== undefined && node.handle !== undefined && node.handle !== handle)) {
      // New, or made anew under the same name.
      if (node !== undefined) this.leave(node)
      node = this.add(new Node(parent.tree, parent, name, false))
      this.enter(parent, name, node)
    }
    if (handle !== undefined && known === undefined) this.bind(node, handle)
    this.touch(node)
    return node
  }

  bind(node: Node, handle: string): void {
    if (node.handle === handle) return
    const other = node.tree.byHandle.get(handle)
    if (other !== undefined && other !== node) other.handle = undefined
    if (node.handle !== undefined) node.tree.byHandle.delete(node.handle)
    node.handle = handle
    node.tree.byHandle.set(handle, node)
  }

  removed(parent: Node, name: string): void {
    const node = parent.children?.get(name)
    if (node !== undefined) parent.children?.delete(name)
  }

  renamed(from: Node, name: string, to: Node, newName: string): void {
    const node = from.children?.get(name)
    to.children?.delete(newName)
    if (node === undefined || node === to) return
    this.leave(node)
    node.parent = to
    node.name = newName
    this.enter(to, newName, node)
  }

  /** Undefined when not even its own name is known. */
  path(node: Node): string | undefined {
    let text = ''
    let at: Node | undefined = node
    for (let depth = 0; at !== undefined && at.name !== undefined && depth < MAX_DEPTH && text.length < MAX_PATH; depth++) {
      if (at.rooted) {
        if (text === '') return at.name
        return at.name.endsWith('/') ? at.name + text : `${at.name}/${text}`
      }
      text = text === '' ? at.name : `${at.name}/${text}`
      at = at.parent
    }
    return text === '' ? undefined : text
  }

  private add(node: Node): Node {
    if (this.count >= MAX_NODES && this.oldest !== undefined) this.forget(this.oldest)
    node.kept = true
    this.append(node)
    return node
  }

  private touch(node: Node): void {
    // What was forgotten stays so, though an open exchange may still hold it.
    if (!node.kept || node === this.newest) return
    this.unlink(node)
    this.append(node)
  }

  private forget(node: Node): void {
    node.kept = false
    this.unlink(node)
    this.leave(node)
    if (node.handle !== undefined && node.tree.byHandle.get(node.handle) === node) node.tree.byHandle.delete(node.handle)
    if (node.tree.root === node) node.tree.root = undefined
  }

  private append(node: Node): void {
    node.older = this.newest
    if (this.newest) this.newest.newer = node
    else this.oldest = node
    this.newest = node
    this.count++
  }

  private unlink(node: Node): void {
    if (node.older) node.older.newer = node.newer
    else this.oldest = node.newer
    if (node.newer) node.newer.older = node.older
    else this.newest = node.older
    node.older = undefined
    node.newer = undefined
    this.count--
  }

  private enter(parent: Node, name: string, node: Node): void {
    parent.children ??= new Map()
    parent.children.set(name, node)
  }

  private leave(node: Node): void {
    if (node.parent !== undefined && node.name !== undefined && node.parent.children?.get(node.name) === node)
      node.parent.children.delete(node.name)
  }
}
