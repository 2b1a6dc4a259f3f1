/** JSON text for values that a protocol hands on: 64-bit integers exact, control codes escaped, nothing that can throw. */

/** Levels of nesting written; deeper ones become null. Real protocol values nest less than ten deep. */
const MAX_DEPTH = 64
/** Everything but the characters that may stand in a JSON string as they are. */
const ODD =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: the ends of ranges, each a character of its own.
  /[^ !#-[\]-~\u00a0-\u00ac\u00ae-\u061b\u061d-\u180d\u180f-\u200a\u200c\u200d\u2010-\u2027\u202f-\u205f\u206a-\ud7ff\ue000-\ufefe\uff00-\ufff8\ufffc\ufffd]/
/** What JSON allows but some terminals obey, or nobody can see: DEL, C1, direction overrides, tags, line separators. */
const OBEYED =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]|\udb40[\udc00-\udc7f]/g

const escaped = (chars: string): string => {
  let text = ''
  for (let i = 0; i < chars.length; i++) text += `\\u${chars.charCodeAt(i).toString(16).padStart(4, '0')}`
  return text
}

/** A JSON string, quotes included. */
export const jsonString = (text: string): string => (ODD.test(text) ? JSON.stringify(text).replace(OBEYED, escaped) : `"${text}"`)

/** JSON text that is valid already, and what it says as far as JavaScript numbers can hold it. */
export class RawJson {
  constructor(
    readonly text: string,
    readonly value: unknown,
  ) {}
}

export function jsonText(value: unknown, depth = 0): string {
  switch (typeof value) {
    case 'string':
      return jsonString(value)
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null'
    case 'bigint':
      return String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      break
    default:
      return 'null'
  }
  if (value === null || depth > MAX_DEPTH) return 'null'
  if (Array.isArray(value)) {
    let text = '['
    for (let i = 0; i < value.length; i++) text += (i === 0 ? '' : ',') + jsonText(value[i], depth + 1)
    return `${text}]`
  }
  if (value instanceof Uint8Array) return `"${Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')}"`
  if (value instanceof RawJson) return value.text.replace(OBEYED, escaped)
  if (value instanceof Map) return jsonText(Object.fromEntries(value), depth)
  let text = '{'
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key]
    if (item !== undefined) text += `${text === '{' ? '' : ','}${jsonString(key)}:${jsonText(item, depth + 1)}`
  }
  return `${text}}`
}
