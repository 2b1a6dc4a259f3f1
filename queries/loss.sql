-- Conversations that the capture does not hold whole: bytes lost, cut, resent, with a wrong checksum.
--
-- :limit integer = 100     Rows at most.
select client_lost_bytes, server_lost_bytes, cut_bytes, retransmitted_bytes, out_of_order_segments, bad_checksums, ts, transport, client_ip, client_port,
  server_ip, server_port, coalesce(protocol, service) as protocol, transactions, state, flow
from flow
where client_lost_bytes + server_lost_bytes + cut_bytes + retransmitted_bytes + out_of_order_segments + bad_checksums > 0
order by client_lost_bytes + server_lost_bytes + cut_bytes desc, retransmitted_bytes desc, out_of_order_segments desc, bad_checksums desc, id
limit coalesce(:limit, 100);
