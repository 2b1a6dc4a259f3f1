-- What clients sent to web servers, largest first: uploads, and data on its way out.
--
-- :min_bytes integer = 1   Least bytes of the request's body.
-- :limit integer = 100     Rows at most.
select request_body_bytes, ts, client_ip, server_ip, server_port, user, method, url_full, request_mime_type, status_code, user_agent, tx, frames
from http
where request_body_bytes >= coalesce(:min_bytes, 1)
order by request_body_bytes desc, id
limit coalesce(:limit, 100);
