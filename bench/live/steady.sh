#!/bin/bash
# A live session under a steady load for a long time: does its memory stay, do its rows equal what the clients counted?
#
#   bench/live/steady.sh [MINUTES] [FOLDER]      root; redis-server, nginx-light, dnsmasq, sqlite3, python3, iproute2
#
# Servers, clients and the session live in a network namespace that vanishes with the script. FOLDER keeps what it made: the case,
# the ring, rss.tsv (seconds, resident kB), counts.json of the clients. Prints the growth of the last two thirds and both counts.
set -eu
MINUTES=${1:-60}
OUT=${2:-$(mktemp -d)}
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${STEADY:-}" != inside ]; then
  mkdir -p "$OUT"
  STEADY=inside exec unshare --net --mount --pid --fork --mount-proc bash "$0" "$MINUTES" "$(cd "$OUT" && pwd)"
fi
cd "$OUT"
ip link set lo up
mkdir -p www nginx
head -c 20000 /dev/urandom | base64 >www/page.html
cat >nginx/nginx.conf <<NGINX
daemon off; pid $OUT/nginx/pid; error_log $OUT/nginx/error.log; user root; worker_processes 1;
events { worker_connections 256; }
http { access_log off; client_body_temp_path $OUT/nginx; proxy_temp_path $OUT/nginx; fastcgi_temp_path $OUT/nginx;
  uwsgi_temp_path $OUT/nginx; scgi_temp_path $OUT/nginx; server { listen 127.0.0.1:8080; root $OUT/www; } }
NGINX
redis-server --bind 127.0.0.1 --port 6379 --save '' --dir "$OUT" >redis.log 2>&1 &
nginx -p "$OUT/nginx" -c "$OUT/nginx/nginx.conf" >nginx.log 2>&1 &
dnsmasq -k --no-resolv --no-hosts --port=5300 --listen-address=127.0.0.1 --address=/example.test/10.0.0.1 >dnsmasq.log 2>&1 &
sleep 1

node "$ROOT/bin/run.js" live lo -o case.sqlite -w ring --ring-total 2GB >session.log 2>&1 &
SESSION=$!
sleep 2
python3 "$ROOT/bench/live/steady-clients.py" $((MINUTES * 60)) >counts.json &
CLIENTS=$!
start=$(date +%s)
while kill -0 $CLIENTS 2>/dev/null; do
  printf '%d\t%d\n' $(($(date +%s) - start)) "$(awk '/^VmRSS/ { print $2 }' /proc/$SESSION/status)" >>rss.tsv
  sleep 10
done
wait $CLIENTS
sleep 3
kill -INT $SESSION
code=0
wait $SESSION || code=$?
echo "the session ended with $code"
python3 - <<'PYTHON'
rows = [tuple(map(int, line.split())) for line in open('rss.tsv')]
last = [r for r in rows if r[0] >= rows[-1][0] / 3]
edge = max(1, len(last) // 10)
mean = lambda part: sum(kb for _, kb in part) / len(part)
print(f'resident: {rows[0][1]} kB at first, {rows[-1][1]} kB at last, at most {max(kb for _, kb in rows)} kB')
print(f'last two thirds: {mean(last[-edge:]) - mean(last[:edge]):+.0f} kB between the means of their first and last tenth')
PYTHON
echo "clients: $(cat counts.json)"
echo "rows:    $(sqlite3 -readonly case.sqlite "select json_group_object(protocol, n) from (select protocol, count(*) n from tx group by 1)")"
echo "not OK or not complete: $(sqlite3 -readonly case.sqlite "select count(*) from tx where status <> 'OK' or complete <> 'complete'")"
pkill -P $$ || true
