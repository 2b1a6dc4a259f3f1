import { describe, expect, it } from 'vitest'
import { nfs } from '../../../src/protocols/nfs/index.js'
import { notes } from '../../../src/protocols/nfs/notes.js'
import { drive, type Step } from '../../support/drive.js'
import { call, compound, handle, opaque, type Part, record, reply, results, xdr } from './build.js'

const rows = async (steps: readonly Step[], opts?: Parameters<typeof drive>[2]) => (await drive(nfs, steps, opts)).transactions
const stateid = Buffer.alloc(16, 0x5a)
const session = Buffer.alloc(16, 0x11)
const putroot = xdr(24)
const putfh = (fh: string) => xdr(22, handle(fh))
const look = (name: string) => xdr(15, name)
const getfh = xdr(10)
const ok = (op: number, ...rest: Part[]) => xdr(op, 0, ...rest)
const change = xdr(1, 1n, 2n)
const wanted = xdr(9, 1, 1 << 4)
const sized = (size: bigint) => ok(9, 1, 1 << 4, opaque(xdr(size)))

describe('COMPOUND', () => {
  it('walks from the root and names what it reads', async () => {
    const steps: Step[] = [
      ['client', record(compound(1, 0, putroot, look('export'), look('a.txt'), getfh, wanted))],
      ['server', record(results(1, 0, ok(24), ok(15), ok(15), ok(10, handle('bb01')), sized(99n)))],
      ['client', record(compound(2, 0, putfh('bb01'), xdr(25, stateid, 10n, 4096), wanted))],
      ['server', record(results(2, 0, ok(22), ok(25, 1, opaque(Buffer.alloc(50))), sized(60n)))],
    ]
    for (const chunk of [1, 17, 4000]) {
      const [walk, content] = await rows(steps, { chunk })
      expect(walk).toMatchObject({
        method: 'GETATTR',
        resource: '/export/a.txt',
        row: { handle: 'bb01', file_size: 99, nfs_status: 'NFS_OK' },
      })
      expect(content).toMatchObject({
        method: 'READ',
        resource: '/export/a.txt',
        query: 'READ /export/a.txt offset 10 count 4096',
        row: { name: 'a.txt', moved: 50, eof: true, file_size: 60, stateid: '5a'.repeat(16) },
      })
    }
  })

  it('reads on behind content, wherever it stands', async () => {
    const write = (size: number) => xdr(38, stateid, 0n, 2, opaque(Buffer.alloc(size, 'x')))
    const message = record(
      compound(1, 1, xdr(53, session, 3, 0, 0, 0), putfh('bb01'), write(5001), xdr(25, stateid, 0n, 9000), write(2002), xdr(29, 'a', 'b')),
    )
    const answer = record(
      results(
        1,
        0,
        ok(53, session, 3, 0, 0, 0, 0),
        ok(22),
        ok(38, 5001, 2, 0n),
        ok(25, 0, opaque(Buffer.alloc(9000))),
        ok(38, 2002, 2, 0n),
        ok(29, change, change),
      ),
    )
    let first: unknown
    for (const chunk of [100_000, 1, 100, 700, 1448]) {
      const [tx] = await rows(
        [
          ['client', message],
          ['server', answer],
        ],
        { chunk },
      )
      expect(tx).toMatchObject({
        method: 'WRITE',
        complete: 'complete',
        row: { count: 5001, moved: 5001, committed: 'FILE_SYNC', session_id: '11'.repeat(16), sequence: 3, slot: 0, minor_version: 1 },
      })
      const { operations } = tx!.row as { operations: { op: string }[] }
      expect(operations.map((one) => one.op)).toEqual(['SEQUENCE', 'PUTFH', 'WRITE', 'READ', 'WRITE', 'RENAME'])
      first ??= operations
      expect(operations).toEqual(first)
    }
  })

  it('opens by name, creates, renames', async () => {
    const open = xdr(18, 1, 2, 1, 7n, 'owner-1', 1, 1, 1, 1 << 4, opaque(xdr(0n)), 0, 'new.txt')
    const all = await rows([
      ['client', record(compound(1, 0, putfh('bb00'), open, getfh))],
      ['server', record(results(1, 0, ok(22), ok(18, stateid, change, 0, 0, 2, stateid, 0, 1, 0n, 0, 0, 0, ''), ok(10, handle('bb05'))))],
      ['client', record(compound(2, 0, putfh('bb00'), xdr(32), putfh('bb09'), xdr(29, 'new.txt', 'old.txt')))],
      ['server', record(results(2, 0, ok(22), ok(32), ok(22), ok(29, change, change)))],
      ['client', record(compound(3, 0, putfh('bb05'), xdr(4, 2, stateid)))],
      ['server', record(results(3, 10026, ok(22), xdr(4, 10026)))],
    ])
    expect(all[0]).toMatchObject({
      method: 'OPEN',
      resource: 'new.txt',
      row: {
        ...{ handle: 'bb00', result_handle: 'bb05', open_access: 'write', open_deny: 'read', create_mode: 'GUARDED', claim: 'NULL' },
        ...{ owner: 'owner-1', delegation: 'write', set_attributes: { size: 0 }, client_id: '0000000000000007' },
      },
    })
    expect(all[1]).toMatchObject({ method: 'RENAME', row: { rename_from: 'new.txt', rename_to: 'old.txt' } })
    expect(all[2]).toMatchObject({ method: 'CLOSE', resource: 'old.txt', status: 'Error', error: 'NFSERR_BAD_SEQID' })
  })

  it('a name that leads nowhere is what failed', async () => {
    const [tx] = await rows([
      ['client', record(compound(1, 0, putroot, look('no'), look('way'), getfh))],
      ['server', record(results(1, 2, ok(24), xdr(15, 2)))],
    ])
    expect(tx).toMatchObject({ status: 'Error', error: 'NFSERR_NOENT', resource: '/no/way' })
  })

  it('an operation in vain that is not the last word', async () => {
    const [tx] = await rows([
      ['client', record(compound(1, 0, putfh('bb01'), xdr(3, 1), look('x')))],
      ['server', record(results(1, 2, ok(22), ok(3, 1, 1), xdr(15, 2)))],
    ])
    expect(tx).toMatchObject({ method: 'ACCESS', error: 'NFSERR_NOENT', row: { main_status: 'NFS_OK', access_granted: ['READ'] } })
  })

  it('stops at what nobody knows', async () => {
    const all = await rows([
      ['client', record(compound(1, 0, putfh('bb01'), xdr(4711, 1, 2, 3)))],
      ['client', record(compound(2, 9, putfh('bb01')))],
    ])
    expect(all[0]).toMatchObject({ method: 'ILLEGAL', notes: [notes.illegal(4711), notes.unanswered].reverse() })
    expect(all[1]!.row).toMatchObject({ minor_version: 9 })
  })

  it('directory entries teach their handles', async () => {
    const entry = (name: string, fh: string) => xdr(1, 1n, name, 1, 1 << 19, opaque(handle(fh)))
    const all = await rows([
      ['client', record(compound(1, 0, putroot, xdr(26, 0n, 0n, 100, 1000, 1, 1 << 19)))],
      ['server', record(results(1, 0, ok(24), ok(26, 0n, entry('one', 'cc01'), entry('two', 'cc02'), 0, 1)))],
      ['client', record(compound(2, 0, putfh('cc02'), xdr(25, stateid, 0n, 10)))],
    ])
    expect(all[0]).toMatchObject({ method: 'READDIR', rows: 2, row: { entry_names: ['one', 'two'], eof: true } })
    expect(all[1]).toMatchObject({ resource: '/two', status: 'NO_REPLY' })
  })
})

