-- What happened when: requests, failures and bytes of each minute, by protocol.
--
-- :step integer = 60       Seconds in a step.
-- :protocol text = null    Only this protocol.
-- :since time = null       Not before.
-- :until time = null       Before.
-- :limit integer = 1000    Rows at most.
select strftime('%Y-%m-%dT%H:%M:%SZ', ts_ns / 1000000000 / coalesce(:step, 60) * coalesce(:step, 60), 'unixepoch') as step, protocol, count(*) as requests,
  sum(status not in ('OK', 'NO_REPLY') and complete <> 'no-response') as failed, sum(complete = 'no-response') as unanswered,
  sum(request_bytes) as request_bytes, sum(response_bytes) as response_bytes, round(avg(duration_ns) / 1000000.0, 3) as mean_ms,
  round(max(duration_ns) / 1000000.0, 3) as max_ms, count(distinct client_ip) as clients
from tx
where (:protocol is null or protocol = :protocol)
  and (:since is null or ts >= :since)
  and (:until is null or ts < :until)
group by ts_ns / 1000000000 / coalesce(:step, 60), protocol
order by ts_ns / 1000000000 / coalesce(:step, 60), protocol
limit coalesce(:limit, 1000);
