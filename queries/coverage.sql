-- How much of the payload was understood, by protocol: what every "not seen" rests on.
--
-- - is payload that no protocol claimed. Runs that wrote into the same case are added up.
select protocol, sum(flows) as flows, sum(decoded_bytes) as decoded_bytes, sum(opaque_bytes) as opaque_bytes, sum(unknown_bytes) as unknown_bytes,
  sum(lost_bytes) as lost_bytes, sum(cut_bytes) as cut_bytes,
  round(100.0 * sum(decoded_bytes) / max(1, sum(decoded_bytes + opaque_bytes + unknown_bytes + lost_bytes + cut_bytes)), 2) as decoded_percent
from coverage
group by protocol
order by sum(decoded_bytes + opaque_bytes + unknown_bytes + lost_bytes + cut_bytes) desc, protocol;
