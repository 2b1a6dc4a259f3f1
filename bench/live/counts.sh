#!/bin/bash
# A live session beside real servers at work: do its rows equal what clients and servers counted, and does the ring give the same rows?
#
#   bench/live/counts.sh [SCALE] [FOLDER]    root; SCALE 1 is about 20,000 requests. Needs postgresql, mariadb-server, sysbench, redis-server,
#                                            nginx-light, nghttp2-client, bind9, dnsperf, postfix, sqlite3, iproute2
#
# Everything lives in a network namespace that vanishes with the script. Prints a table; exits 1 where two figures differ.
set -eu
SCALE=${1:-1}
OUT=${2:-$(mktemp -d)}
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${COUNTS:-}" != inside ]; then
  mkdir -p "$OUT" && chmod 755 "$OUT"
  COUNTS=inside exec unshare --net --mount --pid --fork --mount-proc bash "$0" "$SCALE" "$(cd "$OUT" && pwd)"
fi
cd "$OUT"
ip link set lo up
PG=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
scaled() { awk -v n="$1" -v s="$SCALE" 'BEGIN { printf "%d", n * s < 1 ? 1 : n * s }'; }
until_up() { for _ in $(seq 100); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; echo "no answer: $*" >&2; exit 1; }

mkdir -p pg && chown postgres pg
(cd / && runuser -u postgres -- "$PG/initdb" -D "$OUT/pg/data" -U postgres -A trust --no-sync) >initdb.log
printf "listen_addresses = '127.0.0.1'\nunix_socket_directories = '%s'\nfsync = off\nautovacuum = off\nshared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track_utility = on\n" "$OUT/pg" >>pg/data/postgresql.conf
(cd / && runuser -u postgres -- "$PG/pg_ctl" -D "$OUT/pg/data" -l "$OUT/pg/log" -w start) >pg_ctl.log
pg() { psql -X -q -At -h "$OUT/pg" -U postgres -d postgres "$@"; }
pg -c 'create extension pg_stat_statements' -c 'create database bench'
"$PG/pgbench" -h "$OUT/pg" -U postgres -i -s 1 -q bench >pgbench.init 2>&1

mkdir -p my && chown mysql my
mariadb-install-db --no-defaults --user=mysql --datadir="$OUT/my/data" --auth-root-authentication-method=normal --skip-test-db >my.init 2>&1
mariadbd --no-defaults --user=mysql --datadir="$OUT/my/data" --socket="$OUT/my/sock" --bind-address=127.0.0.1 --pid-file="$OUT/my/pid" --skip-log-bin \
  --skip-name-resolve >my.log 2>&1 &
my() { mariadb --no-defaults -uroot -S "$OUT/my/sock" -N "$@"; }
until_up my -e 'select 1'
my -e "create database sbtest; create user sb@'127.0.0.1' identified by 'sb'; grant all on sbtest.* to sb@'127.0.0.1'"
sysbench oltp_read_write --mysql-socket="$OUT/my/sock" --mysql-user=root --tables=2 --table-size=5000 prepare >sysbench.init

redis-server --bind 127.0.0.1 --unixsocket "$OUT/redis.sock" --save '' --dir "$OUT" >redis.log 2>&1 &
redis() { redis-cli -s "$OUT/redis.sock" "$@"; }
until_up redis ping

mkdir -p www nginx
head -c 3000 /dev/urandom | base64 >www/page.html
cat >nginx/nginx.conf <<NGINX
daemon off; user root; pid $OUT/nginx/pid; error_log $OUT/nginx/error.log; worker_processes 1;
events { worker_connections 256; }
http { access_log $OUT/nginx/access.log; client_body_temp_path $OUT/nginx; proxy_temp_path $OUT/nginx; fastcgi_temp_path $OUT/nginx;
  uwsgi_temp_path $OUT/nginx; scgi_temp_path $OUT/nginx; server { listen 127.0.0.1:80; root $OUT/www; } }
