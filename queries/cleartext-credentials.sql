-- Logins whose password, or what serves in its place, crossed the network unencrypted; the secrets themselves are not shown.
--
-- exposure is password (readable as it is, base64 included), token (whoever read it can use it), or hash (a challenge and its answer:
-- can be guessed at offline). Forms and query strings of HTTP are judged by the names of their fields. A statement that sets a password
-- shows who ran it as the user. What crossed inside of TLS is not visible, and not here.
--
-- :exposure text = null    Only password, token or hash.
-- :limit integer = 200     Rows at most.
with exposed as (
  select protocol, client_ip, server_ip, server_port, user, auth_plugin as mechanism, id, flow_id, ts, tx, frames,
    case when auth_plugin in ('mysql_clear_password', 'dialog') then 'password' else 'hash' end as exposure
  from mysql where command in ('login', 'change_user') and auth_password = 1
  union all
  select protocol, client_ip, server_ip, server_port, user, auth_method, id, flow_id, ts, tx, frames,
    case auth_method when 'password' then 'password' when 'oauthbearer' then 'token' else 'hash' end
  from pgsql where frontend = 'startup' and auth_proof is not null
  union all
  select protocol, client_ip, server_ip, server_port, user, 'O5LOGON', id, flow_id, ts, tx, frames, 'hash'
  from oracle where method = 'LOGIN'
  union all
  select protocol, client_ip, server_ip, server_port, user, auth_mechanism, id, flow_id, ts, tx, frames,
    case when auth_mechanism = 'PLAIN' or auth_mechanism is null then 'password' else 'hash' end
  from cassandra where request_op in ('AUTH_RESPONSE', 'CREDENTIALS')
  union all
  select protocol, client_ip, server_ip, server_port, coalesce(auth_user, user), auth_mechanism, id, flow_id, ts, tx, frames,
    case auth_mechanism when 'PLAIN' then 'password' else 'hash' end
  from mongodb where auth_result in ('ok', 'failed') and auth_mechanism not in ('MONGODB-X509')
  union all
  select protocol, client_ip, server_ip, server_port, user, method, id, flow_id, ts, tx, frames, 'password'
  from redis where method = 'AUTH' or (method = 'HELLO' and query like '% AUTH %')
  union all
  select protocol, client_ip, server_ip, server_port, user, case when method = 'sasl_auth' then json_extract(request_keys, '$[0]') else 'text' end, id, flow_id, ts, tx, frames,
    case when method = 'set' or request_keys = '["PLAIN"]' then 'password' else 'hash' end
  from memcache where method = 'sasl_auth' or (method = 'set' and query like 'set auth %')
  union all
  select protocol, client_ip, server_ip, server_port, user, coalesce(mechanism, method), id, flow_id, ts, tx, frames,
    case when mechanism in ('PLAIN', 'AMQPLAIN') then 'password' when method = 'connection.update-secret' then 'token' else 'hash' end
  from amqp where auth_secret is not null
  union all
  select protocol, client_ip, server_ip, server_port, coalesce(auth_user, user), auth_mechanism, id, flow_id, ts, tx, frames,
    case when auth_mechanism in ('PLAIN', 'LOGIN') then 'password' when auth_mechanism in ('XOAUTH2', 'OAUTHBEARER') then 'token' else 'hash' end
  from smtp where auth_mechanism is not null and tls = 0 and coalesce(auth_user, user) is not null
  union all
  select protocol, client_ip, server_ip, server_port, user, lower(auth_scheme), id, flow_id, ts, tx, frames,
    case lower(auth_scheme) when 'basic' then 'password' when 'bearer' then 'token' else 'hash' end
  from sip where auth_scheme is not null
  union all
  select protocol, client_ip, server_ip, server_port, coalesce(user, url_username), coalesce(auth_type, 'url'), id, flow_id, ts, tx, frames,
    case coalesce(auth_type, 'basic') when 'basic' then 'password' when 'bearer' then 'token' else 'hash' end
  from http where auth_type is not null or url_username is not null
  union all
  select protocol, client_ip, server_ip, server_port, user, case when url_query is null then 'form' else 'query string' end, id, flow_id, ts, tx, frames,
    case when lower(params) glob '*pass*=?*' or lower(params) glob '*pwd=?*' then 'password' else 'token' end
  from http where lower(params) glob '*pass*=?*' or lower(params) glob '*pwd=?*' or lower(params) glob '*token=?*' or lower(params) glob '*api[_-]key=?*'
    or lower(params) glob '*apikey=?*' or lower(params) glob '*secret=?*'
  union all
  select protocol, client_ip, server_ip, server_port, user, method || ' statement', id, flow_id, ts, tx, frames, 'password'
  from (
    select protocol, client_ip, server_ip, server_port, user, method, id, flow_id, ts, tx, frames, fingerprint from mysql where command <> 'stmt_prepare'
    union all
    select protocol, client_ip, server_ip, server_port, user, method, id, flow_id, ts, tx, frames, fingerprint from pgsql where frontend in ('simple_query', 'execute')
    union all
    select protocol, client_ip, server_ip, server_port, user, method, id, flow_id, ts, tx, frames, fingerprint from oracle
    union all
    select protocol, client_ip, server_ip, server_port, user, method, id, flow_id, ts, tx, frames, fingerprint from cassandra where request_op in ('QUERY', 'EXECUTE', 'BATCH')
  )
  where method in ('CREATE', 'ALTER', 'SET', 'GRANT', 'CHANGE')
    and (fingerprint glob '*identified by [?]*' or fingerprint glob '*identified with * [ab][ys] [?]*' or fingerprint glob '*password [?]*'
      or fingerprint glob '*password = [?]*' or fingerprint glob '*= password([?])*')
  union all
  select protocol, client_ip, server_ip, server_port, user, method || ' command', id, flow_id, ts, tx, frames, 'password'
  from mongodb where method in ('createUser', 'updateUser') and query glob '*"pwd":*'
)
select protocol, exposure, mechanism, user, client_ip, server_ip, server_port, count(distinct flow_id) as connections, min(id) as first_id, ts as first, tx as first_tx, frames as first_frames
from exposed
where :exposure is null or exposure = :exposure
group by protocol, exposure, mechanism, user, client_ip, server_ip, server_port
order by exposure = 'hash', first_id
limit coalesce(:limit, 200);
