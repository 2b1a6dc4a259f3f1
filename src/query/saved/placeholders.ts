/** The named parameters that an SQL text asks for, in order of first use; what stands in strings, names and comments is none. */

const SKIPPED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[:@$]([A-Za-z_]\w*)|\?\d*/g

export interface Placeholders {
  readonly names: readonly string[]
  /** It has a `?` too, which has no name to be given a value by. */
  readonly positional: boolean
}

export function placeholdersOf(sql: string): Placeholders {
  const names = new Set<string>()
  let positional = false
  for (const [text, name] of sql.matchAll(SKIPPED)) {
    if (name !== undefined) names.add(name)
    else if (text.startsWith('?')) positional = true
  }
  return { names: [...names], positional }
}
