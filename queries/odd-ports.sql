-- Services on ports where they are not expected, told by what they spoke.
--
-- why is decoded (the protocol was recognised on a port that is not one of its own), or guessed (nothing could decode it, and its first
-- bytes look like something that belongs to another port).
--
-- :limit integer = 100     Rows at most.
with own(protocol, port) as (
  values ('amqp', 5672), ('cassandra', 9042), ('dhcpv4', 67), ('dhcpv4', 68), ('dhcpv6', 546), ('dhcpv6', 547), ('dns', 53),
    ('http', 80), ('http', 8080), ('http', 8000), ('http', 5000), ('http', 8002), ('http', 3128), ('http', 8008), ('http', 8081), ('http', 8888), ('http', 9200),
    ('llmnr', 5355), ('mdns', 5353), ('memcache', 11211), ('mongodb', 27017), ('mongodb', 27018), ('mongodb', 27019), ('mysql', 3306), ('mysql', 3307),
    ('nfs', 2049), ('nfs', 111), ('nfs', 20048), ('oracle', 1521), ('oracle', 1522), ('oracle', 1525), ('oracle', 1526), ('oracle', 1630), ('oracle', 2483), ('pgsql', 5432),
    ('redis', 6379), ('sip', 5060), ('sip', 5061), ('smtp', 25), ('smtp', 587), ('smtp', 2525), ('smtp', 24), ('thrift', 9090),
    ('tls', 443), ('tls', 993), ('tls', 995), ('tls', 5223), ('tls', 8443), ('tls', 8883), ('tls', 9243), ('tls', 465), ('tls', 563), ('tls', 636), ('tls', 853),
    ('tls', 989), ('tls', 990), ('tls', 992), ('tls', 994), ('tls', 3269), ('tls', 5061), ('tls', 5349), ('tls', 5671), ('tls', 5684), ('tls', 6443), ('tls', 6697),
    ('ftp', 21), ('ssh', 22), ('telnet', 23), ('smtp', 465), ('pop3', 110), ('imap', 143), ('ldap', 389), ('smb', 445), ('rdp', 3389), ('vnc', 5900)
), seen as (
  select coalesce(protocol, service) as spoken, case when protocol is null then 'guessed' else 'decoded' end as why, server_ip, server_port, transport,
    client_ip, client_bytes, server_bytes, transactions, ts
  from flow
  where server_port > 0 and (protocol is not null or service_by = 'bytes')
)
select spoken as protocol, why, server_ip, server_port, transport, count(*) as flows, count(distinct client_ip) as clients,
  sum(client_bytes + server_bytes) as bytes, sum(transactions) as transactions, min(ts) as first
from seen
where not exists (select 1 from own where own.protocol = spoken and own.port = server_port)
  and exists (select 1 from own where own.protocol = spoken)
group by spoken, why, server_ip, server_port, transport
order by bytes desc, server_ip, server_port, spoken
limit coalesce(:limit, 100);
