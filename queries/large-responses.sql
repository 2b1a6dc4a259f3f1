-- Largest answers of all protocols.
--
-- :min_bytes integer = 1   Least application bytes of the answer.
-- :protocol text = null    Only this protocol.
-- :limit integer = 100     Rows at most.
select response_bytes, ts, protocol, client_ip, server_ip, server_port, user, method, resource, query, rows, status, tx, frames
from tx
where response_bytes >= coalesce(:min_bytes, 1)
  and (:protocol is null or protocol = :protocol)
order by response_bytes desc, id
limit coalesce(:limit, 100);
