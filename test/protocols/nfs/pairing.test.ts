import { describe, expect, it } from 'vitest'
import { nfs } from '../../../src/protocols/nfs/index.js'
import { notes } from '../../../src/protocols/nfs/notes.js'
import { drive, type Step } from '../../support/drive.js'
import { call, found, getattr, gotattr, gss, handle, lookup, none, opaque, read, record, refused, reply, xdr } from './build.js'

const rows = async (steps: readonly Step[], opts?: Parameters<typeof drive>[2]) => (await drive(nfs, steps, opts)).transactions
const datagrams = { transport: 'udp' } as const

describe('calls and replies', () => {
  it('meet by id, in any order', async () => {
    const all = await rows([
      ['client', Buffer.concat([1, 2, 3].map((n) => record(getattr(n))))],
      ['server', Buffer.concat([3, 1, 2].map((n) => record(gotattr(n))))],
    ])
    expect(all.map((t) => [t.row.xid, t.complete])).toEqual([
      ['00000003', 'complete'],
      ['00000001', 'complete'],
      ['00000002', 'complete'],
    ])
  })

  it('sent again are one row', async () => {
    const [first, ...rest] = await rows(
      [
        ['client', getattr(1)],
        ['client', getattr(1)],
        ['server', gotattr(1)],
        ['server', gotattr(1)],
      ],
      datagrams,
    )
    expect(first).toMatchObject({ complete: 'complete', row: { retransmissions: 1 }, notes: [notes.repeats(1)] })
    expect(rest).toMatchObject([{ complete: 'orphan-response', notes: [notes.answeredTwice] }])
  })

  it('under a used id are two rows', async () => {
    const all = await rows(
      [
        ['client', getattr(1)],
        ['client', read(1)],
        ['server', gotattr(9)],
      ],
      datagrams,
    )
    expect(all.map((t) => [t.method, t.status, t.notes])).toEqual([
      ['GETATTR', 'NO_REPLY', [notes.unanswered, notes.idReused]],
      ['unknown', 'Error', [notes.orphan]],
      ['READ', 'NO_REPLY', [notes.unanswered]],
    ])
  })

  it('do not meet when the reply is the older one', async () => {
    const all = await rows(
      [
        ['server', gotattr(1)],
        ['client', getattr(1)],
      ],
      datagrams,
    )
    expect(all.map((t) => t.complete)).toEqual(['orphan-response', 'no-response'])
  })
})

describe('refusals', () => {
  it.each<[string, Buffer, object, string]>([
    ['unknown program', xdr(1, 1, 0, 0, 0, 1), { rpc_status: 'prog_unavail' }, 'prog_unavail'],
    ['unknown version', xdr(1, 1, 0, 0, 0, 2, 3, 4), { rpc_status: 'prog_mismatch', rpc_versions: '3-4' }, 'prog_mismatch, supported: 3-4'],
    ['unknown procedure', xdr(1, 1, 0, 0, 0, 3), { rpc_status: 'proc_unavail' }, 'proc_unavail'],
    ['garbage', xdr(1, 1, 0, 0, 0, 4), { rpc_status: 'garbage_args' }, 'garbage_args'],
    ['trouble at the server', xdr(1, 1, 0, 0, 0, 5), { rpc_status: 'system_err' }, 'system_err'],
    ['RPC version', refused(1, 1, 0, 2, 2), { rpc_status: 'rpc_mismatch', rpc_versions: '2' }, 'rpc_mismatch, supported: 2'],
    ['weak credentials', refused(1, 1, 1, 5), { rpc_status: 'auth_error', rpc_auth_status: 'AUTH_TOOWEAK' }, 'AUTH_TOOWEAK'],
    [
      'a lost context',
      refused(1, 1, 1, 14),
      { rpc_status: 'auth_error', rpc_auth_status: 'RPCSEC_GSS_CTXPROBLEM' },
      'RPCSEC_GSS_CTXPROBLEM',
    ],
  ])('%s', async (_name, answer, row, error) => {
    const [tx] = await rows([
      ['client', record(getattr(1))],
      ['server', record(answer)],
    ])
    expect(tx).toMatchObject({ status: 'Error', complete: 'complete', error, row: { opcode: 'GETATTR', ...row } })
  })
})

