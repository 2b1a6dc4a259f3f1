-- HTTP user agents: who uses each, for which hosts, and how it fares.
--
-- :client text = null      Only requests of this address.
-- :limit integer = 100     Rows at most.
select coalesce(user_agent, '(none)') as user_agent, count(*) as requests, count(distinct client_ip) as clients, min(client_ip) as a_client,
  count(distinct host) as hosts, min(host) as a_host, sum(status_code >= 400) as refused, sum(request_bytes) as request_bytes,
  sum(response_bytes) as response_bytes, min(ts) as first, max(ts) as last
from http
where method is not null
  and (:client is null or client_ip = :client)
group by user_agent
order by requests desc, user_agent
limit coalesce(:limit, 100);
