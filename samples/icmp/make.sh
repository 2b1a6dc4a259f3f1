#!/bin/bash
# Regenerates samples/icmp/*.pcap: ping and traceroute through a router, and every error the kernels on the way send back.
#
#   desk 10.20.0.11 -- wire0 [this host routes] far0 -- island 10.30.0.9, behind a link of 1280 bytes
. "$(dirname "$0")/../lab.sh"
lab_need ping:iputils-ping traceroute:traceroute
lab_enter "$@"
lab_cable

sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
lab_host ISLAND island.harbour.example
ip link add far0 type veth peer name far0 netns "$ISLAND"
plain_wire far0
island() { nsenter -t "$ISLAND" -n "$@"; }
ip link set far0 mtu 1280
island ip link set far0 mtu 1280
ip addr add 10.30.0.1/24 dev far0
ip -6 addr add 2001:db8:30::1/64 dev far0 nodad
island ip addr add 10.30.0.9/24 dev far0
island ip -6 addr add 2001:db8:30::9/64 dev far0 nodad
ip link set far0 up
island ip link set far0 up
island ip route add default via 10.30.0.1
island ip -6 route add default via 2001:db8:30::1
there ip route add 10.30.0.0/16 via 10.20.0.25
there ip -6 route add 2001:db8:30::/48 via 2001:db8:20::25
ip route add prohibit 10.30.7.0/24
ip route add unreachable 10.30.8.0/24
ip -6 route add unreachable 2001:db8:30:8::/64
sleep 2

PING="iputils $(ping -V | sed 's/.* //')"
TRACE="$(traceroute --version 2>&1 | sed -n 's/.*\(traceroute\).*version \([0-9.]*\).*/\1 \2/p')"
KERNEL="Linux $(uname -r | cut -d. -f1,2)"
PY="Python $(python3 -c 'import platform; print(platform.python_version())')"
try() { there "$@" >>out.txt 2>&1 || true; }
client() { there python3 "$HERE/client.py" "$@"; }

record ping icmp
try ping -c 3 -i 0.2 10.20.0.25
try ping -c 1 -s 1400 -p feed 10.20.0.25
try ping -c 2 -i 0.2 10.30.0.9
keep 'Echo and reply over IPv4: three to a neighbour, one of 1,400 bytes, two to a host behind a router' "$PING, $KERNEL"

record ping6 icmp6
try ping -6 -c 3 -i 0.2 2001:db8:20::25
try ping -6 -c 2 -i 0.2 2001:db8:30::9
try ping -6 -c 1 'ff02::1%wire0'
keep 'The same over IPv6, and one echo to all nodes on the link (ff02::1); neighbour discovery on the way' "$PING, $KERNEL"

record unanswered icmp or icmp6
sysctl -qw net.ipv4.icmp_echo_ignore_all=1 net.ipv6.icmp.echo_ignore_all=1
try ping -c 3 -i 0.2 -W 1 10.20.0.25
try ping -6 -c 2 -i 0.2 -W 1 2001:db8:20::25
sysctl -qw net.ipv4.icmp_echo_ignore_all=0 net.ipv6.icmp.echo_ignore_all=0
try ping -c 1 10.20.0.25
keep 'Three echoes and two over IPv6 that are never answered; then one that is' "$PING, $KERNEL"

record traceroute icmp or icmp6 or udp
try traceroute -n -q 2 -N 1 -m 4 10.30.0.9
try traceroute -n -I -q 1 -N 1 -m 4 10.30.0.9
try traceroute -6 -n -q 2 -N 1 -m 4 2001:db8:30::9
keep 'traceroute over UDP (time exceeded from the router, port unreachable from the goal), over ICMP echo, and over IPv6: errors quote the packet that caused them' "$TRACE, $KERNEL"

record unreachable icmp or icmp6 or udp or tcp
# The kernel measures out these errors: one a second and sender.
client udp 10.20.0.25 9999
client udp 2001:db8:20::25 9999
sleep 2
client udp 10.30.7.1 9999
sleep 2
client udp 10.30.8.1 9999
client udp 2001:db8:30:8::1 9999
client tcp 10.30.8.1 80
try ping -c 1 -W 4 10.30.0.200
try ping -6 -c 1 -W 4 2001:db8:30::200
keep 'Destination unreachable of every kind a router sends: port (UDP, IPv4 and IPv6), administratively prohibited, host, no route (IPv6), host after a TCP SYN, and host or address unreachable after nobody answered ARP or neighbour solicitation' "$KERNEL, $PING and $PY socket"

record too-big icmp or icmp6 or udp
try ping -c 1 -M "do" -s 1400 10.30.0.9
try ping -6 -c 1 -M "do" -s 1400 2001:db8:30::9
client big-udp 10.30.0.9
keep 'Fragmentation needed (next-hop MTU 1280) and packet too big (IPv6), for an echo of 1,400 bytes with DF and for a UDP datagram' "$KERNEL, $PING and $PY socket"

record odd icmp
client timestamp 10.20.0.25
client bad-checksum 10.20.0.25
client mixed 10.20.0.25
keep 'A timestamp request and its reply, an echo with a wrong checksum that nobody answers, replies that come without a request, and two pings with the same sequence numbers and different ids' "$PY raw socket, $KERNEL"

# MLD reports stand behind a hop-by-hop header, which the filter word icmp6 does not look past.
record nd ip6
there ip -6 neigh flush dev wire0
ip -6 neigh flush dev wire0
there ip -6 addr add 2001:db8:20::12/64 dev wire0
sleep 2
try ping -6 -c 1 -I 2001:db8:20::12 2001:db8:20::25
client router-solicitation
client multicast-join
there ip -6 addr del 2001:db8:20::12/64 dev wire0
sleep 1
keep 'Neighbour discovery: duplicate address detection, solicitation and advertisement, a router solicitation, MLDv2 reports of joining and leaving' "$KERNEL, $PING and $PY socket"
lab_table
