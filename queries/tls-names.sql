-- Names that clients asked TLS servers for, with bytes carried and fingerprints of the clients.
--
-- :client text = null      Only handshakes of this address.
-- :limit integer = 100     Rows at most.
select coalesce(server_name, '(none)') as server_name, server_ip, server_port, count(*) as handshakes, sum(established) as established,
  sum(client_application_bytes) as client_bytes, sum(server_application_bytes) as server_bytes, count(distinct client_ip) as clients,
  count(distinct ja4) as client_kinds, min(ja4) as a_ja4, max(version) as best_version, min(ts) as first, max(ts) as last
from tls
where :client is null or client_ip = :client
group by server_name, server_ip, server_port
order by handshakes desc, server_name, server_ip, server_port
limit coalesce(:limit, 100);
