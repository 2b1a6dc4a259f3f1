#!/bin/bash
# Regenerates samples/pgsql/*.pcap: a PostgreSQL server, its own clients, psycopg and asyncpg.
. "$(dirname "$0")/../lab.sh"
PG=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
PATH=$PG:$PATH
lab_need initdb:postgresql psql:postgresql-client pgbench:postgresql-contrib pg_recvlogical:postgresql-client runuser:util-linux openssl:openssl jq:jq
/usr/bin/python3 -c 'import psycopg, asyncpg' 2>/dev/null || { echo "$SELF: missing: python3-psycopg python3-asyncpg" >&2; exit 2; }
lab_enter "$@"
lab_cable

server_start() {
  mkdir -p pg && chown postgres pg && chmod 777 "$LAB"
  runuser -u postgres -- initdb -D "$LAB/pg/data" -U postgres -A trust --no-locale -E UTF8 >initdb.log
  cat >>pg/data/postgresql.conf <<CF
listen_addresses = '10.20.0.25'
unix_socket_directories = '$LAB/pg'
wal_level = logical
max_wal_senders = 4
fsync = off
autovacuum = off
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = top
timezone = 'UTC'
log_statement = all
log_line_prefix = '%u '
CF
  cat >pg/data/pg_hba.conf <<'CF'
local all         all             trust
host  all         clear_user  all password
host  all         md5_user    all md5
host  all         trust_user  all trust
host  replication replica     all scram-sha-256
host  all         all         all scram-sha-256
CF
  runuser -u postgres -- pg_ctl -D "$LAB/pg/data" -l "$LAB/postgres.log" -w start >pg_ctl.log
  admin -d postgres -c 'create database shop' -c 'create database bench'
  admin <<'SQL'
create extension pg_stat_statements; create extension dblink; create extension postgres_fdw; create extension pgcrypto;
set password_encryption = 'md5';
create role md5_user login password 'S3CRET-pgsql-2';
set password_encryption = 'scram-sha-256';
create role clear_user login password 'S3CRET-pgsql-1';
create role trust_user login;
create role anna login password 'S3CRET-pgsql-3' createrole;
create role replica login replication password 'S3CRET-pgsql-4';
create role bench login password 'S3CRET-pgsql-5';
grant create on schema public to anna, trust_user;
grant all on database shop to anna;
alter database bench owner to bench;
create table accounts (id int primary key, name text, password text unique, check (id > 0));
grant all on accounts to anna;
SQL
  admin -d bench -c 'grant all on schema public to bench'
}

admin() { psql -X -q -v ON_ERROR_STOP=1 -h "$LAB/pg" -U postgres -d shop "$@"; }
as() { # USER PASSWORD COMMAND...
  local user=$1 password=$2
  shift 2
  there env PGUSER="$user" PGPASSWORD="$password" PGHOST=10.20.0.25 PGDATABASE="${DB:-shop}" PGSSLMODE="${SSL:-disable}" PGGSSENCMODE="${GSS:-disable}" "$@"
}
anna() { as anna S3CRET-pgsql-3 "$@"; }
client() { anna /usr/bin/python3 "$HERE/client.py" "$@"; }
refused() { if "$@"; then echo "expected to fail: $*" >&2; return 1; fi; }

# What the server itself counted while a capture ran: a row of calls.json, which a test holds the rows against.
count_from_zero() {
  admin -c 'select pg_stat_statements_reset()' >/dev/null
  LOGGED=$(logged)
}
logged() { grep -cE '^(anna|bench) LOG:  (statement|execute [^:]*):' postgres.log || true; }
counted() { # CAPTURE
  local calls
  calls=$(admin -At -c "select coalesce(sum(calls), 0) from pg_stat_statements s join pg_roles r on r.oid = s.userid where r.rolname <> 'postgres'")
  jq -nc --arg capture "$1" --argjson calls "$calls" --argjson logged $(($(logged) - LOGGED)) '{capture: $capture, calls: $calls, logged: $logged}' >>calls
}

