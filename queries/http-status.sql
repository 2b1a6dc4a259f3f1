-- HTTP status codes by host, with the time that answers took.
--
-- :host text = null        Only this host.
-- :limit integer = 200     Rows at most.
with placed as (
  select host, server_ip, server_port, status_code, status_phrase, path, response_bytes, duration_ns,
    row_number() over (partition by host, server_ip, server_port, status_code order by duration_ns nulls last, id) as place,
    count(duration_ns) over (partition by host, server_ip, server_port, status_code) as timed
  from http
  where :host is null or host = lower(:host)
)
select host, server_ip, server_port, status_code, min(status_phrase) as phrase, count(*) as requests, count(distinct path) as paths, min(path) as a_path,
  sum(response_bytes) as response_bytes,
  round(min(case when place * 100 >= timed * 50 then duration_ns end) / 1000000.0, 3) as p50_ms,
  round(min(case when place * 100 >= timed * 95 then duration_ns end) / 1000000.0, 3) as p95_ms
from placed
group by host, server_ip, server_port, status_code
order by host, server_ip, server_port, status_code
limit coalesce(:limit, 200);
