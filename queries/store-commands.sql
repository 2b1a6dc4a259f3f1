-- Commands of Redis, Memcache and MongoDB by what they cost: time in all, p95, bytes.
--
-- :protocol text = null    Only redis, memcache or mongodb.
-- :limit integer = 100     Rows at most.
with command as (
  select protocol, id, method, resource, status, duration_ns, request_bytes, response_bytes, client_ip from redis where method is not null
  union all
  select protocol, id, method, resource, status, duration_ns, request_bytes, response_bytes, client_ip from memcache where method is not null
  union all
  select protocol, id, method, resource, status, duration_ns, request_bytes, response_bytes, client_ip from mongodb where method is not null
), placed as (
  select *, row_number() over (partition by protocol, method order by duration_ns nulls last, id) as place,
    count(duration_ns) over (partition by protocol, method) as timed
  from command
  where :protocol is null or protocol = :protocol
)
select protocol, method, count(*) as commands, sum(status <> 'OK') as failed, round(sum(duration_ns) / 1000000.0, 3) as total_ms,
  round(min(case when place * 100 >= timed * 95 then duration_ns end) / 1000000.0, 3) as p95_ms, round(max(duration_ns) / 1000000.0, 3) as max_ms,
  sum(request_bytes) as request_bytes, sum(response_bytes) as response_bytes, max(response_bytes) as largest_response, count(distinct resource) as resources,
  count(distinct client_ip) as clients
from placed
group by protocol, method
order by sum(duration_ns) desc, commands desc, protocol, method
limit coalesce(:limit, 100);
