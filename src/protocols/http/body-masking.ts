/** Secrets inside bodies that are written: forms, multipart forms, JSON, XML and other text. One pass over the text each. */
import type { Masking } from './masking.js'

/** By the form of the body first, then as plain text: strings in documents hold documents and connection strings. */
export function maskBody(text: string, contentType: string, masking: Masking): string {
  const formed = maskForm(text, contentType, masking)
  // A parameter's value is looked into before it is encoded again.
  return contentType.toLowerCase().includes('x-www-form-urlencoded') ? formed : masking.text(formed)
}

function maskForm(text: string, contentType: string, masking: Masking): string {
  const type = contentType.toLowerCase()
  // What a body is does not always agree with what it is called: scripts post JSON as a form.
  if (type.startsWith('multipart/') || FORM_DATA.test(text)) return maskMultipart(text, masking)
  const json = type.includes('json') || looksLikeJson(text) ? maskJson(text, masking) : text
  if (type.includes('x-www-form-urlencoded')) return masking.parameters(json)
  return type.includes('xml') ? maskXml(json, masking) : json
}

const FORM_DATA = /^--[^\r\n]{1,200}\r?\nContent-Disposition:\s{0,8}form-data/i
const looksLikeJson = (text: string): boolean => /^\s{0,16}[{[]/.test(text.slice(0, 20))

/** Position after the string that starts at the quote at `from`; the end of the text when it never closes. */
function afterString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === 0x5c) at++
    else if (c === 0x22) return at + 1
  }
  return text.length
}

/** Position after a flat list, such as one of passwords; a list in it ends it early. */
function afterList(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text[at] !== ']' && text[at] !== '{') at = text[at] === '"' ? afterString(text, at) : at + 1
  return text[at] === ']' ? at + 1 : from
}

function skipBlank(text: string, from: number): number {
  let at = from
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++
  return at
}

/** Values of members whose name is secret: "password": "..." in JSON text that need not be valid. */
export function maskJson(text: string, masking: Masking): string {
  let out = ''
  let kept = 0
  for (let at = text.indexOf('"'); at >= 0 && at < text.length; at = text.indexOf('"', at)) {
    const nameEnd = afterString(text, at)
    const colon = skipBlank(text, nameEnd)
    if (text[colon] !== ':') {
      at = nameEnd
      continue
    }
    const name = text.slice(at + 1, nameEnd - 1)
    const from = skipBlank(text, colon + 1)
    const isString = text[from] === '"'
    let to = from
    if (isString) to = afterString(text, from)
    else if (text[from] === '[') to = afterList(text, from)
    else while (to < text.length && /[\w.+-]/.test(text[to]!)) to++
    const value = isString ? text.slice(from + 1, to - 1) : text.slice(from, to)
    const masked = to > from ? masking.value(name, value) : value
    if (masked !== value) {
      out += `${text.slice(kept, from)}"${masked}"`
      kept = to
    }
    // A list that is not secret is read on inside.
    at = masked === value && !isString ? from : Math.max(to, colon + 1)
  }
  return kept === 0 ? text : out + text.slice(kept)
}

/** Content of elements whose name is secret: <wsse:Password Type="...">...</. */
export function maskXml(text: string, masking: Masking): string {
  let out = ''
  let kept = 0
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    let nameEnd = at + 1
    while (nameEnd < text.length && /[\w:.-]/.test(text[nameEnd]!)) nameEnd++
    if (nameEnd === at + 1) continue
    const qualified = text.slice(at + 1, nameEnd)
    const close = text.indexOf('>', nameEnd)
    if (close < 0) break
    at = close
    if (text[close - 1] === '/') continue
    const next = text.indexOf('<', close)
    const end = next < 0 ? text.length : next
    const name = qualified.slice(qualified.indexOf(':') + 1)
    const value = text.slice(close + 1, end)
    const masked = masking.value(name, value)
    if (masked !== value) {
      out += text.slice(kept, close + 1) + masked
      kept = end
    }
  }
  return kept === 0 ? text : out + text.slice(kept)
}

/** Parts of a multipart form whose name is secret. RFC 7578 */
export function maskMultipart(text: string, masking: Masking): string {
  const delimiter = text.startsWith('--') ? text.slice(0, text.search(/\r?\n|$/)) : ''
  if (delimiter.length < 3 || delimiter.length > 200) return text
  const parts = text.split(delimiter)
  return parts
    .map((part) => {
      const blank = /\r?\n\r?\n/.exec(part)
      if (!blank) return part
      const name = /;[ \t]*name="?([^";\r\n]{1,200})/i.exec(part.slice(0, blank.index))?.[1]
      const from = blank.index + blank[0].length
      const end = part.endsWith('\r\n') ? part.length - 2 : part.endsWith('\n') ? part.length - 1 : part.length
      const value = part.slice(from, Math.max(from, end))
      const named = name === undefined ? value : masking.value(name, value)
      const masked = named === value && looksLikeJson(value) ? maskJson(value, masking) : named
      return masked === value ? part : part.slice(0, from) + masked + part.slice(Math.max(from, end))
    })
    .join(delimiter)
}
