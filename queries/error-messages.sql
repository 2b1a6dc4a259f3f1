-- What servers said when they failed, most frequent first.
--
-- :protocol text = null    Only this protocol.
-- :limit integer = 100     Rows at most.
select protocol, status, error, count(*) as times, count(distinct server_ip || ' ' || server_port) as services, count(distinct client_ip) as clients,
  min(ts) as first, max(ts) as last, min(query) as example
from tx
where error is not null
  and (:protocol is null or protocol = :protocol)
group by protocol, status, error
order by times desc, protocol, status, error
limit coalesce(:limit, 100);
