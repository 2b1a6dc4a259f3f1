/** The columns of the table `nfs`: Packetbeat's nfs.* and rpc.*, ECS file.*, and what neither has. */
import { bool, defineFields, int, json, list, long, optional, type RowOf, text } from '../../schema/fields.js'

const rpc = defineFields({
  network_protocol: text('Program and version: nfsv2, nfsv3, nfsv4, mountv3, portmapv2...', 'nfsv3', 'network.protocol', {
    only: 'document',
  }),
  program: text('RPC program: nfs, nfs_cb (callback), nfs_acl, mount, portmap, nlm, status, rquota, or a number.', 'nfs', 'rpc.program'),
  program_version: optional(int('Version of that program.', 3, 'rpc.program_version')),
  xid: text('RPC transaction id, hex.', 'a19a75d0', 'rpc.xid'),
  rpc_status: optional(
    text(
      'What RPC made of the call: success, prog_unavail, prog_mismatch, proc_unavail, garbage_args, system_err, rpc_mismatch or auth_error.',
      'success',
      'rpc.status',
    ),
  ),
  rpc_auth_status: optional(text('Why the credentials were refused.', 'AUTH_TOOWEAK', 'rpc.auth_status')),
  rpc_versions: optional(text('Versions that a mismatch says are supported.', '3-4', 'rpc.versions')),
  auth_flavor: optional(text('Kind of credentials: none, unix, short, dh, rpcsec_gss, tls or unknown.', 'unix', 'rpc.auth_flavor')),
  cred_stamp: optional(int('Stamp in the credentials.', 19078341, 'rpc.cred.stamp')),
  machine: optional(
    text('Host name that the caller gives for itself.', 'desk', ['rpc.cred.machinename', 'host.hostname', 'source.domain'], {
      related: 'hosts',
    }),
  ),
  uid: optional(int('User id the caller claims.', 1000, ['rpc.cred.uid', 'user.id'])),
  gid: optional(int('Group id it claims.', 1000, ['rpc.cred.gid', 'group.id'])),
  gids: optional(list('Further group ids it claims.', [1000, 27], 'rpc.cred.gids')),
  gss_procedure: optional(text('RPCSEC_GSS: data, init, continue_init or destroy.', 'data', 'rpc.gss.procedure')),
  gss_service: optional(
    text('RPCSEC_GSS protection: none, integrity or privacy (then arguments are encrypted).', 'privacy', 'rpc.gss.service'),
  ),
  retransmissions: optional(int('How often the call was sent again before it was answered or given up.', 1, 'rpc.retransmissions')),
  fragments: optional(int('Record fragments of the call or its reply, when more than one.', 2, 'rpc.fragments')),
})

const operation = defineFields({
  version: optional(int('NFS version; absent for other programs.', 3)),
  minor_version: optional(int('NFSv4 minor version.', 1)),
  tag: optional(text('Tag that an NFSv4 client gave the COMPOUND.', 'readdir')),
  opcode: text('Procedure; of an NFSv4 COMPOUND its main operation: the first that acts on its own, else the last.', 'READDIR'),
  event_action: text('Program and procedure.', 'nfs.READDIR', 'event.action', { only: 'document' }),
  nfs_status: optional(
    text('Result: NFS_OK, NFSERR_NOENT... (MNT3_OK... for mount); absent without a readable reply.', 'NFS_OK', 'nfs.status'),
  ),
  main_status: optional(text('NFSv4: result of the main operation, when it is not that of the COMPOUND.', 'NFS_OK')),
  operations: optional(
    json('NFSv4: each operation of the COMPOUND with its arguments, status and results.', [{ op: 'PUTROOTFH', status: 'NFS_OK' }]),
  ),
  callback: optional(bool('The server called the client.', true)),
})

