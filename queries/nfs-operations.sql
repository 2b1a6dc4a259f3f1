-- NFS operations by user: how many, on how many files, what was read and written, what was denied.
--
-- The user is the number that the client gave: NFS with AUTH_SYS believes it.
--
-- :user text = null        Only this user (number, or name where the wire has one).
-- :limit integer = 200     Rows at most.
select user, client_ip, machine, server_ip, version, method as operation, count(*) as calls, count(distinct coalesce(path, handle_hash)) as files, min(path) as a_path,
  sum(case when method = 'READ' then moved end) as bytes_read, sum(case when method = 'WRITE' then moved end) as bytes_written,
  sum(coalesce(nfs_status, '') in ('NFSERR_ACCES', 'NFSERR_PERM', 'NFSERR_WRONGSEC', 'MNT3ERR_ACCES', 'MNT3ERR_PERM')) as denied,
  sum(status not in ('OK', 'NO_REPLY')) as failed, min(ts) as first, max(ts) as last
from nfs
where method is not null
  and (:user is null or user = :user)
group by user, client_ip, machine, server_ip, version, method
order by user, client_ip, machine, server_ip, version, calls desc, method
limit coalesce(:limit, 200);
