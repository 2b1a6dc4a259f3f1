#!/bin/bash
# Regenerates samples/memcache/*.pcap: memcached on 10.20.0.80, libmemcached's tools, and a small Python client.
. "$(dirname "$0")/../lab.sh"
lab_need memcached:memcached memccp:libmemcached-tools saslpasswd2:sasl2-bin
lab_enter "$@"
lab_cable

HOST=10.20.0.80
serve() { # OPTION...
  memcached -u root -l $HOST "$@" >>memcached.log 2>&1 &
  SERVER=$!
  lab_port $HOST 11211
}
stop() { kill "$SERVER" && wait "$SERVER" 2>/dev/null || true; }
client() { there timeout 30 python3 "$HERE/client.py" $HOST "$@"; }
MEMCACHED="memcached $(memcached --version | cut -d' ' -f2)"
TOOLS="libmemcached-tools $(dpkg-query -W -f '${Version}' libmemcached-tools)"
PY="Python $(python3 -c 'import platform; print(platform.python_version())')"
serve -U 11211

record text tcp port 11211
client text
keep 'The text protocol: every store, cas, get of several keys, misses, incr and decr, touch, gat, delete, noreply, errors, stats, slabs, verbosity, version, flush_all, a value of 20,000 bytes' "$MEMCACHED, $PY socket"

record meta tcp port 11211
client meta
keep 'Meta commands: ms, mg, md, ma, me, mn; opaque tokens, a quiet pipeline, base64 keys' "$MEMCACHED, $PY socket"

record binary tcp port 11211
client binary
keep 'The binary protocol: stores, quiet gets closed by a noop, counters, touch and gat, stats, version, errors, quit' "$MEMCACHED, $PY socket"

record pipeline tcp port 11211
client pipeline
keep '200 text requests in one write, then some in single bytes' "$MEMCACHED, $PY socket"

record udp udp port 11211
client udp
keep 'UDP: text and binary, a reply of 12 datagrams, a request that is sent again, one that nobody answers' "$MEMCACHED, $PY socket"

record watch tcp port 11211 and host 10.20.0.11
client watch
keep 'watch fetchers mutations, while 10.20.0.12 works, outside the capture' "$MEMCACHED, $PY socket"

record tools tcp port 11211
printf 'Nordwind\n' >berth
there memccp --servers=$HOST --binary berth >>tools.out
there memccat --servers=$HOST berth >>tools.out
there memcstat --servers=$HOST >>tools.out
there memcrm --servers=$HOST berth >>tools.out
keep 'memccp (binary), memccat, memcstat and memcrm' "$MEMCACHED, $TOOLS"
stop

printf 'anna:S3CRET-memcache-1\n' >people
serve -Y "$LAB/people"
record auth-text tcp port 11211
client auth-text
keep 'The login of the text protocol: refused without it, with a wrong password (`S3CRET-memcache-2`), then let in (`S3CRET-memcache-1`)' "$MEMCACHED, $PY socket"
stop

if memcached -S -V 2>&1 | grep -qi 'not built\|unknown\|illegal'; then exit 0; fi
printf 'mech_list: plain\nsasldb_path: %s/sasldb\nlog_level: 0\n' "$LAB" >memcached.conf
echo 'S3CRET-memcache-3' | saslpasswd2 -p -c -f "$LAB/sasldb" -u mail.harbour.example anna
export SASL_CONF_PATH=$LAB
serve -S
record auth-sasl tcp port 11211
client auth-sasl
keep 'SASL PLAIN in the binary protocol: refused without it, with a wrong password (`S3CRET-memcache-4`), then let in (`S3CRET-memcache-3`)' "$MEMCACHED -S, $PY socket"
stop

lab_table
