/** The port mapper: version 2, and rpcbind versions 3 and 4 (RFC 1833): which program listens where. */
import { programName } from '../shared/oncrpc/programs.js'
import type { Xdr } from '../shared/oncrpc/xdr.js'
import { Args, MAX_NAME, Result } from './bodies.js'
import type { Facts } from './fields.js'
import { listed } from './mount.js'

const SET = 1
const UNSET = 2
/** GETADDR in versions 3 and 4. */
const GETPORT = 3
const DUMP = 4
/** BCAST from version 3 on. */
const CALLIT = 5
const GETVERSADDR = 9
const INDIRECT = 10
const GETADDRLIST = 11

const transportName = (protocol: number): string => (protocol === 6 ? 'tcp' : protocol === 17 ? 'udp' : String(protocol))

export function readPortmapArgs(x: Xdr, version: number, procedure: number): Args {
  const a = new Args()
  const { row } = a
  x.watch(row)
  const mapping =
    procedure === SET ||
    procedure === UNSET ||
    procedure === GETPORT ||
    (version > 2 && (procedure === GETVERSADDR || procedure === GETADDRLIST))
  if (mapping) {
    row.mapped_program = programName(x.u32())
    row.mapped_version = x.u32()
    if (version === 2) {
      row.mapped_transport = transportName(x.u32())
      const port = x.u32()
      if (procedure === SET) row.mapped_port = port
    } else {
      row.mapped_transport = x.text(MAX_NAME)
      const address = x.text(MAX_NAME)
      if (address !== '') setAddress(row, address)
      x.skipOpaque(MAX_NAME)
    }
  } else if (procedure === CALLIT || (version > 2 && procedure === INDIRECT)) {
    row.mapped_program = programName(x.u32())
    row.mapped_version = x.u32()
    x.u32()
    x.bulk()
  }
  return a
}

export function readPortmapResult(x: Xdr, version: number, procedure: number): Result {
  const r = new Result()
  const { row } = r
  x.watch(row)
  if (procedure === GETPORT || (version > 2 && procedure === GETVERSADDR)) {
    if (version === 2) row.mapped_port = x.u32()
    else setAddress(row, x.text(MAX_NAME))
  } else if (procedure === DUMP) {
    const mappings: Record<string, unknown>[] = []
    row.mappings = mappings
    r.rows = listed(x, () => (version === 2 ? mapping2(x) : mapping3(x)), mappings)
  } else if (procedure === CALLIT && version === 2) row.mapped_port = x.u32()
  return r
}

const mapping2 = (x: Xdr) => ({ program: programName(x.u32()), version: x.u32(), transport: transportName(x.u32()), port: x.u32() })

function mapping3(x: Xdr): Record<string, unknown> {
  const row: Record<string, unknown> = { program: programName(x.u32()), version: x.u32() }
  row.transport = x.text(MAX_NAME)
  row.address = x.text(MAX_NAME)
  row.owner = x.text(MAX_NAME)
  return row
}

/** A universal address ends in the port's two bytes: 0.0.0.0.8.1 is port 2049 (RFC 5665 §5.2.3). Empty = not registered. */
function setAddress(row: Facts, address: string): void {
  row.mapped_address = address
  if (address === '') row.mapped_port = 0
  const port = address.match(/\.(\d{1,3})\.(\d{1,3})$/)
  if (port !== null) row.mapped_port = Number(port[1]) * 256 + Number(port[2])
}
