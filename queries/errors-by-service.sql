-- Share of failed requests of each service, with its slowest twentieth.
--
-- A service is a protocol on an address and port. Unanswered requests are counted apart: they are the server's failure, or the
-- capture's. p95_ms is the smallest duration that 95 in 100 of the answered requests did not exceed.
--
-- :protocol text = null    Only this protocol.
-- :limit integer = 100     Rows at most.
with placed as (
  select protocol, server_ip, server_port, status, complete, error, duration_ns,
    row_number() over service as place,
    count(duration_ns) over (partition by protocol, server_ip, server_port) as timed
  from tx
  where :protocol is null or protocol = :protocol
  window service as (partition by protocol, server_ip, server_port order by duration_ns nulls last)
)
select protocol, server_ip, server_port, count(*) as requests,
  sum(status not in ('OK', 'NO_REPLY') and complete <> 'no-response') as failed,
  sum(complete = 'no-response') as unanswered,
  round(100.0 * sum(status not in ('OK', 'NO_REPLY') and complete <> 'no-response') / count(*), 1) as failed_percent,
  count(distinct error) as kinds_of_error,
  round(min(case when place * 100 >= timed * 95 then duration_ns end) / 1000000.0, 3) as p95_ms
from placed
group by protocol, server_ip, server_port
order by failed desc, unanswered desc, requests desc, protocol, server_ip, server_port
limit coalesce(:limit, 100);