NGINX
nginx -p "$OUT/nginx" -c "$OUT/nginx/nginx.conf" >nginx.log 2>&1 &

mkdir -p bind && chown bind bind
cat >bind/named.conf <<NAMED
options { directory "$OUT/bind"; listen-on port 53 { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; pid-file "$OUT/bind/pid"; session-keyfile "$OUT/bind/key";
  statistics-file "$OUT/bind/stats"; };
controls { };
zone "example.test" { type primary; file "zone"; };
NAMED
python3 - <<'PYTHON'
lines = ['$TTL 300', '@ IN SOA ns1 host 1 3600 600 86400 60', '@ IN NS ns1', 'ns1 IN A 127.0.0.1']
lines += [f'h{n} IN A 10.0.{n >> 8}.{n & 255}' for n in range(2000)]
open('bind/zone', 'w').write('\n'.join(lines) + '\n')
open('dns.queries', 'w').write(''.join(f'h{n * 7 % 2200}.example.test A\n' for n in range(5000)))
PYTHON
named -u bind -c "$OUT/bind/named.conf" -g >named.log 2>&1 &

mkdir -p pfx/conf/postfix-files.d pfx/conf/dynamicmaps.cf.d pfx/spool pfx/data && chown postfix pfx/data
cp /etc/postfix/postfix-files /etc/postfix/dynamicmaps.cf pfx/conf/
sed -E 's/^(([^#[:space:]]+[[:space:]]+){4})y/\1n/' /usr/share/postfix/master.cf.dist >pfx/conf/master.cf
cat >pfx/conf/main.cf <<POSTFIX
compatibility_level = 3.6
queue_directory = $OUT/pfx/spool
data_directory = $OUT/pfx/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.test
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
default_transport = discard:
maillog_file_prefixes = $OUT
maillog_file = $OUT/postfix.log
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
POSTFIX
postfix -c "$OUT/pfx/conf" start >postfix.start 2>&1
for port in 5432 3306 6379 80 53 25; do until_up bash -c "</dev/tcp/127.0.0.1/$port"; done
sleep 2

node "$ROOT/bin/run.js" live lo -o case.sqlite -w ring >session.log 2>&1 &
SESSION=$!
until_up grep -q "capturing on" session.log
sleep 1

# Each load says how much it did; where the server counts too, its counter is the figure.
pg -c 'select pg_stat_statements_reset()' >/dev/null
"$PG/pgbench" -h 127.0.0.1 -U postgres -n -c 3 -t "$(scaled 300)" -M simple bench >pgbench.simple 2>&1
"$PG/pgbench" -h 127.0.0.1 -U postgres -n -c 3 -t "$(scaled 300)" -M prepared bench >pgbench.prepared 2>&1
# What is asked for the counter itself goes through a local socket, which the session does not see.
# PostgreSQL 15 counts a prepared BEGIN or END once, however often it is executed: transactions are counted by the client.
pgsql=$(pg -c "select sum(calls) from pg_stat_statements s join pg_database d on d.oid = s.dbid where datname = 'bench' and query not in ('BEGIN', 'END')")
pgbench=$(cat pgbench.simple pgbench.prepared | awk '/number of transactions actually processed/ { split($6, of, "/"); sum += of[1] } END { print sum }')

before=$(my -e "show global status like 'Questions'" | cut -f2)
sysbench oltp_read_write --mysql-host=127.0.0.1 --mysql-port=3306 --mysql-user=sb --mysql-password=sb --mysql-ssl=off --tables=2 --table-size=5000 --threads=2 --time=0 \
  --events="$(scaled 150)" run >sysbench.run 2>&1
sysbench oltp_read_only --mysql-host=127.0.0.1 --mysql-port=3306 --mysql-user=sb --mysql-password=sb --mysql-ssl=off --tables=2 --table-size=5000 --threads=2 --time=0 \
  --events="$(scaled 150)" --db-ps-mode=disable run >>sysbench.run 2>&1
after=$(my -e "show global status like 'Questions'" | cut -f2)
# Between the two readings the server also counted the end of the first and the statement of the second.
mysql=$((after - before - 2))

redis config resetstat >/dev/null
redis-benchmark -h 127.0.0.1 -n "$(scaled 5000)" -c 10 -P 8 -q -t set,get,lpush,mset >redis.bench 2>&1
redis=$(($(redis info stats | tr -d '\r' | awk -F: '/^total_commands_processed/ { print $2 }') - 1))

h2load --h1 -n "$(scaled 2000)" -c 4 http://127.0.0.1/page.html http://127.0.0.1/missing >h2load.out
sleep 1
http=$(wc -l <nginx/access.log)

dnsperf -s 127.0.0.1 -d dns.queries -c 4 -n "$(scaled 1)" >dnsperf.out 2>&1
dns=$(awk '/Queries completed/ { print $3 }' dnsperf.out)

smtp-source -s 4 -m "$(scaled 300)" -l 2000 -f anna@example.test -t jon@example.test 127.0.0.1:25 >smtp-source.out 2>&1
smtp=$(scaled 300)

sleep 2
kill -INT $SESSION
code=0
wait $SESSION || code=$?
echo "audit live ended with $code; the kernel dropped $(sqlite3 -readonly case.sqlite "select coalesce(sum(dropped), 0) from capture") of $(sqlite3 -readonly case.sqlite "select sum(packets) from capture") packets"
rows() { sqlite3 -readonly case.sqlite "$1"; }
wrong=0
line() { # PROTOCOL COUNTED ROWS BY
  local verdict=equal
  [ "$2" = "$3" ] || { verdict=DIFFERENT; wrong=1; }
  printf '%-7s %10s %10s  %-10s %s\n' "$1" "$2" "$3" "$verdict" "$4"
}
printf '%-7s %10s %10s\n' '' counted rows
line pgsql "$pgsql" "$(rows "select count(*) from pgsql where method in ('SELECT', 'INSERT', 'UPDATE')")" 'pg_stat_statements, calls'
line pgsql "$pgbench" "$(rows "select count(*) from pgsql where method = 'END'")" 'pgbench, transactions processed'
line mysql "$mysql" "$(rows "select count(*) from mysql where command in ('query', 'stmt_execute', 'quit')")" 'Questions of the server'
line redis "$redis" "$(rows 'select count(*) from redis')" 'total_commands_processed of the server'
line http "$http" "$(rows 'select count(*) from http')" 'access log'
line dns "$dns" "$(rows 'select count(*) from dns')" 'dnsperf, queries completed'
line smtp "$smtp" "$(rows 'select count(*) from smtp where mail_from is not null')" 'smtp-source, messages'
echo "not complete: $(rows "select count(*) from tx where complete <> 'complete'")"

node "$ROOT/bin/run.js" analyze ring -o again.sqlite >again.log 2>&1
for table in $(rows "select name from sqlite_schema where type = 'table' and name not like 'sqlite%' and name not in ('run', 'seal', 'seal_part') order by name"); do
  # Where the captures were found is what differs; the seal names the run.
  columns=$(rows "select group_concat('\"' || name || '\"') from pragma_table_info('$table') where not ('$table' = 'capture' and name = 'path')")
  if ! cmp -s <(rows "select $columns from \"$table\"") <(sqlite3 -readonly again.sqlite "select $columns from \"$table\""); then
    echo "the ring gives other rows of $table"
    wrong=1
  fi
done
[ $wrong = 1 ] || echo "audit analyze ring: every table but run and its seal has the same $(rows 'select count(*) from tx') transactions and $(rows 'select count(*) from flow') flows"
(cd / && runuser -u postgres -- "$PG/pg_ctl" -D "$OUT/pg/data" -m fast stop) >/dev/null
postfix -c "$OUT/pfx/conf" stop >/dev/null 2>&1
exit $wrong
