-- DNS names that do not exist or could not be resolved, by client.
--
-- :code text = null        Only this response code, such as NXDOMAIN.
-- :limit integer = 100     Rows at most.
select client_ip, server_ip, question_name, question_type, coalesce(response_code, complete) as result, count(*) as questions,
  min(ts) as first, max(ts) as last
from dns
where (coalesce(response_code, '') <> 'NOERROR' or complete = 'no-response')
  and (:code is null or response_code = :code)
group by client_ip, server_ip, question_name, question_type, coalesce(response_code, complete)
order by questions desc, min(id)
limit coalesce(:limit, 100);
