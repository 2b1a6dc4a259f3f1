-- ICMP errors: what could not be reached, who said so, and about whose packets.
--
-- :limit integer = 100     Rows at most.
select request_message as message, client_ip as said_by, quoted_src_ip as sender, quoted_dst_ip as destination, quoted_transport as transport, quoted_dst_port as port,
  count(*) as times, min(mtu) as mtu, min(ts) as first, max(ts) as last
from icmp
where quoted_dst_ip is not null
group by request_message, client_ip, quoted_src_ip, quoted_dst_ip, quoted_transport, quoted_dst_port
order by times desc, min(id)
limit coalesce(:limit, 100);
