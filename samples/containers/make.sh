#!/bin/bash
# Regenerates samples/containers/*: one small conversation in every container, link type and state of repair we read.
. "$(dirname "$0")/../lab.sh"
lab_need nginx:nginx-light nsd:nsd dig:bind9-dnsutils curl:curl editcap:tshark mergecap:tshark dumpcap:tshark tshark:tshark zstd:zstd lz4:lz4 xz:xz-utils
lab_enter "$@"
lab_cable

mkdir -p www nsd temp
python3 "$SAMPLES/http/files.py" www
python3 "$SAMPLES/dns/zones.py" nsd
chown -R nsd nsd
chown www-data temp
cat >nginx.conf <<CF
user www-data;
worker_processes 1;
pid $LAB/nginx.pid;
error_log $LAB/nginx.log warn;
events { worker_connections 64; }
http {
  include /etc/nginx/mime.types;
  access_log off;
  client_body_temp_path $LAB/temp/body;
  proxy_temp_path $LAB/temp/proxy;
  fastcgi_temp_path $LAB/temp/fastcgi;
  uwsgi_temp_path $LAB/temp/uwsgi;
  scgi_temp_path $LAB/temp/scgi;
  server { listen 10.20.0.80:80; root $LAB/www; location /inner/ { proxy_pass http://127.0.0.1:8080/; } }
  server { listen 127.0.0.1:8080; root $LAB/www; }
}
CF
nginx -c "$LAB/nginx.conf" -e "$LAB/nginx.log"
printf 'server:\n ip-address: 10.20.0.53\n username: nsd\n zonesdir: %s/nsd\n database: ""\n zonelistfile: %s/nsd/list\n xfrdfile: %s/nsd/xfrd\n xfrdir: %s/nsd\n pidfile: %s/nsd/pid\n server-count: 1\nremote-control:\n control-enable: no\nzone:\n name: harbour.example\n zonefile: harbour.zone\n' "$LAB" "$LAB" "$LAB" "$LAB" "$LAB" >nsd.conf
nsd -d -c "$LAB/nsd.conf" >nsd.log 2>&1 &
lab_port 10.20.0.80 80
lab_port 10.20.0.53 53
# A first lookup teaches both hosts each other's Ethernet address.
there dig +short @10.20.0.53 www.harbour.example >dig.out
sleep 1

SHARK="$(editcap --version | sed -n '1s/^Editcap (Wireshark) \([0-9.]*\).*/\1/p')"
NGINX="nginx $(nginx -v 2>&1 | sed 's|.*/||')"
NSD="NSD $(nsd -v 2>&1 | sed -n '1s/.* //p')"
DUMP="tcpdump $(tcpdump --version 2>&1 | sed -n 's/^tcpdump version //p')"
PY="Python $(python3 -c 'import platform; print(platform.python_version())')"
EDIT="editcap $SHARK"
rewrite() { python3 "$HERE/rewrite.py" "$@"; }

conversation() {
  there dig -b 10.20.0.11 +nocookie +tries=1 @10.20.0.53 www.harbour.example A >>dig.out
  there dig -b 10.20.0.11 +nocookie +tries=1 @10.20.0.53 nowhere.harbour.example A >>dig.out
  there curl -sS http://www.harbour.example/timetable.html http://www.harbour.example/missing.html >>curl.out 2>>curl.log
}

# The same packets, seen at once through five taps.
TAPS=()
tap() { # NAME OPTION...
  local name=$1
  shift
  tcpdump -s 65535 -B 32768 --immediate-mode -Z root -w "$LAB/$name" "$@" 'tcp or udp' 2>"tap-$name.log" &
  TAPS+=($!)
  listen_in "tap-$name.log" $!
}
untap() {
  local i
  for i in $(seq 60); do [ "$(lab_open)" = 0 ] && break; sleep 0.1; done
  sleep 0.5
  kill -INT "${TAPS[@]}"
  wait "${TAPS[@]}" || true
  TAPS=()
  ! grep -hE '^[1-9][0-9]* packets? dropped by kernel' tap-*.log
}
tap nano.pcap -i wire0 --time-stamp-precision=nano
tap sll.pcap -i any -y LINUX_SLL
tap sll2.pcap -i any -y LINUX_SLL2
tap snap.pcap -i wire0 -s 96
conversation
untap

# What a reader must find in each of them, whatever the container.
essence() { tshark -n -r "$LAB/$1" -o tcp.relative_sequence_numbers:FALSE -T fields -e ip.src -e ip.dst -e ip.id -e tcp.seq -e udp.srcport 2>>tshark.log; }
same() { # FILE WHAT SOFTWARE
  [ "$(essence "$1")" = "$(essence nano.pcap)" ] || { echo "$1 does not hold the packets of nano.pcap" >&2; return 1; }
  put "$@"
}
MADE="$NGINX, $NSD; $DUMP"
same nano.pcap 'pcap, nanoseconds, Ethernet, little-endian: the conversation itself (two DNS lookups, two GETs on one connection)' "$MADE"
editcap -F pcap nano.pcap micro.pcap
same micro.pcap 'pcap, microseconds' "$EDIT from \`nano.pcap\`"
rewrite pcap-swap micro.pcap big-endian.pcap
same big-endian.pcap 'pcap, microseconds, written by a big-endian machine' "\`rewrite.py\` from \`micro.pcap\`"
rewrite pcap-swap nano.pcap big-endian-nano.pcap
same big-endian-nano.pcap 'pcap, nanoseconds, big-endian' "\`rewrite.py\` from \`nano.pcap\`"
editcap -F modpcap nano.pcap modified.pcap
same modified.pcap 'modified pcap (magic a1b2cd34, 24-byte record headers)' "$EDIT"
editcap -F pcapng nano.pcap raw.pcapng
rewrite pcapng-anonymous raw.pcapng nano.pcapng
same nano.pcapng 'pcapng, nanoseconds (if_tsresol 9)' "$EDIT, host description removed by \`rewrite.py\`"
rewrite pcapng-swap nano.pcapng big-endian.pcapng
same big-endian.pcapng 'pcapng, big-endian section' "\`rewrite.py\`"
editcap -F pcapng --capture-comment 'Seen at the office, case 17' -a '1:the first lookup' -a '3:this name is nowhere' nano.pcap raw.pcapng
rewrite pcapng-anonymous raw.pcapng comments.pcapng
same comments.pcapng 'pcapng with a comment on the section and on packets 1 and 3' "$EDIT"
gzip -9nc micro.pcap >micro.pcap.gz
same micro.pcap.gz '`micro.pcap`, gzip' gzip
gzip -9nc nano.pcapng >nano.pcapng.gz
same nano.pcapng.gz '`nano.pcapng`, gzip' gzip
# Not every tshark reads these three, so they are unpacked again for the comparison.
zstd -19 -q micro.pcap -o micro.pcap.zst
lz4 -9 -q micro.pcap micro.pcap.lz4
xz -9k micro.pcap
for kind in zst:zstd lz4:lz4 xz:xz; do
  cmp <("${kind#*:}" -dc "micro.pcap.${kind%:*}") micro.pcap
  PACKETS=$(capinfos -T -r -c micro.pcap | cut -f2) put "micro.pcap.${kind%:*}" "\`micro.pcap\`, ${kind#*:}" "${kind#*:}"
done
rewrite tag micro.pcap vlan.pcap 8100:20
same vlan.pcap '802.1Q, VLAN 20; tags put in afterwards' "\`rewrite.py\` from \`micro.pcap\`"
rewrite tag micro.pcap qinq.pcap 88a8:100 8100:20
same qinq.pcap '802.1ad outer tag 100, 802.1Q inner tag 20; tags put in afterwards' "\`rewrite.py\` from \`micro.pcap\`"
editcap -F pcap -C 14 -L -T rawip micro.pcap raw-ip.pcap
same raw-ip.pcap 'link type RAW: IP without a link header' "$EDIT from \`micro.pcap\`"
same sll.pcap 'Linux cooked capture (SLL): `tcpdump -i any`' "$MADE"
same sll2.pcap 'Linux cooked capture version 2 (SLL2): `tcpdump -i any`' "$MADE"
same snap.pcap 'Cut at 96 bytes a packet (snaplen)' "$MADE"

head -c 24 micro.pcap >empty.pcap
put empty.pcap 'A header and no packet' '`micro.pcap`, its first 24 bytes'
head -c -37 micro.pcap >cut.pcap
put cut.pcap 'The last packet is cut off in its middle' '`micro.pcap` without its last 37 bytes'
head -c -37 nano.pcapng >cut.pcapng
put cut.pcapng 'The last block is cut off in its middle' '`nano.pcapng` without its last 37 bytes'
head -c -200 micro.pcap.gz >cut.pcap.gz
put cut.pcap.gz 'The compressed stream ends early' '`micro.pcap.gz` without its last 200 bytes'
cat big-endian.pcapng comments.pcapng >sections.pcapng
put sections.pcapng 'Two sections, the first big-endian, the second little-endian: every packet twice' '`big-endian.pcapng` and `comments.pcapng`, one after the other'

# Two interfaces at once: the cable, and the loopback between the front nginx and the inner one. There checksums are left to the card.
ip link set lo mtu 1500
ethtool -K lo tso off gso off gro off >/dev/null 2>&1
dumpcap -q -n -i wire0 -f 'tcp port 80' -i lo -f 'tcp port 8080' -w raw2.pcapng >dumpcap.out 2>dumpcap.log &
DUMPCAP=$!
listen_in dumpcap.log $DUMPCAP
sleep 1
there curl -sS http://www.harbour.example/inner/timetable.html http://www.harbour.example/inner/ >>curl.out 2>>curl.log
sleep 2
kill -INT $DUMPCAP
wait $DUMPCAP || true
rewrite pcapng-anonymous raw2.pcapng two-interfaces.pcapng
put two-interfaces.pcapng 'Two interfaces in one pcapng: a request on the cable, and the one it causes on the loopback (whose checksums are unfinished, as ever)' "$NGINX; dumpcap $SHARK"
tcpdump -r sll.pcap -w dns-sll.pcap udp 2>>tcpdump.log
tcpdump -r nano.pcap -w http-nano.pcap --time-stamp-precision=nano tcp 2>>tcpdump.log
mergecap -F pcapng -I none -w raw.pcapng dns-sll.pcap http-nano.pcap
rewrite pcapng-anonymous raw.pcapng two-links.pcapng
same two-links.pcapng 'Two interfaces of different link type and resolution: the lookups as SLL in microseconds, the rest as Ethernet in nanoseconds' "mergecap $SHARK from \`sll.pcap\` and \`nano.pcap\`"

# A ring of three files across one connection, rotated by size in the middle of a response.
tcpdump -s 65535 -B 32768 --immediate-mode -Z root -i wire0 -w ring.pcap tcp port 80 2>ring.log &
WHOLE=$!
listen_in ring.log $WHOLE
dumpcap -q -n -P -i wire0 -f 'tcp port 80' -b filesize:8 -w turning.pcap >dumpcap.out 2>dumpcap.log &
DUMPCAP=$!
listen_in dumpcap.log $DUMPCAP
sleep 1
there curl -sS --rate 120/s http://www.harbour.example/{harbour,timetable,harbour,harbour,missing,harbour,timetable,harbour}.html >>curl.out 2>>curl.log
sleep 2
kill -INT $DUMPCAP $WHOLE
wait $DUMPCAP $WHOLE || true
n=0
for piece in turning_*.pcap; do mv "$piece" "ring-$n.pcap"; n=$((n + 1)); done
[ $n = 3 ] || { echo "the ring has $n files, not 3" >&2; exit 1; }
[ "$(for n in 0 1 2; do essence ring-$n.pcap; done)" = "$(essence ring.pcap)" ]
for n in 0 1 2; do put ring-$n.pcap "One HTTP connection across three files: part $((n + 1))" "$NGINX; dumpcap $SHARK -b filesize:8"; done
mergecap -a -F pcap -w ring.pcap ring-0.pcap ring-1.pcap ring-2.pcap
put ring.pcap 'The same three in one file' "mergecap $SHARK"

nginx -c "$LAB/nginx.conf" -e "$LAB/nginx.log" -s stop
kill "$(cat nsd/pid)"
lab_table
