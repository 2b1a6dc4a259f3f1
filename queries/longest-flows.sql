-- Conversations that lasted longest.
--
-- :min_seconds real = 0    Least duration, seconds.
-- :limit integer = 50      Rows at most.
select duration_ms / 1000 as seconds, ts, transport, client_ip, client_port, server_ip, server_port,
  coalesce(protocol, service) as protocol, state, end_reason, client_bytes, server_bytes, transactions, flow
from flow
where last_ns - first_ns >= coalesce(:min_seconds, 0) * 1000000000
order by last_ns - first_ns desc, id
limit coalesce(:limit, 50);
