/** The values of a Bind or a FunctionCall: formats, count, lengths and bytes; of a Bind the formats of the result follow. */
import { isCardNumber, isSecretName } from '../shared/secret-names.js'
import { maskWords } from './secrets.js'
import { readValue } from './values.js'

/** Characters of the JSON text of all values. */
const MAX_PARAMS = 64 * 1024
const NAME = /^[A-Za-z][\w.-]{2,63}$/

export interface BoundValues {
  /** JSON array of the values; undefined without any. */
  readonly params: string | undefined
  readonly count: number
  /** Formats asked for the result's columns: none = text, one = all, else each. */
  readonly resultFormats: readonly number[]
  /** Some values are not shown: cut, too long, or the message is not what it should be. */
  readonly incomplete: boolean
  /** Secrets among them, to be taken out of the server's words. */
  readonly secrets: readonly string[]
}

/**
 * @param types OIDs of the parameters, as far as they are known
 * @param secretParams ordinals of parameters that are secret
 */
export function readBound(
  buf: Buffer,
  cut: boolean,
  latin: boolean,
  types: readonly number[],
  secretParams: readonly number[],
  secret: (text: string) => string,
): BoundValues {
  let pos = 0
  const u16 = (): number => {
    pos += 2
    return pos <= buf.length ? buf.readUInt16BE(pos - 2) : -1
  }
  const formatCount = u16()
  const formatsAt = pos
  pos += 2 * Math.max(0, formatCount)
  const count = u16()
  const parts: string[] = []
  const secrets: string[] = []
  let length = 0
  let incomplete = cut || count < 0
  /** The value before is the name of a secret: set_config($1, $2), INSERT INTO settings VALUES ($1, $2). */
  let named = false
  for (let i = 0; i < count; i++) {
    const size = pos + 4 <= buf.length ? buf.readInt32BE(pos) : -2
    pos += 4
    if (size < -1 || pos + size > buf.length) {
      incomplete = true
      pos = buf.length + 1
      break
    }
    if (size === -1) {
      if (length <= MAX_PARAMS) parts.push('null')
      continue
    }
    const bytes = buf.subarray(pos, pos + size)
    pos += size
    if (length > MAX_PARAMS) {
      incomplete = true
      continue
    }
    const formatAt = formatCount === 0 ? -1 : formatsAt + 2 * (formatCount === 1 ? 0 : i)
    const binary = formatAt >= 0 && (formatCount === 1 || i < formatCount) && buf.readUInt16BE(formatAt) === 1
    const value = readValue(bytes, types[i] ?? 0, binary, latin)
    let json: string
    const isSecret: boolean = named || secretParams.includes(i) || isCardNumber(value.text)
    named = !isSecret && NAME.test(value.text) && isSecretName(value.text)
    if (isSecret) {
      if (value.text !== '') secrets.push(value.text)
      json = value.bare && secret(value.text) === value.text ? value.text : JSON.stringify(secret(value.text))
    } else json = value.bare ? value.text : JSON.stringify(maskWords(value.text, secret))
    parts.push(json)
    length += json.length
  }
  const resultFormats: number[] = []
  const results = u16()
  for (let i = 0; i < results && pos + 2 <= buf.length; i++) resultFormats.push(u16())
  return {
    params: parts.length > 0 ? `[${parts.join(',')}${incomplete ? ',"..."' : ''}]` : undefined,
    count: Math.max(0, count),
    resultFormats,
    incomplete,
    secrets,
  }
}
