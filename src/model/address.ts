/** Addresses as text: dotted IPv4, IPv6 as RFC 5952 writes it, MAC as ECS writes it. */
const HEX_BYTES: readonly string[] = Array.from({ length: 256 }, (_, n) => n.toString(16).toUpperCase().padStart(2, '0'))
const MAPPED_GROUPS = 6

export const ipv4Text = (buf: Uint8Array, o: number): string => `${buf[o]}.${buf[o + 1]}.${buf[o + 2]}.${buf[o + 3]}`

/** RFC 5952 §4: lower case, no leading zeros, `::` for the longest run of two or more zero groups, the first of equals. */
export function ipv6Text(buf: Uint8Array, o: number): string {
  let bestAt = -1
  let bestLength = 1
  let runAt = -1
  for (let i = 0; i < 8; i++) {
    if (group(buf, o, i) !== 0) runAt = -1
    else {
      if (runAt < 0) runAt = i
      if (i - runAt + 1 > bestLength) {
        bestAt = runAt
        bestLength = i - runAt + 1
      }
    }
  }
  // §5: IPv4-mapped addresses keep their dotted end. Five zero groups, then ffff.
  if (bestAt === 0 && bestLength === MAPPED_GROUPS - 1 && group(buf, o, 5) === 0xffff) return `::ffff:${ipv4Text(buf, o + 12)}`
  let text = ''
  for (let i = 0; i < 8; i++) {
    if (i === bestAt) {
      text += '::'
      i += bestLength - 1
      continue
    }
    if (text !== '' && !text.endsWith(':')) text += ':'
    text += group(buf, o, i).toString(16)
  }
  return text
}

export const ipText = (version: 4 | 6, buf: Uint8Array, o: number): string => (version === 4 ? ipv4Text(buf, o) : ipv6Text(buf, o))

/** 08-00-27-3D-25-4E: the form of ECS and Packetbeat. */
export const macText = (buf: Uint8Array, o: number): string =>
  `${HEX_BYTES[buf[o] ?? 0]}-${HEX_BYTES[buf[o + 1] ?? 0]}-${HEX_BYTES[buf[o + 2] ?? 0]}-${HEX_BYTES[buf[o + 3] ?? 0]}-${HEX_BYTES[buf[o + 4] ?? 0]}-${HEX_BYTES[buf[o + 5] ?? 0]}`

const group = (buf: Uint8Array, o: number, i: number): number => ((buf[o + i * 2] ?? 0) << 8) | (buf[o + i * 2 + 1] ?? 0)
