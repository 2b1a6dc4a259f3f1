-- Addresses by bytes sent and received, busiest first.
--
-- Whole frames as on the wire, from the flows; a conversation counts for both of its ends.
--
-- :limit integer = 50      Rows at most.
with talk(ip, sent, received, opened, accepted, first_ns, last_ns) as (
  select client_ip, client_bytes, server_bytes, 1, 0, first_ns, last_ns from flow
  union all
  select server_ip, server_bytes, client_bytes, 0, 1, first_ns, last_ns from flow
), talker as (
  select ip, sum(sent) as sent_bytes, sum(received) as received_bytes, sum(sent + received) as bytes,
    sum(opened) as flows_opened, sum(accepted) as flows_accepted, min(first_ns) as first_ns, max(last_ns) as last_ns
  from talk
  group by ip
)
select ip, bytes, sent_bytes, received_bytes, flows_opened, flows_accepted,
  strftime('%Y-%m-%dT%H:%M:%SZ', first_ns / 1000000000, 'unixepoch') as first,
  strftime('%Y-%m-%dT%H:%M:%SZ', last_ns / 1000000000, 'unixepoch') as last
from talker
order by bytes desc, ip
limit coalesce(:limit, 50);
