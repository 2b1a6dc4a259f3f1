-- Requests that no answer was seen to, by who asked whom.
--
-- Messages that ask for no answer, such as DHCP releases or ICMP errors, are not failures; lost_bytes tells where the capture
-- itself missed packets of those conversations.
--
-- :protocol text = null    Only this protocol.
-- :limit integer = 100     Rows at most.
select t.protocol, t.client_ip, t.server_ip, t.server_port, t.method, count(*) as requests, min(t.ts) as first, max(t.ts) as last,
  min(t.query) as example, sum(f.server_lost_bytes) as lost_bytes
from tx t join flow f on f.id = t.flow_id
where t.complete = 'no-response'
  and (:protocol is null or t.protocol = :protocol)
group by t.protocol, t.client_ip, t.server_ip, t.server_port, t.method
order by requests desc, t.protocol, t.client_ip, t.server_ip, t.server_port, t.method
limit coalesce(:limit, 100);
