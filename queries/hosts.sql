-- Inventory of addresses: hardware addresses, the names each was known by and how, what it served and spoke.
--
-- Names are from DHCP (what the client called itself), DNS, mDNS and LLMNR answers (what a name resolved to), TLS (the name a client asked the server for), HTTP
-- (Host of a request to it), SMTP (what the server and the client said they are called). A name that a client wrote is a claim, not a fact.
-- A hardware address is that of the next hop where a router stands between.
--
-- :ip text = null          Only this address.
-- :limit integer = 200     Rows at most.
with named(ip, how, name) as (
  select coalesce(assigned_ip, requested_ip, nullif(ciaddr, '0.0.0.0')), 'dhcp', lower(client_name) from dhcpv4 where client_name is not null and message_type in ('request', 'ack')
  union
  select a.value, 'dhcp', lower(client_name) from dhcpv6, json_each(dhcpv6.assigned_ips) as a where client_name is not null and message_type = 'reply'
  union
  select a.value, 'dns', lower(question_name) from dns, json_each(dns.resolved_ip) as a where question_type in ('A', 'AAAA')
  union
  select a.value, 'mdns', lower(question_name) from mdns, json_each(mdns.resolved_ip) as a where question_type in ('A', 'AAAA', 'ANY')
  union
  select a.value, 'llmnr', lower(question_name) from llmnr, json_each(llmnr.resolved_ip) as a where question_type in ('A', 'AAAA', 'ANY')
  union
  select server_ip, 'tls', lower(server_name) from tls where server_name is not null
  union
  select server_ip, 'http', lower(host) from http where host is not null and method <> 'CONNECT' and coalesce(url, '') not like 'http%'
  union
  select client_ip, 'smtp', lower(helo) from smtp where helo is not null
  union
  select server_ip, 'smtp', lower(server_name) from smtp where server_name is not null
), names as (
  select ip, json_group_array(name || ' (' || how || ')') as names from (
    select * from named where ip is not null and name glob '*[a-z]*' and name not glob '[[]*' order by ip, name, how
  )
  group by ip
), end_of(ip, mac, served, spoke, bytes, first_ns, last_ns) as (
  select client_ip, client_mac, null, coalesce(protocol, service), client_bytes + server_bytes, first_ns, last_ns from flow
  union all
  select server_ip, server_mac, case when server_packets > 0 and server_port > 0 then coalesce(protocol, service, transport) || ':' || server_port end, null,
    client_bytes + server_bytes, first_ns, last_ns from flow
), macs as (
  select ip, json_group_array(mac) as macs from (select distinct e.ip, m.value as mac from end_of e, json_each(e.mac) as m order by 1, 2) group by ip
), services as (
  select ip, json_group_array(served) as serves from (select distinct ip, served from end_of where served is not null order by 1, 2) group by ip
), protocols as (
  select ip, json_group_array(spoke) as speaks from (select distinct ip, spoke from end_of where spoke is not null order by 1, 2) group by ip
), host as (
  select ip, count(*) as flows, sum(bytes) as bytes, min(first_ns) as first_ns, max(last_ns) as last_ns from end_of group by ip
)
select host.ip, macs, names, serves, speaks, flows, bytes,
  strftime('%Y-%m-%dT%H:%M:%SZ', first_ns / 1000000000, 'unixepoch') as first,
  strftime('%Y-%m-%dT%H:%M:%SZ', last_ns / 1000000000, 'unixepoch') as last
from host left join macs on macs.ip = host.ip left join names on names.ip = host.ip
  left join services on services.ip = host.ip left join protocols on protocols.ip = host.ip
where :ip is null or host.ip = :ip
order by bytes desc, host.ip
limit coalesce(:limit, 200);
