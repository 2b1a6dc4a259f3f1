#!/bin/bash
# Regenerates samples/cassandra/*.pcap: real drivers talk to a scripted server, because Debian has no Cassandra.
. "$(dirname "$0")/../lab.sh"
lab_need node:nodejs npm:npm
if [ -z "${LAB:-}" ]; then
  /usr/bin/python3 -c 'import cassandra, lz4.block, snappy' || { echo "$SELF: needs python3-cassandra python3-lz4 python3-snappy" >&2; exit 2; }
  # Inside the laboratory there is no registry: the driver is fetched before.
  DRIVER=$(mktemp -d)
  export DRIVER
  trap 'rm -rf "$DRIVER"' EXIT
  (cd "$DRIVER" && npm init -y >/dev/null && npm install --no-audit --no-fund cassandra-driver@4.8.0 >/dev/null) || exit 1
  status=0
  (lab_enter "$@") || status=$?
  exit $status
fi
lab_enter "$@"
lab_cable

NODE="cassandra-driver $(node -p "require('$DRIVER/node_modules/cassandra-driver/package.json').version") for Node.js"
PYTHON="cassandra-driver $(/usr/bin/python3 -c 'import cassandra; print(cassandra.__version__)') for Python"
SERVER='scripted server (synthetic)'

/usr/bin/python3 "$HERE/server.py" 10.20.0.80 --quiet 2>server80.log & OPEN=$!
/usr/bin/python3 "$HERE/server.py" 10.20.0.81 --auth --quiet 2>server81.log & GUARDED=$!
/usr/bin/python3 "$HERE/server.py" 10.20.0.25 2>server25.log & TALKING=$!
for address in 10.20.0.80 10.20.0.81 10.20.0.25; do lab_port $address 9042; done

js() { there timeout 60 node "$HERE/client.mjs" "$@" >>client.log 2>&1; }
py() { there timeout 60 /usr/bin/python3 "$HERE/client.py" "$@" >>client.log 2>&1; }

record v4 tcp port 9042
js basic 10.20.0.81
keep 'v4: login, USE, CREATE TABLE, prepared INSERT with null and unset values, SELECT with two pages, warning, named values, conditional insert not applied, logged and counter batch, tracing with custom payload, TRUNCATE, DROP' "$NODE, $SERVER"

record v3 tcp port 9042
js basic 10.20.0.81 3
keep 'The same in v3' "$NODE, $SERVER"

record types tcp port 9042
js zoo 10.20.0.80
keep 'Every type of CQL, as a row and as bound values' "$NODE, $SERVER"

record errors tcp port 9042
js errors 10.20.0.81
keep 'Every error with its details; a statement the server has forgotten and that is prepared again; a refused login (`S3CRET-cassandra-3`)' "$NODE, $SERVER"

record pipelined tcp port 9042
js pipelined 10.20.0.80
keep '24 requests at once, answered in another order' "$NODE, $SERVER"

record shared tcp port 9042
js shared 10.20.0.80
keep 'Prepared on one connection, executed on three' "$NODE, $SERVER"

record secrets tcp port 9042
js secrets 10.20.0.81
keep 'Secrets everywhere they can stand (`S3CRET-cassandra-1`, `-4` to `-11`)' "$NODE, $SERVER"

js late 10.20.0.81 & CLIENT=$!
for _ in $(seq 100); do grep -qs '^ready' client.log && break; sleep 0.05; done
record late tcp port 9042
wait $CLIENT
keep 'The capture begins after login and preparation' "$NODE, $SERVER"

record events tcp port 9042
js listen 10.20.0.25
keep 'Events that the server pushes: a node down and up, one removed, a table created, a function dropped' "$NODE, $SERVER"

record lz4 tcp port 9042
py plain 10.20.0.80 4 lz4
keep 'v4 with bodies compressed by lz4' "$PYTHON, $SERVER"

record snappy tcp port 9042
py plain 10.20.0.80 4 snappy
keep 'v4 with bodies compressed by snappy' "$PYTHON, $SERVER"

record v5 tcp port 9042
py login 10.20.0.81 5
keep 'v5: login, then segments' "$PYTHON, $SERVER"

record v5-lz4 tcp port 9042
py large 10.20.0.80 5 lz4
keep 'v5 with compressed segments; an answer and a request that span several of them, two errors with the details of v5' "$PYTHON, $SERVER"

kill $OPEN $GUARDED $TALKING
lab_table
