-- What lists of indicators and rules point at: the gravest first, with the row and the packets behind each.
--
-- :severity text = null    Only these: critical, high, medium, low or info.
-- :source text = null      Only of this list or pack.
-- :limit integer = 100     Rows at most.
select d.ts, d.severity, d.title, d.indicator, d.place, d.value, d.fit, d.validity, f.client_ip, f.server_ip, f.server_port, d.tx_id, d.flow_id, d.count, c.name as capture,
  d.frames, d.source, d.rule
from finding d left join flow f on f.id = d.flow_id left join capture c on c.id = d.capture_id
where (:severity is null or d.severity = :severity) and (:source is null or d.source = :source)
order by instr('critical,high,medium,low,info', d.severity), d.id
limit coalesce(:limit, 100);