const object = defineFields({
  handle: optional(text('File handle acted on, hex; the directory where a name is given.', '01000600')),
  handle_hash: optional(text('CRC-32 of that handle, as other analyzers print it.', '38a4e9f6', 'nfs.hhash')),
  path: optional(
    text(
      'Path of the object, as far as names were seen in this run; it begins with / only where the export or the root was.',
      '/export/a.txt',
      'file.path',
    ),
  ),
  name: optional(text('Name given in the call, or known of the handle.', 'a.txt', 'file.name')),
  rename_from: optional(text('RENAME: name before.', 'a.txt', 'nfs.rename.from')),
  rename_to: optional(text('RENAME, LINK: name afterwards.', 'b.txt', 'nfs.rename.to')),
  target_path: optional(text('RENAME, LINK: path afterwards; SYMLINK, READLINK: where the link points.', '../b.txt', 'file.target_path')),
  result_handle: optional(text('File handle that the server gave, hex.', '01000601')),
  file_type: optional(text('Type of the object: file, dir, symlink...', 'file', 'file.type')),
  file_mode: optional(text('Its permissions, octal.', '0644', 'file.mode')),
  file_uid: optional(text('Its owner: a number, or user@domain in NFSv4.', '1000', 'file.uid')),
  file_gid: optional(text('Its group: a number, or group@domain in NFSv4.', '1000', 'file.gid')),
  file_size: optional(long('Its size after the call, bytes.', 4096, 'file.size')),
  file_inode: optional(text('Its file id.', '524291', 'file.inode')),
  file_mtime: optional(text('When its content last changed, UTC.', '2026-01-01T10:00:00.000000000Z', 'file.mtime')),
})

const values = defineFields({
  offset: optional(long('Byte of the file where READ, WRITE, LOCK... begins.', 0)),
  count: optional(long('Bytes asked for, sent or locked; room for the entries in READDIR. Absent where it means up to the end.', 65536)),
  moved: optional(int('Bytes that READ returned or WRITE stored.', 65536)),
  eof: optional(bool('The end of the file or directory was reached.', true)),
  stable: optional(text('How durable WRITE is to be: UNSTABLE, DATA_SYNC or FILE_SYNC.', 'FILE_SYNC')),
  committed: optional(text('How durable it became.', 'FILE_SYNC')),
  access_asked: optional(list('ACCESS: permissions asked about.', ['READ', 'MODIFY'])),
  access_granted: optional(list('ACCESS: permissions the server grants.', ['READ'])),
  create_mode: optional(text('CREATE, OPEN: UNCHECKED, GUARDED, EXCLUSIVE or EXCLUSIVE4_1.', 'GUARDED')),
  set_attributes: optional(json('Attributes to set: mode, uid, gid, size, atime, mtime...', { mode: '0600', size: 0 })),
  entries: optional(int('Directory entries returned.', 12)),
  entry_names: optional(list('The first of their names.', ['.', '..', 'a.txt'])),
  fs_info: optional(json('What FSSTAT, FSINFO, PATHCONF or STATFS told.', { total_bytes: 1073741824 })),
  open_access: optional(text('OPEN: read, write or both.', 'both')),
  open_deny: optional(text('OPEN: what others may not do meanwhile: none, read, write or both.', 'none')),
  claim: optional(text('OPEN: kind of claim.', 'NULL')),
  delegation: optional(text('OPEN: delegation granted: none, read or write.', 'read')),
  owner: optional(text('Open or lock owner; text or hex.', 'libnfs-1')),
  lock_type: optional(text('LOCK: READ, WRITE, READW or WRITEW.', 'WRITE')),
  stateid: optional(text('State id used, hex: sequence and identifier.', '00000001a4c2e7b10300000000000000')),
  client_id: optional(text('Client id, hex.', '6a3f11c200000001')),
  session_id: optional(text('Session id, hex.', '0102030405060708090a0b0c0d0e0f10')),
  slot: optional(int('Slot of the session.', 0)),
  sequence: optional(int('Sequence number in that slot.', 7)),
})

const others = defineFields({
  mapped_program: optional(text('portmap: program asked for or registered.', 'mount', 'rpc.mapped.program')),
  mapped_version: optional(int('portmap: its version.', 3, 'rpc.mapped.version')),
  mapped_transport: optional(text('portmap: its transport.', 'tcp', 'rpc.mapped.transport')),
  mapped_port: optional(int('portmap: its port; 0 = not registered.', 20048, 'rpc.mapped.port')),
  mapped_address: optional(text('rpcbind: its universal address.', '0.0.0.0.8.1', 'rpc.mapped.address')),
  mappings: optional(
    json('portmap DUMP: what is registered.', [{ program: 'nfs', version: 3, transport: 'tcp', port: 2049 }], 'rpc.mappings'),
  ),
  exports: optional(json('mount EXPORT: exported directories and who may mount them.', [{ path: '/export', groups: ['*'] }])),
  mounts: optional(json('mount DUMP: who has mounted what.', [{ host: 'desk', path: '/export' }])),
  auth_flavors: optional(list('mount MNT, SECINFO: credentials that the server takes.', ['unix', 'krb5'])),
})

export const nfsFields = defineFields({ ...operation, ...object, ...values, ...rpc, ...others })
export type NfsRow = RowOf<typeof nfsFields>
/** What one half of an exchange adds to the row. */
export type Facts = Partial<NfsRow>
