-- Oddities by code: how often, in how many conversations, and where one is.
--
-- audit schema --anomalies says what each code means.
--
-- :code text = null        Only codes that begin so, such as tcp or smtp.
-- :limit integer = 100     Rows at most.
select a.code, sum(a.count) as times, count(distinct a.flow_id) as flows, min(a.id) as first_id, c.name as capture, a.frame, f.client_ip, f.server_ip, f.server_port,
  a.message
from anomaly a left join flow f on f.id = a.flow_id left join capture c on c.id = a.capture_id
where :code is null or a.code = :code or substr(a.code, 1, length(:code) + 1) = :code || '.'
group by a.code
order by times desc, a.code
limit coalesce(:limit, 100);
