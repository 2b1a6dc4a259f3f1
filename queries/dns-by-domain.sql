-- DNS questions by registered domain: clients, names, failures, and marks of tunnels.
--
-- Many different names below one domain, long ones, and much TXT or NULL are what data smuggled through DNS looks like.
--
-- :client text = null      Only questions of this address.
-- :limit integer = 100     Rows at most.
select coalesce(registered_domain, question_name) as domain, count(*) as questions, count(distinct question_name) as names,
  max(length(question_name)) as longest_name, count(distinct client_ip) as clients,
  sum(response_code = 'NXDOMAIN') as nxdomain, sum(response_code not in ('NOERROR', 'NXDOMAIN')) as other_errors,
  sum(complete = 'no-response') as unanswered, sum(question_type in ('TXT', 'NULL')) as txt_or_null,
  sum(request_bytes) as request_bytes, sum(response_bytes) as response_bytes, min(ts) as first, max(ts) as last
from dns
where question_name is not null
  and (:client is null or client_ip = :client)
group by coalesce(registered_domain, question_name)
order by questions desc, domain
limit coalesce(:limit, 100);
