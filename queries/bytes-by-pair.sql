-- Bytes between each pair of addresses, both ways, largest first.
--
-- :limit integer = 50      Rows at most.
select client_ip, server_ip, sum(client_bytes + server_bytes) as bytes, sum(client_bytes) as client_bytes,
  sum(server_bytes) as server_bytes, sum(client_packets + server_packets) as packets, count(*) as flows,
  count(distinct coalesce(protocol, service, transport || '/' || server_port)) as services,
  sum(retransmitted_bytes) as retransmitted_bytes, sum(client_lost_bytes + server_lost_bytes) as lost_bytes
from flow
group by client_ip, server_ip
order by bytes desc, client_ip, server_ip
limit coalesce(:limit, 50);
