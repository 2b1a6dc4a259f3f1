#!/bin/bash
# Regenerates samples/mysql/*.pcap: a MariaDB server on 10.20.0.81, clients of three libraries on 10.20.0.11; and counters.json,
# what the server itself counted meanwhile.
. "$(dirname "$0")/../lab.sh"
lab_need mariadbd:mariadb-server mariadb:mariadb-client mariadb-binlog:mariadb-client sysbench:sysbench node:nodejs npm:npm gcc:gcc \
  mariadb_config:libmariadb-dev openssl:openssl editcap:wireshark-common
if [ -z "${LAB:-}" ]; then
  # The laboratory has no way out: packages and the C client are made before it is entered.
  export NODE_MODULES
  NODE_MODULES=$(mktemp -d)
  trap 'rm -rf "$NODE_MODULES"' EXIT
  (cd "$NODE_MODULES" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund mysql2@3.24.6 mariadb@3.5.4) || exit 1
  # shellcheck disable=SC2046
  gcc -O1 -o "$NODE_MODULES/client" "$HERE/client.c" $(mariadb_config --cflags --libs) || exit 1
  ( lab_enter "$@" ) || exit $?
  exit 0
fi
lab_enter "$@"
lab_cable
export HOME=$LAB

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=app.harbour.example -keyout key.pem -out cert.pem 2>openssl.log
mkdir db run
cat >my.cnf <<CF
[mariadbd]
datadir = $LAB/db
socket = $LAB/run/db.sock
pid-file = $LAB/run/db.pid
bind-address = 10.20.0.81
port = 3306
skip-name-resolve
ssl-cert = $LAB/cert.pem
ssl-key = $LAB/key.pem
local-infile = 1
server-id = 7
log-bin = $LAB/db/quay-bin
innodb-buffer-pool-size = 16M
innodb-log-file-size = 4M
performance-schema = 0
CF
chown -R mysql . && chmod 755 . && chmod 644 my.cnf
mariadb-install-db --defaults-file=my.cnf --user=mysql --skip-test-db >install.log 2>&1
mariadbd --defaults-file=my.cnf --user=mysql >server.log 2>&1 &
for i in $(seq 100); do [ -S run/db.sock ] && break; sleep 0.1; done
near() { mariadb --no-defaults -S run/db.sock -u root "$@"; }
for i in $(seq 100); do near -e 'select 1' >/dev/null 2>&1 && break; sleep 0.1; done
near <<'SQL'
create database harbour; create database quay;
use harbour;
create table ships (id int primary key, name varchar(40), berth varchar(10));
insert into ships values (1, 'Ada', 'A1'), (2, 'Brunhilde', 'B2'), (3, 'Ceres', 'C3'), (4, 'Dido', 'D4'), (5, 'Esau', 'E5'), (6, 'Freya', 'F6'), (7, 'Gaia', 'G7');
create table quay.ships like ships;
create table calls (id int primary key auto_increment, ship int, arrived datetime(6), cargo text, fee decimal(10,2));
create table cargo (id int, what varchar(40), note varchar(40));
create table papers (name varchar(40), body longblob);
create table accounts (name varchar(40), password varchar(80) unique);
create table kinds (a tinyint, b tinyint unsigned, c smallint, d smallint unsigned, e int, f int unsigned, g bigint, h bigint unsigned, i float, j double,
  k decimal(40,10), l date, m datetime(6), n time, o varchar(40), p blob);
delimiter //
create procedure two_lists(n int) begin select id, name from ships where id <= n; select count(*) as calls from calls; end//
delimiter ;
create user anna@'%' identified by 'S3CRET-mysql-1';
create user bert@'%' identified by 'S3CRET-mysql-2';
grant all on *.* to anna@'%' with grant option;
grant select, update, insert on harbour.* to bert@'%';
SQL

c() { there mariadb --no-defaults --skip-ssl -h 10.20.0.81 -u anna -pS3CRET-mysql-1 "$@"; }
js() { there env NODE_MODULES="$NODE_MODULES" node "$HERE/client.mjs" "$1"; }
native() { there "$NODE_MODULES/client" "$1"; }
MARIADB="MariaDB $(near -Ne 'select version()' | cut -d- -f1)"
NODE="Node.js $(node -p process.versions.node)"
MYSQL2="mysql2 3.24.6, $NODE"
CONNECTOR="mariadb 3.5.4, $NODE"
LIB="libmariadb $(mariadb_config --version)"

# What the server counted between two looks, less the looks themselves: the second one's SHOW and the first one's QUIT.
count_begin() { near -Ne "show global status where variable_name like 'Com\\_%' or variable_name = 'Questions'" | sort >before; }
count_end() {
  sleep 0.3
  near -Ne "show global status where variable_name like 'Com\\_%' or variable_name = 'Questions'" | sort >after
  join -j 1 before after | awk -v name="$1" '{ d = $3 - $2
    if ($1 == "Com_show_status") d -= 1
    if ($1 == "Questions") d -= 2
    if (d != 0) out = out (out == "" ? "" : ", ") "\"" $1 "\": " d }
    END { printf "  \"%s\": { %s }", name, out }' >"count-$1"
}
counted() { # NAME FILTER -- the work is done by `work`
  count_begin
  record "$1" tcp port 3306
  work >/dev/null 2>work.log || true
  record_stop
  count_end "$1.pcap"
}
note() { cp "$RECORDING.pcap" "$RECORDING.full.pcap"; put "$RECORDING.pcap" "$1" "$2"; }

