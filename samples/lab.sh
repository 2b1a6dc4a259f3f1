# lab.sh: the laboratory every make.sh works in: two hosts on a virtual cable, in namespaces that vanish with the script.
#
#   lab_need COMMAND:PACKAGE ...   stop, naming what to install, unless we are root and every command is there
#   lab_enter "$@"                 run the rest of the script in network, mount, process and host-name namespaces of its own
#   lab_cable                      a cable `wire0` (here, the servers) -- `wire0` (there, the clients); offloads off, so that
#                                  packets are at most 1500 bytes and carry the checksums a real wire would
#   there COMMAND ...              run a command on the clients' host
#   record NAME FILTER / keep WHAT SOFTWARE   capture the cable; stop, check, put into $HERE and note for the README
#   lab_table                      write the noted captures into the table of $HERE/README.md
#
# Servers run on this side, on their default ports. $LAB is a scratch folder in memory that only these namespaces see.

HERE=$(cd "$(dirname "$0")" && pwd)
SELF=$HERE/$(basename "$0")
SAMPLES=$(dirname "$HERE")

lab_need() {
  local pair missing=()
  [ "$(id -u)" = 0 ] || { echo "$SELF: needs root, for namespaces and for tcpdump" >&2; exit 2; }
  for pair in unshare:util-linux nsenter:util-linux ip:iproute2 ss:iproute2 ethtool:ethtool tcpdump:tcpdump capinfos:tshark python3:python3 "$@"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [ ${#missing[@]} = 0 ] && return
  echo "$SELF: missing tools; try: apt-get install --no-install-recommends $(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')" >&2
  exit 2
}

lab_enter() {
  if [ -z "${LAB:-}" ]; then
    local status=0
    LAB=$(mktemp -d) && chmod 755 "$LAB" || exit 1
    LAB=$LAB unshare --net --mount --uts --ipc --pid --fork --mount-proc bash "$SELF" "$@" || status=$?
    rmdir "$LAB"
    exit $status
  fi
  mount -t tmpfs -o mode=755 lab "$LAB"
  cd "$LAB"
  mkdir notes
  exec 9>&2
  trap 'echo "$SELF: failed: $BASH_COMMAND" >&9; tail -n 20 ./*.log >&9' ERR
  set -eE
  # Nothing in here may wait for the machine's resolver: names come from this hosts file alone.
  : >resolv.conf
  cat >hosts <<'HOSTS'
127.0.0.1    localhost
10.20.0.25   mail.harbour.example
10.20.0.53   ns1.harbour.example
10.20.0.80   www.harbour.example proxy.harbour.example
10.20.0.81   app.harbour.example
2001:db8:20::25 mail6.harbour.example
HOSTS
  mount --bind resolv.conf /etc/resolv.conf
  mount --bind hosts /etc/hosts
  hostname mail.harbour.example
  ip link set lo up
}

# The far host: a shell that sleeps in a network and host-name namespace of its own.
lab_host() { # VARIABLE NAME
  unshare --net --uts sleep infinity &
  printf -v "$1" %s $!
  while [ "$(readlink "/proc/${!1}/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
  nsenter -t "${!1}" -n -u sh -c "hostname $2; ip link set lo up"
}

plain_wire() { ethtool -K "$1" tso off gso off gro off sg off rx off tx off >/dev/null 2>&1; }

lab_cable() {
  local a
  lab_host FAR desk.nordlicht.example
  ip link add wire0 address 02:00:00:20:00:19 type veth peer name wire0 address 02:00:00:20:00:0b netns "$FAR"
  plain_wire wire0
  there ethtool -K wire0 tso off gso off gro off sg off rx off tx off >/dev/null 2>&1
  for a in 10.20.0.25 10.20.0.53 10.20.0.80 10.20.0.81; do ip addr add $a/24 dev wire0; done
  for a in 10.20.0.11 10.20.0.12; do there ip addr add $a/24 dev wire0; done
  ip -6 addr add 2001:db8:20::25/64 dev wire0 nodad
  there ip -6 addr add 2001:db8:20::11/64 dev wire0 nodad
  ip link set wire0 up
  there ip link set wire0 up
  # A stranger beyond the office network, for what comes from outside.
  there ip addr add 203.0.113.77/32 dev wire0
  ip route add 203.0.113.0/24 dev wire0
}

there() { nsenter -t "$FAR" -n -u "$@"; }

# Wait until a TCP port answers on this side.
lab_port() { # ADDRESS PORT
  local i
  for i in $(seq 100); do (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null && return; sleep 0.1; done
  echo "$SELF: nothing listens on $1 port $2" >&2
  return 1
}

# Connections that still have something to say, on either side.
lab_open() { { ss -Htna; there ss -Htna; } | grep -cvE '^(LISTEN|TIME-WAIT)' || true; }

listen_in() { # LOG PID: wait until a capture has begun
  local i
  for i in $(seq 100); do grep -qsi 'listening on\|^File:' "$1" && return; kill -0 "$2" || break; sleep 0.05; done
  cat "$1" >&2
  return 1
}

record() { # NAME FILTER...
  RECORDING=$1
  shift
  rm -f "$LAB/tcpdump.log"
  tcpdump -i wire0 -s 65535 -B 32768 --immediate-mode -Z root -w "$LAB/$RECORDING.pcap" "$@" 2>"$LAB/tcpdump.log" &
  TCPDUMP=$!
  listen_in "$LAB/tcpdump.log" $TCPDUMP
}

# Give closing connections up to six seconds to finish, then stop the capture; a drop anywhere is a failure.
record_stop() {
  local i
  for i in $(seq 60); do [ "$(lab_open)" = 0 ] && break; sleep 0.1; done
  sleep 0.4
  kill -INT "$TCPDUMP"
  wait "$TCPDUMP" || true
  grep -q '^0 packets dropped by kernel' "$LAB/tcpdump.log" || { echo "$RECORDING: packets were dropped" >&2; cat "$LAB/tcpdump.log" >&2; return 1; }
}

keep() { # WHAT SOFTWARE [FOLDER]
  record_stop
  put "$RECORDING.pcap" "$1" "$2" "${3:-$HERE}"
}

# Move a finished capture out of the laboratory and remember what to say about it.
put() { # FILE WHAT SOFTWARE [FOLDER]
  local folder=${4:-$HERE} packets
  packets=${PACKETS:-$(capinfos -T -r -c "$LAB/$1" 2>/dev/null | cut -f2)}
  install -m 644 "$LAB/$1" "$folder/$1"
  [ "$folder" = "$HERE" ] && folder='' || folder=../
  printf '| `%s` | %s | %s | %s |\n' "$folder$1" "$2" "$3" "${packets:-n/a}" >>"$LAB/notes/table"
  echo "$folder$1: ${packets:-n/a} packets, $(stat -c %s "$LAB/$1") bytes"
}

lab_table() {
  { printf '| file | what it shows | software | packets |\n|---|---|---|---|\n'; cat "$LAB/notes/table"; } >"$LAB/table.md"
  python3 - "$HERE/README.md" "$LAB/table.md" <<'PY'
import sys
readme, table = sys.argv[1], open(sys.argv[2], encoding='utf-8').read()
text = open(readme, encoding='utf-8').read()
head, rest = text.split('<!-- captures -->\n')
tail = rest.split('<!-- /captures -->')[1]
open(readme, 'w', encoding='utf-8').write(head + '<!-- captures -->\n' + table + '<!-- /captures -->' + tail)
PY
}