describe('callbacks', () => {
  const cb = (xid: number) =>
    call(xid, 1, xdr('', 1, 0, 2, 11, session, 1, 0, 0, 0, 0, 4, stateid, 0, handle('bb01')), {
      program: 0x40001234,
      version: 1,
      cred: xdr(0, 0),
    })

  it('come on the same connection the other way, under ids of their own', async () => {
    const all = await rows([
      ['client', record(compound(1, 1, putroot, look('a'), getfh))],
      ['server', record(results(1, 0, ok(24), ok(15), ok(10, handle('bb01'))))],
      ['client', record(compound(2, 1, putfh('bb01'), wanted))],
      ['server', record(cb(2))],
      ['client', record(reply(2, xdr(0, '', 2, 11, 0, session, 1, 0, 0, 0, 4, 0)))],
      ['server', record(results(2, 0, ok(22), sized(1n)))],
    ])
    expect(all.map((t) => [t.method, t.resource, t.complete])).toEqual([
      ['GETFH', '/a', 'complete'],
      ['CB_RECALL', '/a', 'complete'],
      ['GETATTR', '/a', 'complete'],
    ])
    expect(all[1]).toMatchObject({
      session_event: true,
      notes: [notes.calledBack],
      row: { program: 'nfs_cb', callback: true, session_id: '11'.repeat(16), stateid: '5a'.repeat(16), nfs_status: 'NFS_OK' },
    })
  })

  it('of version 4.0 come on a connection of their own', async () => {
    const [tx] = await rows([
      ['client', record(cb(1))],
      ['server', record(reply(1, xdr(0, '', 1, 11, 10052)))],
    ])
    expect(tx).toMatchObject({ method: 'CB_RECALL', row: { callback: true } })
    expect(tx!.notes).toBeUndefined()
  })
})
