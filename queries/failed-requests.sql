-- Requests that the server refused or failed, in the order of time.
--
-- Requests without an answer are in unanswered-requests.
--
-- :protocol text = null    Only this protocol.
-- :since time = null       Not before.
-- :until time = null       Before.
-- :limit integer = 100     Rows at most.
select ts, protocol, client_ip, server_ip, server_port, user, method, resource, query, status, error, complete, tx, frames
from tx
where status not in ('OK', 'NO_REPLY')
  and complete <> 'no-response'
  and (:protocol is null or protocol = :protocol)
  and (:since is null or ts >= :since)
  and (:until is null or ts < :until)
order by id
limit coalesce(:limit, 100);
