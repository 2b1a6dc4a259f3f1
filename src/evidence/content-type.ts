/** What a file is by its content: what browsers know of (`mime-type.ts`), and what an examiner looks for and browsers do not. */
import { mimeTypeOf } from '../processors/mime-type.js'

/** Bytes in hex at an offset, and the type: programs, documents, archives, captures. */
const SIGNATURES: readonly (readonly [offset: number, hex: string, type: string])[] = [
  [0, '7f454c46', 'application/x-elf'],
  [0, 'feedface', 'application/x-mach-binary'],
  [0, 'feedfacf', 'application/x-mach-binary'],
  [0, 'cefaedfe', 'application/x-mach-binary'],
  [0, 'cffaedfe', 'application/x-mach-binary'],
  [0, '64657830', 'application/vnd.android.dex'],
  [0, 'd0cf11e0a1b11ae1', 'application/x-ole-storage'],
  [0, '7b5c727466', 'application/rtf'],
  [0, '4c0000000114020000000000c000000000000046', 'application/x-ms-shortcut'],
  [0, '4d534346', 'application/vnd.ms-cab-compressed'],
  [0, '49545346', 'application/vnd.ms-htmlhelp'],
  [0, 'fd377a585a00', 'application/x-xz'],
  [0, '425a68', 'application/x-bzip2'],
  [0, '28b52ffd', 'application/zstd'],
  [0, '504b0506', 'application/zip'],
  [0, '53514c69746520666f726d6174203300', 'application/vnd.sqlite3'],
  [0, '0a0d0d0a', 'application/x-pcapng'],
  [0, 'd4c3b2a1', 'application/vnd.tcpdump.pcap'],
  [0, 'a1b2c3d4', 'application/vnd.tcpdump.pcap'],
  [0, '49492a00', 'image/tiff'],
  [0, '4d4d002a', 'image/tiff'],
  [257, '7573746172', 'application/x-tar'],
]
const compiled = SIGNATURES.map(([offset, hex, type]) => ({ offset, bytes: Buffer.from(hex, 'hex'), type }))

/** @param head the first bytes of the content; none = nothing can be told */
export function contentTypeOf(head: Buffer): string | undefined {
  if (head.length === 0) return undefined
  for (const { offset, bytes, type } of compiled)
    if (head.length >= offset + bytes.length && head.compare(bytes, 0, bytes.length, offset, offset + bytes.length) === 0) return type
  if (isPortableExecutable(head)) return 'application/vnd.microsoft.portable-executable'
  // ca fe ba be begins both; a fat binary counts its architectures where a class has its version, which is never as small.
  if (head.length >= 8 && head.readUInt32BE(0) === 0xcafebabe)
    return head.readUInt32BE(4) < 40 ? 'application/x-mach-binary' : 'application/java-vm'
  const text = head.toString('latin1', 0, 2)
  const sniffed = mimeTypeOf(head)
  if (text === '#!' && sniffed.startsWith('text/plain')) return 'text/x-script'
  return sniffed.split(';', 1)[0]
}

/** "MZ" alone begins many a text: the offset at 0x3c must lead to "PE", or out of what is here. */
function isPortableExecutable(head: Buffer): boolean {
  if (head.length < 0x40 || head[0] !== 0x4d || head[1] !== 0x5a) return false
  const at = head.readUInt32LE(0x3c)
  return at + 4 <= head.length ? head.readUInt32BE(at) === 0x50450000 : at < 0x10000
}
