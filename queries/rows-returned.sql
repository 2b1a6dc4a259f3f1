-- Statements that returned most rows, most first: a place to look for bulk extraction.
--
-- :min_rows integer = 1    Least rows returned.
-- :limit integer = 50      Rows at most.
with statement as (
  select 'mysql' as protocol, id, ts, duration_ns, user, client_ip, server_ip, database as space, method, fingerprint, tables, query, status,
    num_rows as returned, affected_rows as changed, response_bytes, tx, frames
  from mysql where fingerprint is not null and command <> 'stmt_prepare'
  union all
  select 'pgsql', id, ts, duration_ns, user, client_ip, server_ip, database, method, fingerprint, tables, query, status,
    num_rows, affected_rows, response_bytes, tx, frames
  from pgsql where fingerprint is not null and frontend in ('simple_query', 'execute')
  union all
  select 'oracle', id, ts, duration_ns, user, client_ip, server_ip, coalesce(database, service_name), method, fingerprint, tables, query, status,
    num_rows, case when num_rows is null then rows end, response_bytes, tx, frames
  from oracle where fingerprint is not null
  union all
  select 'cassandra', id, ts, duration_ns, user, client_ip, server_ip, keyspace, method, fingerprint, tables, query, status,
    num_rows, null, response_bytes, tx, frames
  from cassandra where fingerprint is not null and request_op in ('QUERY', 'EXECUTE', 'BATCH')
  union all
  select 'mongodb', id, ts, duration_ns, user, client_ip, server_ip, database, method, method || ' ' || resource,
    case when collection is not null then json_array(collection) end, query, status, number_returned, n_modified, response_bytes, tx, frames
  from mongodb where method is not null
)
select returned as rows_returned, response_bytes, ts, protocol, user, client_ip, server_ip, space as database, query, tx, frames
from statement
where returned >= coalesce(:min_rows, 1)
order by returned desc, response_bytes desc, id
limit coalesce(:limit, 50);
