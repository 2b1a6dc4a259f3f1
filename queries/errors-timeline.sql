-- Errors by minute, protocol, server and kind: when a failure began, and when it ended.
--
-- The kind is how the server's error begins, or what the row lacks.
--
-- :step integer = 60       Seconds in a step.
-- :protocol text = null    Only this protocol.
-- :limit integer = 1000    Rows at most.
select strftime('%Y-%m-%dT%H:%M:%SZ', ts_ns / 1000000000 / coalesce(:step, 60) * coalesce(:step, 60), 'unixepoch') as step, protocol, server_ip, server_port,
  substr(coalesce(error, case complete when 'complete' then status else complete end), 1, 60) as kind, count(*) as errors,
  count(distinct client_ip) as clients, min(query) as example
from tx
where status not in ('OK', 'NO_REPLY')
  and (:protocol is null or protocol = :protocol)
group by ts_ns / 1000000000 / coalesce(:step, 60), protocol, server_ip, server_port,
  substr(coalesce(error, case complete when 'complete' then status else complete end), 1, 60)
order by ts_ns / 1000000000 / coalesce(:step, 60), protocol, server_ip, server_port, errors desc, kind
limit coalesce(:limit, 1000);