describe('credentials', () => {
  it('of AUTH_SYS are columns', async () => {
    const [tx] = await rows([['client', record(getattr(1))]])
    expect(tx).toMatchObject({
      status: 'NO_REPLY',
      user: '1000',
      row: { auth_flavor: 'unix', cred_stamp: 7, machine: 'desk', uid: 1000, gid: 100, gids: [100, 27] },
    })
  })

  it('whose own lengths lead out of them spoil nothing else', async () => {
    const cred = xdr(1, opaque(xdr(7, 200, Buffer.alloc(8))))
    const [tx] = await rows([['client', record(call(1, 1, handle('aa01'), { cred }))]])
    expect(tx).toMatchObject({ method: 'GETATTR', row: { auth_flavor: 'unix', handle: 'aa01' } })
    expect(tx!.row.uid).toBeUndefined()
  })

  it('of RPCSEC_GSS with integrity: the arguments are read', async () => {
    const body = xdr(9, handle('aa01'))
    const answer = xdr(9, 0, 0, 5)
    const [tx] = await rows([
      ['client', record(call(1, 4, xdr(opaque(Buffer.concat([body, xdr(5)])), 'mic'), { cred: gss(0, 2) }))],
      ['server', record(reply(1, xdr(opaque(answer), 'mic'), xdr(6, 'mic')))],
    ])
    expect(tx).toMatchObject({
      status: 'OK',
      row: {
        auth_flavor: 'rpcsec_gss',
        gss_procedure: 'data',
        gss_service: 'integrity',
        handle: 'aa01',
        access_granted: ['READ', 'MODIFY'],
      },
    })
  })

  it('of RPCSEC_GSS with privacy: only the procedure is known', async () => {
    const [tx] = await rows([
      ['client', record(call(1, 6, xdr('encrypted arguments'), { cred: gss(0, 3) }))],
      ['server', record(reply(1, xdr('encrypted results'), xdr(6, 'mic')))],
    ])
    expect(tx).toMatchObject({ method: 'READ', status: 'OK', notes: [notes.sealed], row: { gss_service: 'privacy' } })
    expect(tx!.row.handle).toBeUndefined()
  })

  it('of RPCSEC_GSS while the context is made: tokens are not kept', async () => {
    const all = await rows([
      ['client', record(call(1, 0, xdr('S3CRET token'), { cred: gss(1, 1) }))],
      ['server', record(reply(1, xdr('ctx1', 0, 0, 128, 'S3CRET answer')))],
    ])
    expect(all).toMatchObject([{ method: 'NULL', row: { gss_procedure: 'init' } }])
    expect(JSON.stringify(all)).not.toContain('S3CRET')
  })

  it('AUTH_TLS: the connection goes over to TLS', async () => {
    const driven = await drive(nfs, [
      ['client', record(call(1, 0, Buffer.alloc(0), { cred: xdr(7, 0) }))],
      ['server', record(reply(1, Buffer.alloc(0), xdr(0, 'STARTTLS')))],
      ['client', '\x16\x03\x01\x00\x05hello'],
      ['server', '\x16\x03\x01\x00\x05hello'],
    ])
    expect(driven.upgradedTo).toBe('tls')
    expect(driven.transactions).toMatchObject([{ method: 'NULL', status: 'OK', row: { auth_flavor: 'tls' } }])
    expect(driven.verdicts.slice(-2)).toEqual(['upgrade', 'upgrade'])
  })
})

describe('programs around NFS', () => {
  const mnt = (xid: number, path: string) => call(xid, 1, xdr(path), { program: 100005 })

  it('MNT gives the root of paths', async () => {
    const all = await rows(
      [
        ['client', mnt(1, '/export')],
        ['server', reply(1, xdr(0, handle('aa00'), 2, 1, 390003))],
        ['client', lookup(2, 'aa00', 'dir')],
        ['server', found(2, 'aa01')],
        ['client', lookup(3, 'aa01', 'file')],
        ['server', found(3, 'aa02')],
        ['client', read(4, 'aa02')],
      ],
      datagrams,
    )
    expect(all[0]).toMatchObject({ session_event: true, row: { program: 'mount', nfs_status: 'MNT3_OK', auth_flavors: ['unix', 'krb5'] } })
    expect(all.map((t) => t.resource)).toEqual(['/export', '/export/dir', '/export/dir/file', '/export/dir/file'])
  })

  it('refused MNT, a list of exports', async () => {
    const all = await rows(
      [
        ['client', mnt(1, '/cellar')],
        ['server', reply(1, xdr(13))],
        ['client', call(2, 5, Buffer.alloc(0), { program: 100005 })],
        ['server', reply(2, xdr(1, '/export', 1, '10.0.0.0/8', 1, '*', 0, 0))],
      ],
      datagrams,
    )
    expect(all).toMatchObject([
      { status: 'Error', error: 'MNT3ERR_ACCES', resource: '/cellar' },
      { method: 'EXPORT', rows: 1, row: { exports: [{ path: '/export', groups: ['10.0.0.0/8', '*'] }] } },
    ])
  })

  it('the port mapper, old and new', async () => {
    const all = await rows(
      [
        ['client', call(1, 3, xdr(100003, 3, 6, 0), { program: 100000, version: 2, cred: none() })],
        ['server', reply(1, xdr(2049))],
        ['client', call(2, 3, xdr(100005, 3, 'udp', '', ''), { program: 100000, version: 4, cred: none() })],
        ['server', reply(2, xdr('10.0.0.1.78.80'))],
        ['client', call(3, 4, Buffer.alloc(0), { program: 100000, version: 2, cred: none() })],
        ['server', reply(3, xdr(1, 100003, 3, 6, 2049, 1, 100021, 4, 17, 32803, 0))],
      ],
      datagrams,
    )
    expect(
      all.map((t) => [t.row.network_protocol, t.method, t.row.mapped_program, t.row.mapped_transport, t.row.mapped_port, t.rows]),
    ).toEqual([
      ['portmapv2', 'GETPORT', 'nfs', 'tcp', 2049, undefined],
      ['portmapv4', 'GETADDR', 'mount', 'udp', 20048, undefined],
      ['portmapv2', 'DUMP', undefined, undefined, undefined, 2],
    ])
  })

  it('locks by name', async () => {
    const [tx] = await rows([['client', call(1, 2, Buffer.alloc(60), { program: 100021, version: 4 })]], datagrams)
    expect(tx).toMatchObject({ method: 'LOCK', row: { program: 'nlm', network_protocol: 'nlmv4', event_action: 'nlm.LOCK' } })
  })
})
