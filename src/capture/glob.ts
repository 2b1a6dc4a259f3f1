/**
 * File name patterns as a shell knows them: * ? [a-z] [!a-z] \x and ** for any number of folders. For the patterns that a
 * shell hands on unexpanded (quoted, or nothing matched); braces stay the shell's business.
 */
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const isPattern = (text: string): boolean => /[*?[]/.test(text)

/** Folders under one `**`: deeper trees are links gone wrong. */
const MAX_DEPTH = 64

/** Does a name (no slashes) match one segment? A leading dot is only matched by a dot. Linear but for the retries of `*`. */
export function matchesName(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.') && !pattern.startsWith('\\.')) return false
  let p = 0
  let n = 0
  /** Behind the last star, and where in the name it is tried next. */
  let retry = -1
  let retryAt = 0
  while (n < name.length || p < pattern.length) {
    if (pattern[p] === '*') {
      retry = ++p
      retryAt = n
      continue
    }
    const width = n < name.length ? matchOne(pattern, p, name[n]!) : 0
    if (width > 0) {
      p += width
      n++
    } else if (retry >= 0 && retryAt < name.length) {
      p = retry
      n = ++retryAt
    } else return false
  }
  return true
}

/** Characters of the pattern that this character of the name matches, or 0. */
function matchOne(pattern: string, p: number, char: string): number {
  const token = pattern[p]
  if (token === undefined) return 0
  if (token === '?') return 1
  if (token === '\\' && p + 1 < pattern.length) return pattern[p + 1] === char ? 2 : 0
  if (token === '[') {
    const set = matchSet(pattern, p, char)
    if (set !== undefined) return set
  }
  return token === char ? 1 : 0
}

/** A bracket expression; undefined when it has no end and is an ordinary character. */
function matchSet(pattern: string, open: number, char: string): number | undefined {
  let p = open + 1
  const negated = pattern[p] === '!' || pattern[p] === '^'
  if (negated) p++
  let inside = false
  for (let first = true; ; first = false) {
    let low = pattern[p]
    if (low === undefined) return undefined
    if (low === ']' && !first) break
    if (low === '\\' && p + 1 < pattern.length) low = pattern[++p]!
    p++
    let high = low
    if (pattern[p] === '-' && pattern[p + 1] !== undefined && pattern[p + 1] !== ']') {
      high = pattern[p + 1]!
      p += 2
    }
    if (char >= low && char <= high) inside = true
  }
  return inside !== negated ? p + 1 - open : 0
}

/** Existing paths that match, sorted, each once. Folders that cannot be listed match nothing. */
export function expandGlob(pattern: string): string[] {
  const segments = pattern.split('/').filter((segment, i) => segment !== '' || i === 0)
  const search: Search = { segments, found: new Set(), visited: new Set() }
  if (segments[0] === '') walk(search, '/', 1, 0)
  else walk(search, '', 0, 0)
  return [...search.found].sort(byCodeUnit)
}

export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

interface Search {
  readonly segments: readonly string[]
  readonly found: Set<string>
  /** Folder and segment: several ** lead to the same place in many ways. */
  readonly visited: Set<string>
}

function walk(search: Search, folder: string, i: number, depth: number): void {
  const { segments, found, visited } = search
  const key = `${i}/${folder}`
  if (visited.has(key)) return
  visited.add(key)
  const segment = segments[i]
  if (segment === undefined) {
    found.add(folder)
    return
  }
  if (segment === '**') {
    // Several in a row say no more than one.
    let rest = i + 1
    while (segments[rest] === '**') rest++
    if (rest < segments.length) walk(search, folder, rest, depth)
    if (depth < MAX_DEPTH)
      for (const entry of list(folder)) {
        if (entry.name.startsWith('.')) continue
        // Links to folders are not followed: they may lead back.
        if (entry.isDirectory()) walk(search, join(folder, entry.name), i, depth + 1)
        else if (rest === segments.length) found.add(join(folder, entry.name))
      }
    return
  }
  if (!isPattern(segment)) {
    const path = folder === '' ? segment : join(folder, segment)
    if (exists(path)) walk(search, path, i + 1, depth)
    return
  }
  const last = i === segments.length - 1
  for (const entry of list(folder)) {
    if (!matchesName(segment, entry.name)) continue
    const path = join(folder, entry.name)
    if (last || isFolder(entry, path)) walk(search, path, i + 1, depth)
  }
}

function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function isFolder(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function exists(path: string): boolean {
  try {
    statSync(path)
    return true
  } catch {
    return false
  }
}