work() {
  c harbour <<'SQL'
select @@version_comment limit 1;
select id, name from ships where id < 4;
insert into calls (ship, cargo) values (1, 'salt');
update ships set berth = 'A2' where id = 1;
use quay
show tables;
use harbour
begin;
delete from calls where ship = 1;
rollback;
select * from ships where name = 'Ünï';
explain select * from ships;
SQL
  c -e 'select * from nowhere' || true
  there mariadb --no-defaults --skip-ssl -h 10.20.0.81 -u anna -pwrong -e 'select 1' || true
  there mariadb --no-defaults --skip-ssl -h 10.20.0.81 -u nobody -e 'select 1' || true
  c nodatabase -e 'select 1' || true
}
counted plain
note 'The command line client: statements, USE, a transaction, errors; three logins that fail (wrong password, no such user, no such database)' "$MARIADB, mariadb client"

work() { js prepared; there sysbench oltp_read_write --mysql-host=10.20.0.81 --mysql-user=anna --mysql-password=S3CRET-mysql-1 --mysql-db=harbour --mysql-ssl=off --tables=1 --table-size=20 prepare && there sysbench oltp_read_write --mysql-host=10.20.0.81 --mysql-user=anna --mysql-password=S3CRET-mysql-1 --mysql-db=harbour --mysql-ssl=off --tables=1 --table-size=20 --events=4 --threads=1 --range-size=5 run; }
counted prepared
note 'Prepared statements: run again without their types, NULL, a date, errors of both commands; sysbench oltp_read_write, 4 transactions' "$MARIADB, $MYSQL2, sysbench $(sysbench --version | cut -d' ' -f2)"

work() { native types; native cursor; }
counted types
note 'Every type bound by the C API, types left out on the second run, NULLs, long data in three parts, STMT_RESET; a cursor read three rows at a time' "$MARIADB, $LIB"

work() { js compressed; c --compress harbour -e "select * from ships; select repeat('quay', 2000); insert into calls (ship) values (2)"; }
counted compressed
note 'The compressed protocol: small packets that are only wrapped, large ones deflated, one statement and one answer over several' "$MARIADB, $MYSQL2; mariadb --compress"

work() { js pipelined; }
counted pipelined
note 'Commands sent without waiting, an error among them; a PREPARE and its executions in one go; COM_STMT_BULK_EXECUTE' "$MARIADB, $CONNECTOR"

work() { js multi; }
counted multi
note 'Several statements in one COM_QUERY, an error in the middle, procedures that give several results, text and binary' "$MARIADB, $MYSQL2"

for i in $(seq 200); do echo "$i,keg $i,from the client's disk"; done >kegs.csv
work() { js infile; c --local-infile=1 harbour -e "load data local infile 'kegs.csv' into table cargo fields terminated by ','"; }
counted infile
note 'LOAD DATA LOCAL INFILE: a file in several packets, an empty one, one of the command line client' "$MARIADB, $MYSQL2, mariadb client"

work() { native session; }
counted session
note 'PING, STATISTICS, INIT_DB (one fails), FIELD_LIST, SET_OPTION, CHANGE_USER (password `S3CRET-mysql-2`; one fails), RESET_CONNECTION, a transaction rolled back' "$MARIADB, $LIB"

record secrets tcp port 3306
js secrets >work.log 2>&1
keep 'Every place a secret stands in: see below' "$MARIADB, $MYSQL2"

record tls tcp port 3306
there mariadb --no-defaults --ssl -h 10.20.0.81 -u bert -pS3CRET-mysql-2 harbour -e 'select 1' >/dev/null
keep 'CLIENT_SSL: the login request that turns to TLS, then TLS' "$MARIADB, mariadb client"

record replica tcp port 3306
there timeout 5 mariadb-binlog --no-defaults --skip-ssl -h 10.20.0.81 -u anna -pS3CRET-mysql-1 --read-from-remote-server quay-bin.000001 >/dev/null 2>work.log
keep 'mariadb-binlog reads the binary log from the server: COM_BINLOG_DUMP' "$MARIADB, mariadb-binlog"

record killed tcp port 3306
{ c -e "select sleep(20)" || true; } >/dev/null 2>work.log & CLIENT=$!
sleep 0.7
near -e "kill connection $(near -Ne "select id from information_schema.processlist where user = 'anna'")"
wait $CLIENT || true
{ echo 'set wait_timeout = 1;'; sleep 2; } | c >/dev/null 2>work.log || true
keep 'A connection that an administrator kills while its statement runs, and one that the server ends for being idle' "$MARIADB, mariadb client"

# The middle of types.pcap: the login and the first statement were not captured.
editcap -F pcap -r types.full.pcap midstream.pcap 19-45
RECORDING=midstream
note 'A capture that begins between a PREPARE and its answer: the first packets of `types.pcap` are missing' "the same"

{ echo '{'; cat count-*.pcap | sed 's/}  "/},\n  "/g'; echo; echo '}'; } >counters.json
install -m 644 counters.json "$HERE/counters.json"
near -e shutdown
lab_table
