-- Server certificates seen, soonest to expire first, with what is wrong with each.
--
-- days_left counts from when it was last seen, or from the time given. A TLS 1.3 handshake hides its certificates.
--
-- :within_days real = null  Only those with fewer days left.
-- :at time = null           Judge at this time instead of the capture's.
-- :limit integer = 100      Rows at most.
with seen as (
  select server_sha256, server_subject, server_issuer, server_alternative_names, server_not_before, server_not_after, server_certificate_problems,
    count(*) as handshakes, min(server_ip) as a_server_ip, min(server_port) as a_server_port, count(distinct server_ip || ' ' || server_port) as services,
    min(server_name) as a_server_name, min(ts) as first, max(ts) as last
  from tls where server_not_after is not null
  group by server_sha256, server_certificate_problems
), judged as (
  select *, round(julianday(server_not_after) - julianday(coalesce(:at, last)), 1) as days_left from seen
)
select days_left, case when days_left < 0 then 'expired' when julianday(coalesce(:at, last)) < julianday(server_not_before) then 'not yet valid' else 'valid' end as validity,
  server_subject, server_issuer, server_alternative_names, server_not_before, server_not_after, server_certificate_problems as problems,
  a_server_name, a_server_ip, a_server_port, services, handshakes, first, last, server_sha256
from judged
where :within_days is null or days_left < :within_days
order by days_left, server_sha256, problems
limit coalesce(:limit, 100);
