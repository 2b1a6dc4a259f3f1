-- TLS handshakes by version and cipher suite, oldest version first.
--
-- weak marks what is no longer thought safe: versions before 1.2, suites without encryption or authentication,
-- with RC4, DES, 3DES, export keys or MD5, and key exchange by RSA alone.
--
-- :weak integer = null     Only weak ones (1), or only others (0).
-- :limit integer = 100     Rows at most.
with handshake as (
  select *, version in ('2.0', '3.0', '1.0', '1.1')
      or cipher glob '*_NULL_*' or cipher glob '*anon*' or cipher glob '*RC4*' or cipher glob '*_DES*' or cipher glob '*3DES*'
      or cipher glob '*EXPORT*' or cipher glob '*_MD5' or cipher glob 'TLS_RSA_*' or cipher glob 'SSL_RSA_*' as weak
  from tls where version is not null
)
select version_protocol as protocol, version, cipher, coalesce(weak, 0) as weak, count(*) as handshakes, sum(established) as established, sum(resumed) as resumed,
  count(distinct client_ip) as clients, count(distinct server_ip || ' ' || server_port) as services, min(server_name) as a_server_name,
  min(ts) as first, max(ts) as last
from handshake
where :weak is null or coalesce(weak, 0) = :weak
group by version_protocol, version, cipher, coalesce(weak, 0)
order by version_protocol, case version when '2.0' then 0 when '3.0' then 1 else 2 end, version, handshakes desc, cipher
limit coalesce(:limit, 100);
