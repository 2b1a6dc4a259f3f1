#!/bin/bash
# Regenerates samples/redis/*.pcap: redis-server on 10.20.0.80, a replica of it on the clients' host, redis-cli, and a small
# Python client for what redis-cli does not say.
. "$(dirname "$0")/../lab.sh"
lab_need redis-server:redis-server redis-cli:redis-tools
lab_enter "$@"
lab_cable

HOST=10.20.0.80
serve() { # PORT OPTION...
  local port=$1
  shift
  redis-server --port "$port" --bind $HOST --protected-mode no --save '' --dir "$LAB" --daemonize no --repl-diskless-sync-delay 0 --enable-debug-command yes "$@" >"redis-$port.log" 2>&1 &
  SERVER=$!
  lab_port $HOST "$port"
}
stop() { kill "$SERVER" && wait "$SERVER" 2>/dev/null || true; }
cli() { there redis-cli -h $HOST "$@" >>cli.out 2>>cli.log || true; }
client() { there python3 "$HERE/client.py" $HOST "$@"; }
REDIS="redis-server $(redis-server --version | sed 's/.* v=\([0-9.]*\).*/\1/')"
CLI="redis-cli $(redis-cli --version | sed 's/redis-cli \([0-9.]*\).*/\1/')"
PY="Python $(python3 -c 'import platform; print(platform.python_version())')"
serve 6379

record commands tcp port 6379 and host 10.20.0.11
client commands
keep 'RESP2: every type of reply, errors, a script, a list, a stream, a sorted set, binary and empty values, a blocking BLPOP, an unknown command, a value of 20,000 bytes both ways' "$REDIS, $PY socket"

record resp3 tcp port 6379 and host 10.20.0.11
client resp3
keep 'HELLO 3 and what only RESP3 has: maps, sets, doubles, booleans, big numbers, verbatim strings, nulls, attributes, pushed invalidations, messages beside commands' "$REDIS, $PY socket"

record pipeline tcp port 6379
client pipeline
keep 'A pipeline of 300 commands in one write, then commands cut into single bytes' "$REDIS, $PY socket"

record transactions tcp port 6379 and host 10.20.0.11
client transactions
keep 'MULTI and EXEC with an error inside, pipelined; DISCARD; EXECABORT after a wrong command; a watched key that 10.20.0.12 changes, outside the capture' "$REDIS, $PY socket"

record pubsub tcp port 6379 and host 10.20.0.11
client pubsub
keep 'SUBSCRIBE to two channels, PSUBSCRIBE, messages, PING in between, UNSUBSCRIBE from all; the publisher is on 10.20.0.12, outside the capture' "$REDIS, $PY socket"

record monitor tcp port 6379 and host 10.20.0.11
client monitor
keep 'MONITOR while 10.20.0.12 speaks, outside the capture (`S3CRET-redis-9` in a CONFIG SET, which MONITOR hides, and in a script, which it shows), then RESET' "$REDIS, $PY socket"

record silence tcp port 6379
client silence
keep 'CLIENT REPLY SKIP, OFF, SKIP while off, and ON' "$REDIS, $PY socket"

record inline tcp port 6379
client inline
keep 'Inline commands, quoted words, an empty line, a line that is no command' "$REDIS, $PY socket"
stop

serve 6379 --requirepass S3CRET-redis-1
record auth tcp port 6379
client auth
keep 'NOAUTH, AUTH with a wrong (`S3CRET-redis-2`) and the right (`S3CRET-redis-1`) password, ACL SETUSER (`S3CRET-redis-3`), AUTH and HELLO with a user, CONFIG SET and GET of requirepass and masterauth, MIGRATE with AUTH2, scripts, inline AUTH, SELECT' "$REDIS, $PY socket"
stop

serve 7777
record other-port tcp port 7777
there redis-cli -h $HOST -p 7777 -r 2 -n 3 INCR visits >>cli.out
keep 'redis-cli on port 7777, with SELECT' "$REDIS, $CLI"
stop

serve 6379 --repl-diskless-sync yes
record replication tcp port 6379
there redis-server --port 6380 --bind 10.20.0.11 --protected-mode no --save '' --dir "$LAB" --replicaof $HOST 6379 --dbfilename replica.rdb >replica.log 2>&1 &
REPLICA=$!
for _ in $(seq 100); do redis-cli -h $HOST INFO replication | grep -q 'state=online' && break; sleep 0.1; done
there redis-cli -h $HOST MSET berth:1 Nordwind berth:2 Seestern >>cli.out
there redis-cli -h $HOST CONFIG SET masterauth S3CRET-redis-8 >>cli.out
there redis-cli -h $HOST DEL berth:2 >>cli.out
sleep 1.5
kill $REPLICA
keep 'A replica: PING, REPLCONF, PSYNC, the snapshot, the stream of commands, REPLCONF ACK; a client that writes meanwhile' "$REDIS (both), $CLI"
stop

lab_table
