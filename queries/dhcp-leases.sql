-- Which address was leased to whom and when: DHCP and DHCPv6, with refusals and addresses given back.
--
-- :mac text = null         Only this hardware address, as 02-00-00-20-00-0B.
-- :ip text = null          Only this address.
-- :limit integer = 200     Rows at most.
with lease as (
  select id, ts, ts_ns, protocol, coalesce(assigned_ip, requested_ip, nullif(ciaddr, '0.0.0.0')) as ip, client_mac, client_name, null as client_duid, message_type, result,
    lease_seconds, coalesce(server_identifier, chosen_server) as server, message, tx, frames
  from dhcpv4 where message_type in ('ack', 'nak', 'decline', 'release')
  union all
  select d.id, d.ts, d.ts_ns, d.protocol, a.value, d.client_mac, d.client_name, d.client_duid, d.message_type, d.result, d.lease_seconds, d.server_duid, d.status_message, d.tx, d.frames
  from dhcpv6 d left join json_each(coalesce(d.assigned_ips, d.assigned_prefixes)) as a
  where d.message_type in ('reply', 'decline', 'release') and d.result not in ('informed', 'answered')
)
select ts, protocol, result, ip, client_mac, client_name, client_duid, lease_seconds,
  case when lease_seconds is not null then strftime('%Y-%m-%dT%H:%M:%SZ', ts_ns / 1000000000 + lease_seconds, 'unixepoch') end as until, server, message_type, message, tx, frames
from lease
where (:mac is null or client_mac = upper(:mac))
  and (:ip is null or ip = :ip)
order by id, ip
limit coalesce(:limit, 200);
