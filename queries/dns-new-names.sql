-- DNS names by when they were first asked for, the latest first.
--
-- What an incident brought along shows up late in the capture: give the time before which names are known.
--
-- :since time = null       Only names that nobody asked for before.
-- :limit integer = 100     Rows at most.
select min(ts) as first, question_name, count(*) as questions, count(distinct client_ip) as clients, min(client_ip) as a_client,
  max(case when response_code = 'NOERROR' then resolved_ip end) as resolved_ip
from dns
where question_name is not null
group by question_name
having :since is null or min(ts) >= :since
order by min(id) desc
limit coalesce(:limit, 100);
