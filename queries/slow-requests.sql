-- Requests that took longest, slowest first.
--
-- :min_ms real = 1000      Least duration, milliseconds.
-- :protocol text = null    Only this protocol.
-- :since time = null       Not before.
-- :until time = null       Before.
-- :limit integer = 100     Rows at most.
select duration_ms, ts, protocol, client_ip, server_ip, server_port, user, method, resource, query, status, tx, frames
from tx
where duration_ns >= coalesce(:min_ms, 1000) * 1000000
  and (:protocol is null or protocol = :protocol)
  and (:since is null or ts >= :since)
  and (:until is null or ts < :until)
order by duration_ns desc, id
limit coalesce(:limit, 100);