server_start
SERVER="PostgreSQL $(psql -V | grep -o '[0-9.]*' | head -n 1)"
PSQL="psql $(psql -V | grep -o '[0-9.]*' | head -n 1)"
PGBENCH="pgbench $(pgbench -V | grep -o '[0-9.]*' | head -n 1)"
PSYCOPG="psycopg $(/usr/bin/python3 -c 'import psycopg; print(psycopg.__version__)')"
ASYNCPG="asyncpg $(/usr/bin/python3 -c 'import asyncpg; print(asyncpg.__version__)')"
: >calls

record logins tcp port 5432
as trust_user '' psql -X -c 'select current_user' >/dev/null
as clear_user S3CRET-pgsql-1 psql -X -c 'select current_user' >/dev/null
as md5_user S3CRET-pgsql-2 psql -X -c 'select current_user' >/dev/null
anna psql -X -c 'select current_user' >/dev/null
refused as anna S3CRET-pgsql-6 psql -X -c 'select 1' 2>/dev/null
refused as clear_user S3CRET-pgsql-6 psql -X -c 'select 1' 2>/dev/null
refused as nobody S3CRET-pgsql-6 psql -X -c 'select 1' 2>/dev/null
DB=nowhere refused as trust_user '' psql -X -c 'select 1' 2>/dev/null
SSL=prefer anna psql -X -c 'select current_user' >/dev/null
refused as anna '' psql -X -w -c 'select 1' 2>/dev/null
keep 'Logins: trust, password in the clear, md5, SCRAM; wrong passwords, unknown user, unknown database; SSLRequest answered N; a client without password that leaves' "$SERVER, $PSQL"

record simple tcp port 5432
count_from_zero
anna psql -X -q <"$HERE/simple.sql" >psql.log 2>&1
anna psql -X -q -c "create temp table t (a int); insert into t values (1), (2); select 'a;b', \$q\$c;d\$q\$ /* e;f */ from t; -- g;h" >>psql.log 2>&1
refused anna psql -X -q -c "insert into orders values (10, 'x', 1); insert into orders values (10, 'y', 1); select 1" >>psql.log 2>&1
refused anna psql -X -q -c "select 1; selec 2; select 3" >>psql.log 2>&1
sleep 0.3
counted simple.pcap
keep 'Simple query: tables, transactions, savepoint, notices, errors with detail, hint and position, an empty query; several statements in one text with semicolons in literals, dollar quotes and comments; a duplicate key in the middle; a mistake in grammar' "$SERVER, $PSQL"

record extended tcp port 5432
count_from_zero
client extended
sleep 0.3
counted extended.pcap
keep 'Extended query by psycopg: text and binary parameters of all common types, a statement prepared and reused, a server-side cursor, errors at Parse and at Execute, several rows; then a pipeline with an error in it' "$SERVER, $PSYCOPG"

record binary tcp port 5432
count_from_zero
client binary
sleep 0.3
counted binary.pcap
keep 'Extended query by asyncpg: everything in binary format, Describe and Flush before Bind, a portal fetched in three steps, executemany, COPY in binary format' "$SERVER, $ASYNCPG"

record copy tcp port 5432
count_from_zero
anna psql -X -q <"$HERE/copy.sql" >psql.log 2>&1
client copy
sleep 0.3
counted copy.pcap
keep 'COPY to and from the client, text and CSV; bad data, refused in line 2; a client that gives up (CopyFail)' "$SERVER, $PSQL and $PSYCOPG"

record cancel tcp port 5432
client cancel
anna timeout -s INT 1 psql -X -c 'select pg_sleep(10)' >psql.log 2>&1 || true
keep 'CancelRequest on a connection of its own, twice; LISTEN, NOTIFY with payload; a session ended by pg_terminate_backend; function call by lo_creat' "$SERVER, $PSYCOPG and $PSQL"

