import { describe, expect, it } from 'vitest'
import { Files, MAX_NODES } from '../../../src/protocols/nfs/files.js'

const known = (files: Files, handle: string): string | undefined => {
  const node = files.find(files.tree('s'), handle)
  return node && files.path(node)
}

describe('paths of handles', () => {
  it('lead to the export that was mounted', () => {
    const files = new Files()
    const tree = files.tree('s')
    files.mounted(tree, 'r', '/export')
    files.child(files.at(tree, 'r'), 'a', 'h1')
    files.child(files.at(tree, 'h1'), 'b', 'h2')
    expect(known(files, 'h2')).toBe('/export/a/b')
    expect(files.find(files.tree('other'), 'h2')).toBeUndefined()
  })

  it('begin without / where nothing is known above', () => {
    const files = new Files()
    files.child(files.at(files.tree('s'), 'd'), 'a', 'h1')
    expect(known(files, 'h1')).toBe('a')
    expect(known(files, 'd')).toBeUndefined()
  })

  it('follow renames and a name used anew', () => {
    const files = new Files()
    const tree = files.tree('s')
    const root = files.root(tree)
    files.child(root, 'a', 'h1')
    files.child(root, 'd', 'h2')
    files.renamed(root, 'a', files.at(tree, 'h2'), 'b')
    expect(known(files, 'h1')).toBe('/d/b')
    files.child(root, 'a', 'h3')
    expect(known(files, 'h3')).toBe('/a')
    expect(known(files, 'h1')).toBe('/d/b')
    files.removed(root, 'a')
    files.child(root, 'a', 'h4')
    expect(known(files, 'h4')).toBe('/a')
  })

  it('survive rings and odd names', () => {
    const files = new Files()
    const tree = files.tree('s')
    files.child(files.at(tree, 'h1'), 'x', 'h2')
    files.child(files.at(tree, 'h2'), 'y', 'h1')
    expect(known(files, 'h1')!.length).toBeLessThan(300)
    for (const name of ['', '.', '..', 'a/b']) expect(files.child(files.at(tree, 'h1'), name, 'h9')).toBeUndefined()
  })

  it('are forgotten when there are too many, least used first', () => {
    const files = new Files()
    const tree = files.tree('s')
    const root = files.root(tree)
    for (let i = 0; i < MAX_NODES + 100; i++) {
      files.child(root, `f${i}`, `h${i}`)
      files.root(tree)
      files.find(tree, 'h0')
    }
    expect(tree.byHandle.size).toBeLessThanOrEqual(MAX_NODES)
    expect(root.children!.size).toBeLessThanOrEqual(MAX_NODES)
    expect(known(files, 'h0')).toBe('/f0')
    expect(known(files, 'h1')).toBeUndefined()
    expect(known(files, `h${MAX_NODES}`)).toBe(`/f${MAX_NODES}`)
  })
})
