/** Memcache conversations in few words. */
import { memcache } from '../../../src/protocols/memcache/index.js'
import { type Driven, drive, type Step } from '../../support/drive.js'

export const talk = (steps: readonly Step[], opts: Parameters<typeof drive>[2] = {}): Promise<Driven> => drive(memcache, steps, opts)

/** Each row as "status query -> reply (completeness)". */
export const brief = (driven: Driven): string[] =>
  driven.transactions.map((tx) =>
    [tx.status, tx.query ?? '-', '->', tx.row.response_command ?? '-', tx.complete === 'complete' ? '' : `(${tx.complete})`]
      .filter((part) => part !== '')
      .join(' '),
  )
export const told = async (steps: readonly Step[], opts: Parameters<typeof drive>[2] = {}): Promise<string[]> =>
  brief(await talk(steps, opts))

interface Parts {
  key?: string
  extras?: Buffer
  value?: string
  opaque?: number
  cas?: bigint
  status?: number
}
const header =
  (magic: number) =>
  (opcode: number, { key = '', extras = Buffer.alloc(0), value = '', opaque = 0, cas = 0n, status = 0 }: Parts = {}): Buffer => {
    const head = Buffer.alloc(24)
    head[0] = magic
    head[1] = opcode
    head.writeUInt16BE(key.length, 2)
    head[4] = extras.length
    head.writeUInt16BE(status, 6)
    head.writeUInt32BE(extras.length + key.length + value.length, 8)
    head.writeUInt32BE(opaque, 12)
    head.writeBigUInt64BE(cas, 16)
    return Buffer.concat([head, extras, Buffer.from(key, 'latin1'), Buffer.from(value, 'latin1')])
  }
export const asked = header(0x80)
export const answered = header(0x81)
export const store = Buffer.alloc(8)
export const flags = Buffer.alloc(4)

/** A datagram: id, number, total, and what it carries. */
export const datagram = (id: number, number: number, total: number, bytes: string | Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(number, 2)
  head.writeUInt16BE(total, 4)
  return Buffer.concat([head, typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes])
}
