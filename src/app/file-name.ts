/** Names that captured text gives to files, made harmless. What is changed becomes `_`; the manifest keeps the name as it was. */

/** UTF-8 bytes of a name: file systems take 255, and an id and a part stand before it. */
const MAX_BYTES = 150
/** Characters of an extension that is kept when a name is cut. */
const MAX_EXTENSION = 16

/** Control codes, and what no eye sees or what turns the direction of writing, so that `exe.pdf` is not what it looks like. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu
/** What shells, Windows and archives have their own uses for. Any other blank than a space looks like one. */
const SPECIAL = /[<>:"|?*`$\\/%&;!]/g
const BLANK = /[\p{Zs}]/gu
/** Devices of Windows, with any extension. */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i

/** The last part of a path as a file name: never empty, `.`, `..`, hidden, an option, a device or longer than 150 bytes. */
export function safeName(given: string): string {
  const last = given.slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1)
  // Beyond this nothing of a name is kept anyway.
  const plain = last.length > 4096 ? `${last.slice(0, 2048)}${last.slice(-64)}` : last
  const clean = plain.normalize('NFC').replace(UNSEEN, '_').replace(SPECIAL, '_').replace(BLANK, ' ')
  const cut = shortened(clean.replace(/^[ .~-]+/, (dots: string) => '_'.repeat(Math.min(dots.length, 3))))
  const name = cut.replace(/[ .]+$/, '')
  if (name === '') return '_'
  return RESERVED.test(name) ? `_${name}` : name
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && name.length - dot <= MAX_EXTENSION ? name.slice(dot) : ''
  let stem = ''
  let room = MAX_BYTES - Buffer.byteLength(extension)
  for (const char of name.slice(0, name.length - extension.length)) {
    room -= Buffer.byteLength(char)
    if (room < 0) break
    stem += char
  }
  return stem + extension
}

/**
 * Names for a folder: the transaction's id, the part and the name, so that the same packets give the same names. On file systems that
 * see no difference between cases two names may still meet: the later one gets a number.
 */
export class UniqueNames {
  private readonly used = new Set<string>()

  of(tx: string, part: string, given: string | undefined): string {
    const base = `${safeName(tx)}-${safeName(part)}${given === undefined ? '.bin' : `-${safeName(given)}`}`
    let name = base
    for (let n = 2; this.used.has(name.toLowerCase()); n++) name = `${n}-${base}`
    this.used.add(name.toLowerCase())
    return name
  }
}
