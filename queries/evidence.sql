-- The captures in the case: hashes, spans, packets, drops, damage.
select name, path, size, sha256, inner_sha256, container, compression, packets, bytes, received, dropped,
  strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch') || printf('.%09dZ', first_ns % 1000000000) as first,
  strftime('%Y-%m-%dT%H:%M:%S', last_ns / 1000000000, 'unixepoch') || printf('.%09dZ', last_ns % 1000000000) as last,
  json_array_length(damage) as damaged_places, writer
from capture
order by id;
