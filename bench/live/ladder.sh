#!/bin/bash
# The packet rate at which the first packet is lost: audit live beside tcpdump and dumpcap, the same packets on the same cable.
#
#   bench/live/ladder.sh CAPTURE [FOLDER]     root; tcpreplay, tcpdump, dumpcap (tshark), iproute2, sqlite3
#     RATES="20000 40000 ..."  packets a second; SECONDS_EACH=10; BUFFER=64 (MB of kernel buffer, the same for all)
#
# Replays CAPTURE on a veth pair in a namespace of its own, at each rate once for each program, and prints a line for each: packets sent,
# taken, dropped by the kernel, packets a second, transactions a second, processor time, largest memory. A program leaves the ladder two steps
# after its first loss.
set -eu
CAPTURE=$(realpath "$1")
OUT=${2:-$(mktemp -d)}
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
RATES=${RATES:-20000 40000 60000 80000 100000 130000 160000 200000 250000 300000}
SECONDS_EACH=${SECONDS_EACH:-10}
BUFFER=${BUFFER:-64}
if [ "${LADDER:-}" != inside ]; then
  mkdir -p "$OUT"
  LADDER=inside exec unshare --net --mount --pid --fork --mount-proc bash "$0" "$CAPTURE" "$(cd "$OUT" && pwd)"
fi
cd "$OUT"
ip link add sent type veth peer name seen
for end in sent seen; do
  ip link set $end mtu 65535
  sysctl -qw net.ipv6.conf.$end.disable_ipv6=1
  ip link set $end up
done

run_audit() { /usr/bin/time -f '%U %S %M' -o used node "$ROOT/bin/run.js" live seen -o case.sqlite -w ring --buffer-size ${BUFFER}MB --allow-loss --json >state.json 2>log; }
run_tcpdump() { /usr/bin/time -f '%U %S %M' -o used tcpdump -i seen -s 0 -B $((BUFFER * 1024)) -w out.pcap 2>log; }
run_dumpcap() { /usr/bin/time -f '%U %S %M' -o used dumpcap -q -i seen -s 0 -B $BUFFER -w out.pcapng 2>log; }

taken_audit() { tail -n 1 state.json | python3 -c 'import json, sys; s = json.load(sys.stdin); c = s["captures"]; print(sum(x["packets"] for x in c), sum(x.get("dropped") or 0 for x in c), sum(p["transactions"] for p in s["protocols"]))'; }
taken_tcpdump() { awk '/captured/ { c = $1 } /dropped by kernel/ { d = $1 } END { print c, d, "-" }' log; }
taken_dumpcap() { tr '\r' '\n' <log | awk -F'[ /()]+' '/received\/dropped on/ { for (i = 1; i < NF; i++) if ($i ~ /:$/) { print $(i + 1), $(i + 2), "-"; exit } }'; }

declare -A name=([audit]=node [tcpdump]=tcpdump [dumpcap]=dumpcap)
declare -A lost=([audit]=0 [tcpdump]=0 [dumpcap]=0)
packets=$(capinfos -Mcr "$CAPTURE" 2>/dev/null | awk 'END { print $NF }')
printf '%-8s %8s %9s %9s %9s %9s %8s %8s %7s %7s\n' program rate sent taken dropped 'pkts/s' 'tx/s' 'user s' 'sys s' 'MB'
for rate in $RATES; do
  for program in audit tcpdump dumpcap; do
    [ "${lost[$program]}" -ge 2 ] && continue
    rm -rf case.* ring out.* state.json log used
    run_$program &
    job=$!
    sleep 2
    loops=$(awk -v r="$rate" -v s="$SECONDS_EACH" -v p="$packets" 'BEGIN { l = int(r * s / p); print l < 1 ? 1 : l }')
    limit=$((rate * SECONDS_EACH))
    tcpreplay -i sent --pps="$rate" --loop=$((loops + 1)) --limit="$limit" --preload-pcap "$CAPTURE" >replay.log 2>&1 || true
    sleep 2
    # time(1) ignores the signal; the namespace has no other process of that name.
    pkill -INT -x "${name[$program]}" || true
    wait $job || true
    read -r sent took <<<"$(awk '/^Actual:/ { n = $2; for (i = 1; i <= NF; i++) if ($i == "in") t = $(i + 1) } END { print n, t }' replay.log)"
    read -r taken dropped transactions <<<"$(taken_$program)"
    read -r user sys kb <<<"$(tail -n 1 used)"
    printf '%-8s %8s %9s %9s %9s %9.0f %8s %8s %7s %7.0f\n' $program "$rate" "$sent" "$taken" "$dropped" "$(awk -v n="$sent" -v t="$took" 'BEGIN { print n / t }')" \
      "$(awk -v n="$transactions" -v t="$took" 'BEGIN { if (n == "-") print n; else printf "%.0f", n / t }')" "$user" "$sys" "$(awk -v k="$kb" 'BEGIN { print k / 1024 }')"
    if [ "${dropped:-0}" -gt 0 ]; then lost[$program]=$((lost[$program] + 1)); fi
  done
done
