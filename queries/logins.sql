-- Logins and what became of them: databases, mail, web, telephony, messaging, caches.
--
-- One row for each attempt whose outcome the wire shows. result is ok, failed or unknown. HTTP has no login of its own: a request
-- with credentials stands for one, once for each connection, user and result; a form in a page is not seen as one. So does the mail
-- that a logged-in SMTP session sent. Of such a group the first row is shown, its packets too. Logins inside of TLS are not visible.
--
-- :result text = null      Only ok, failed or unknown.
-- :user text = null        Only this user.
-- :limit integer = 200     Rows at most.
with login as (
  select id, ts, protocol, client_ip, server_ip, server_port, user, auth_plugin as mechanism, status = 'OK' as ok, error, tx, frames
  from mysql where command in ('login', 'change_user')
  union all
  select id, ts, protocol, client_ip, server_ip, server_port, user, auth_method, case when complete = 'complete' then status = 'OK' end, error, tx, frames
  from pgsql where frontend = 'startup'
  union all
  select id, ts, protocol, client_ip, server_ip, server_port, user, null, status = 'OK', error, tx, frames
  from oracle where method = 'LOGIN'
  union all
  select id, ts, protocol, client_ip, server_ip, server_port, user, auth_mechanism, case when response_op <> 'AUTH_CHALLENGE' then status = 'OK' end, error, tx, frames
  from cassandra where request_op in ('AUTH_RESPONSE', 'CREDENTIALS')
  union all
  select id, ts, protocol, client_ip, server_ip, server_port, coalesce(auth_user, user), auth_mechanism, auth_result = 'ok', error, tx, frames
  from mongodb where auth_result in ('ok', 'failed')
  union all
  select id, ts, protocol, client_ip, server_ip, server_port, user, null, status = 'OK', error, tx, frames
  from redis where method = 'AUTH' or (method = 'HELLO' and query like '% AUTH %')
  union all
  select id, ts, protocol, client_ip, server_ip, server_port, user, case when method = 'sasl_auth' then json_extract(request_keys, '$[0]') else 'text' end, status = 'OK', error, tx, frames
  from memcache where method = 'sasl_auth' or (method = 'set' and query like 'set auth %')
  union all
  select id, ts, protocol, client_ip, server_ip, server_port, user, mechanism, case when complete = 'complete' then status = 'OK' end, coalesce(error, reply_text), tx, frames
  from amqp where method = 'connection.start' and mechanism is not null
  union all
  select min(id), ts, protocol, client_ip, server_ip, server_port, coalesce(auth_user, user), auth_mechanism,
    case auth_result when 'ok' then 1 when 'failed' then 0 end, case when auth_result <> 'ok' then error end, tx, frames
  from smtp where auth_mechanism is not null
  group by protocol, flow_id, client_ip, server_ip, server_port, coalesce(auth_user, user), auth_mechanism, auth_result, case when auth_result = 'ok' then 0 else id end
  union all
  select id, ts, protocol, client_ip, server_ip, server_port, user, lower(auth_scheme), case auth_result when 'accepted' then 1 when 'rejected' then 0 end, error, tx, frames
  from sip where auth_scheme is not null
  union all
  select min(id), ts, protocol, client_ip, server_ip, server_port, user, auth_type,
    case when status_code in (401, 407) then 0 when status_code < 400 then 1 end, error, tx, frames
  from http where auth_type is not null
  group by protocol, flow_id, client_ip, server_ip, server_port, user, auth_type, case when status_code in (401, 407) then 0 when status_code < 400 then 1 end
), judged as (
  select *, case ok when 1 then 'ok' when 0 then 'failed' else 'unknown' end as result from login
)
select ts, protocol, result, user, client_ip, server_ip, server_port, mechanism, error, tx, frames
from judged
where (:result is null or result = :result)
  and (:user is null or user = :user)
order by id
limit coalesce(:limit, 200);
