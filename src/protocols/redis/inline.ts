/** Inline commands: words between blanks, with quotes as redis-cli takes them. */

/** Words of one line; no line of 64 KiB that a person writes has more. */
const MAX_INLINE_WORDS = 4096

/** The words of a line; undefined when quotes do not match, or control characters stand in it. */
export function splitInline(buf: Buffer, from: number, to: number): string[] | undefined {
  const line = buf.toString('latin1', from, to)
  return /[\x00-\x08\x0e-\x1f]/.test(line) ? undefined : splitWords(line)
}

/** Also what MONITOR writes behind its time and address. Undefined when a quote stays open. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = []
  let at = 0
  while (words.length < MAX_INLINE_WORDS) {
    while (at < line.length && isBlank(line.charCodeAt(at))) at++
    if (at >= line.length) return words
    let word = ''
    let quote = ''
    for (;;) {
      if (at >= line.length) {
        if (quote !== '') return undefined
        break
      }
      const c = line[at]!
      if (quote === '"' && c === '\\') {
        const hex = /^\\x([0-9a-fA-F]{2})/.exec(line.slice(at, at + 4))
        if (hex) {
          word += String.fromCharCode(Number.parseInt(hex[1]!, 16))
          at += 4
        } else if (at + 1 < line.length) {
          const next = line[at + 1]!
          word += ESCAPES[next] ?? next
          at += 2
        } else return undefined
        continue
      }
      if (quote === "'" && c === '\\' && line[at + 1] === "'") {
        word += "'"
        at += 2
        continue
      }
      if (quote !== '') {
        at++
        if (c === quote) {
          // A closing quote must end the word.
          if (at < line.length && !isBlank(line.charCodeAt(at))) return undefined
          break
        }
        word += c
        continue
      }
      if (isBlank(line.charCodeAt(at))) break
      at++
      if (c === '"' || c === "'") quote = c
      else word += c
    }
    words.push(word)
  }
  return words
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }
const isBlank = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d)
