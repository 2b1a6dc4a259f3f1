/** What kind of content bytes are, told by their beginning as browsers do it: WHATWG MIME Sniffing, 2020, §6 and §7. */

/** Bytes looked at: the standard's resource header. */
const HEADER = 1445

/** Byte patterns at the start: bytes in hex, `..` for any. */
const SIGNATURES: readonly (readonly [pattern: string, type: string])[] = [
  ['255044462d', 'application/pdf'],
  ['252150532d41646f62652d', 'application/postscript'],
  ['474946383761', 'image/gif'],
  ['474946383961', 'image/gif'],
  ['89504e470d0a1a0a', 'image/png'],
  ['ffd8ff', 'image/jpeg'],
  ['424d', 'image/bmp'],
  ['00000100', 'image/x-icon'],
  ['00000200', 'image/x-icon'],
  ['52494646........57454250', 'image/webp'],
  ['52494646........57415645', 'audio/wave'],
  ['52494646........41564920', 'video/avi'],
  ['464f524d........41494646', 'audio/aiff'],
  ['494433', 'audio/mpeg'],
  ['4f67675300', 'application/ogg'],
  ['4d54686400000006', 'audio/midi'],
  ['1a45dfa3', 'video/webm'],
  ['........66747970', 'video/mp4'],
  ['774f4646', 'font/woff'],
  ['774f4632', 'font/woff2'],
  ['00010000', 'font/ttf'],
  ['4f54544f', 'font/otf'],
  ['1f8b08', 'application/x-gzip'],
  ['504b0304', 'application/zip'],
  ['526172211a0700', 'application/x-rar-compressed'],
  ['526172211a070100', 'application/x-rar-compressed'],
  ['377abcaf271c', 'application/x-7z-compressed'],
  ['0061736d', 'application/wasm'],
]
const compiled = SIGNATURES.map(([hex, type]) => ({
  bytes: hex.match(/../g)!.map((pair) => (pair === '..' ? -1 : Number.parseInt(pair, 16))),
  type,
}))

/** Tags that begin a page, §7.1; behind them a blank or '>'. */
const PAGE = /^(?:<!doctype html|<html|<head|<script|<iframe|<h1|<div|<font|<table|<a|<style|<title|<b|<body|<br|<p)(?=[ >])|^<!--/i

/** A media type with its charset where it is text; application/octet-stream for what is unknown. */
export function mimeTypeOf(content: Buffer): string {
  const head = content.subarray(0, HEADER)
  let from = 0
  while (from < head.length && isBlank(head[from]!)) from++
  const text = head.toString('latin1', from)
  if (PAGE.test(text)) return 'text/html; charset=utf-8'
  if (/^<\?xml/i.test(text)) return 'text/xml; charset=utf-8'
  for (const { bytes, type } of compiled)
    if (bytes.every((byte, i) => byte < 0 || head[i] === byte) && bytes.length <= head.length) return type
  if (head[0] === 0xfe && head[1] === 0xff) return 'text/plain; charset=utf-16be'
  if (head[0] === 0xff && head[1] === 0xfe) return 'text/plain; charset=utf-16le'
  return head.some(isBinary) ? 'application/octet-stream' : 'text/plain; charset=utf-8'
}

const isBlank = (c: number): boolean => c === 0x20 || c === 0x09 || c === 0x0a || c === 0x0c || c === 0x0d
/** §4 binary data byte. */
const isBinary = (c: number): boolean => c <= 0x08 || c === 0x0b || (c >= 0x0e && c <= 0x1a) || (c >= 0x1c && c <= 0x1f)
