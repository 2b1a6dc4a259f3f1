-- Who read or changed which table, from where, and how often it was refused.
--
-- The tables are those that a statement names: views are not followed to what they read, nor procedures to what they call, and a name
-- without schema stands as it was written, beside the database in use. Of MongoDB they are collections.
--
-- :table text = null       Only tables of this name, with or without what stands before it.
-- :user text = null        Only this user.
-- :limit integer = 200     Rows at most.
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
select protocol, server_ip, space as database, named.value as "table", user, client_ip, method as action, count(*) as statements,
  sum(status <> 'OK') as failed, sum(returned) as rows_returned, sum(changed) as rows_changed, min(ts) as first, max(ts) as last
from statement, json_each(statement.tables) as named
where (:user is null or user = :user)
  and (:table is null or lower(named.value) = lower(:table) or lower(named.value) like '%.' || lower(:table))
group by protocol, server_ip, space, named.value, user, client_ip, method
order by protocol, server_ip, space, named.value, user, client_ip, method
limit coalesce(:limit, 200);
