-- Statements of one kind together: how often, how long in all, p50 and p95, rows returned and changed.
--
-- What groups them is the statement without its literals; of MongoDB it is the command and what it was sent to. Preparing is not
-- counted, executing is. How many rows a server read to find those it returned does not stand on the wire.
--
-- :protocol text = null    Only mysql, pgsql, oracle, cassandra or mongodb.
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
), placed as (
  select *, row_number() over (partition by protocol, fingerprint order by duration_ns nulls last, id) as place,
    count(duration_ns) over (partition by protocol, fingerprint) as timed
  from statement
  where :protocol is null or protocol = :protocol
)
select protocol, count(*) as count, sum(status <> 'OK') as failed, round(sum(duration_ns) / 1000000.0, 3) as total_ms,
  round(min(case when place * 100 >= timed * 50 then duration_ns end) / 1000000.0, 3) as p50_ms,
  round(min(case when place * 100 >= timed * 95 then duration_ns end) / 1000000.0, 3) as p95_ms,
  round(max(duration_ns) / 1000000.0, 3) as max_ms, sum(returned) as rows_returned, sum(changed) as rows_changed,
  sum(response_bytes) as response_bytes, count(distinct user) as users, count(distinct client_ip) as clients,
  min(ts) as first, max(ts) as last, fingerprint
from placed
group by protocol, fingerprint
order by sum(duration_ns) desc, count desc, protocol, fingerprint
limit coalesce(:limit, 50);