admin -c "select pg_create_logical_replication_slot('changes', 'test_decoding')" >/dev/null
record replication tcp port 5432
{ as replica S3CRET-pgsql-4 timeout -s INT 3.5 pg_recvlogical -d shop --slot changes --start -f "$LAB/changes" -s 1 >recv.log 2>&1 || true; } &
RECV=$!
sleep 1
admin -c "insert into accounts values (1, 'quay', 'S3CRET-pgsql-7'); update accounts set name = 'pier'; delete from accounts"
wait $RECV || true
as replica S3CRET-pgsql-4 pg_receivewal -D "$LAB" --slot wal --create-slot >>recv.log 2>&1
as replica S3CRET-pgsql-4 psql -X 'dbname=shop replication=database' -c 'IDENTIFY_SYSTEM' -c "DROP_REPLICATION_SLOT wal" >>recv.log 2>&1
keep 'Replication: START_REPLICATION of a logical slot with three changes, keepalives and status messages; CREATE_REPLICATION_SLOT, IDENTIFY_SYSTEM, DROP_REPLICATION_SLOT' "$SERVER, pg_recvlogical, pg_receivewal, $PSQL"

for kind in simple extended prepared; do
  DB=bench
  psql -X -q -h "$LAB/pg" -U bench -d bench -c 'drop table if exists pgbench_accounts, pgbench_branches, pgbench_tellers, pgbench_history' 2>/dev/null
  pgbench -i -q -s 1 -h "$LAB/pg" -U bench bench >pgbench.log 2>&1
  record "bench-$kind" tcp port 5432
  count_from_zero
  as bench S3CRET-pgsql-5 pgbench -n -M $kind -c 2 -t 12 >>pgbench.log 2>&1
  sleep 0.3
  counted "bench-$kind.pcap"
  keep "pgbench -M $kind: two connections, twelve transactions each" "$SERVER, $PGBENCH"
done
record bench-pipeline tcp port 5432
count_from_zero
for kind in extended prepared; do as bench S3CRET-pgsql-5 pgbench -n -M $kind -c 2 -t 6 -f "$HERE/pipeline.pgbench" >>pgbench.log 2>&1; done
sleep 0.3
counted bench-pipeline.pcap
keep 'pgbench with \\startpipeline, -M extended and prepared: batches of statements before each Sync' "$SERVER, $PGBENCH"
DB=shop

record secrets tcp port 5432
admin -c 'alter role anna superuser'
PGOPTIONS='-c app.token=S3CRET-pgsql-20' anna psql -X -q <"$HERE/secrets.sql" >psql.log 2>&1 || true
client secrets
as clear_user S3CRET-pgsql-1 psql -X -q -c 'select 1' >/dev/null
as md5_user S3CRET-pgsql-2 psql -X -q -c 'select 1' >/dev/null
admin -c 'alter role anna nosuperuser'
keep 'A secret in every place that can hold one, see below' "$SERVER, $PSQL, $PSYCOPG and $ASYNCPG"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=db.harbour.example -keyout pg/data/server.key -out pg/data/server.crt 2>openssl.log
chown postgres pg/data/server.key pg/data/server.crt
chmod 600 pg/data/server.key
admin -c 'alter system set ssl = on' -c 'select pg_reload_conf()' >/dev/null
sleep 0.5
record ssl tcp port 5432
SSL=require anna psql -X -c 'select current_user' >/dev/null
keep 'SSLRequest answered S: TLS 1.3 from there on' "$SERVER, $(openssl version | cut -d' ' -f1,2), $PSQL"

runuser -u postgres -- pg_ctl -D "$LAB/pg/data" -m immediate stop >pg_ctl.log
jq -s . calls >"$HERE/calls.json"
chmod 644 "$HERE/calls.json"
lab_table
