-- Statements that change rights, accounts, structure or settings: GRANT, CREATE USER, DROP, ALTER, TRUNCATE, SET GLOBAL and their like.
--
-- kind is access (rights and accounts), structure, data (all of a table at once), settings, code (COPY ... PROGRAM, LOAD, DO, CALL) or
-- replication (links to other servers too). Judged by the statement's first words, so that a procedure that does the same inside is shown as code at most.
--
-- :kind text = null        Only this kind.
-- :user text = null        Only this user.
-- :limit integer = 200     Rows at most.
with statement as (
  select 'mysql' as protocol, id, ts, user, client_ip, server_ip, database, method, query, fingerprint as shape, status, error, tx, frames
  from mysql where fingerprint is not null and command <> 'stmt_prepare'
  union all
  select 'pgsql', id, ts, coalesce(role, user), client_ip, server_ip, database, method, query, fingerprint, status, error, tx, frames
  from pgsql where fingerprint is not null and frontend in ('simple_query', 'execute')
  union all
  select 'oracle', id, ts, user, client_ip, server_ip, coalesce(database, service_name), method, query, fingerprint, status, error, tx, frames
  from oracle where fingerprint is not null
  union all
  select 'cassandra', id, ts, user, client_ip, server_ip, keyspace, method, query, fingerprint, status, error, tx, frames
  from cassandra where fingerprint is not null and request_op in ('QUERY', 'EXECUTE', 'BATCH')
), judged as (
  select *, case
    when method in ('GRANT', 'REVOKE', 'DENY') then 'access'
    when method in ('CREATE', 'ALTER', 'DROP', 'RENAME', 'SET')
      and (shape glob '* user *' or shape glob '* role *' or shape glob '* login *' or shape glob '* profile *' or shape glob 'set password*'
        or shape glob 'set default role*' or shape glob 'alter default privileges*' or shape glob '* policy *')
      and shape not glob 'create table*' then 'access'
    when method in ('CREATE', 'ALTER', 'DROP', 'RENAME') and (shape glob '* subscription *' or shape glob '* publication *' or shape glob '* server *') then 'replication'
    when method in ('CREATE', 'ALTER', 'DROP', 'RENAME', 'COMMENT') then case when shape glob 'alter system *' then 'settings' else 'structure' end
    when method = 'TRUNCATE' then 'data'
    when method in ('DELETE', 'UPDATE') and shape not glob '* where *' then 'data'
    when method = 'SET' and (shape glob 'set global *' or shape glob 'set persist*' or shape glob 'set @@global*' or shape glob 'set session authorization *') then 'settings'
    when method in ('FLUSH', 'RESET', 'PURGE', 'KILL', 'SHUTDOWN', 'INSTALL', 'UNINSTALL') then 'settings'
    when method in ('CHANGE', 'START', 'STOP') and (shape glob '* master*' or shape glob '* slave*' or shape glob '* replica*') then 'replication'
    when method in ('CREATE_REPLICATION_SLOT', 'DROP_REPLICATION_SLOT', 'START_REPLICATION') then 'replication'
    when method = 'COPY' and shape glob '* program *' then 'code'
    when method in ('LOAD', 'DO', 'CALL', 'EXEC') then 'code'
    when shape glob '*into outfile*' or shape glob '*into dumpfile*' or shape glob '*load_file(*' or shape glob '*pg_read_file(*'
      or shape glob '*xp_cmdshell*' or shape glob '*lo_import(*' or shape glob '*lo_export(*' then 'code'
  end as kind
  from statement
  union all
  select 'mongodb', id, ts, user, client_ip, server_ip, database, method, query, null, status, error, tx, frames, case
    when method in ('createUser', 'updateUser', 'dropUser', 'dropAllUsersFromDatabase', 'grantRolesToUser', 'revokeRolesFromUser',
      'createRole', 'updateRole', 'dropRole', 'dropAllRolesFromDatabase', 'grantPrivilegesToRole', 'revokePrivilegesFromRole',
      'grantRolesToRole', 'revokeRolesFromRole') then 'access'
    when method in ('create', 'drop', 'dropDatabase', 'collMod', 'createIndexes', 'dropIndexes', 'renameCollection', 'convertToCapped', 'cloneCollectionAsCapped') then 'structure'
    when method in ('setParameter', 'shutdown', 'fsync', 'setFeatureCompatibilityVersion', 'profile', 'killOp', 'logRotate', 'setAuditConfig') then 'settings'
    when method in ('replSetReconfig', 'replSetInitiate', 'replSetStepDown', 'addShard', 'removeShard') then 'replication'
    when method in ('eval', '$eval', 'mapReduce', 'mapreduce') then 'code'
  end
  from mongodb
)
select ts, protocol, kind, user, client_ip, server_ip, database, query, status, error, tx, frames
from judged
where kind is not null
  and (:kind is null or kind = :kind)
  and (:user is null or user = :user)
order by id
limit coalesce(:limit, 200);
