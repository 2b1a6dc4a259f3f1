#!/bin/bash
# Regenerates samples/dhcpv6/*.pcap: ISC dhcpd and dnsmasq lease to dhclient and a script, once through two relays.
#
#   cpe (behind the relays) -- down0 hut up0 -- mid0 desk wire0 -- wire0 [the servers, 2001:db8:20::1]
. "$(dirname "$0")/../lab.sh"
lab_need dnsmasq:dnsmasq-base dhcpd:isc-dhcp-server dhclient:isc-dhcp-client dhcrelay:isc-dhcp-relay mergecap:wireshark-common
lab_enter "$@"

# Link-local addresses are there at once: nobody waits for duplicates to speak up.
quiet='sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0'
$quiet
lab_host FAR desk.nordlicht.example
there $quiet
ip link add wire0 address 02:00:00:20:00:01 type veth peer name wire0 address 02:00:00:20:00:0b netns "$FAR"
plain_wire wire0
there ethtool -K wire0 tso off gso off gro off sg off rx off tx off >/dev/null 2>&1
ip addr add 2001:db8:20::1/64 dev wire0 nodad
ip link set wire0 up
there ip link set wire0 up
sleep 2

DNSMASQ="dnsmasq $(dnsmasq --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')"
DHCPD="ISC dhcpd $(dhcpd --version 2>&1 | sed 's/.*dhcpd-//')"
DHCLIENT="dhclient $(dhclient --version 2>&1 | sed 's/.*dhclient-//')"
RELAY="ISC dhcrelay $(dhcrelay --version 2>&1 | sed 's/.*dhcrelay-//')"
PY="Python $(python3 -c 'import platform; print(platform.python_version())')"
PORTS='udp port 546 or udp port 547'

# What a client does with its lease: put the address on the interface, so that it can go on using it.
cat >script <<'SCRIPT'
#!/bin/sh
case "$reason" in
  BOUND6|RENEW6|REBIND6) [ -z "$new_ip6_address" ] || ip -6 addr replace "$new_ip6_address/128" dev "$interface" nodad ;;
  RELEASE6|EXPIRE6|STOP6) ip -6 addr flush dev "$interface" scope global ;;
esac
exit 0
SCRIPT
chmod 755 script

masq() { # OPTIONS...: start dnsmasq
  rm -f masq.leases
  dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=wire0 --bind-interfaces --user=root --group=root \
    --dhcp-leasefile="$LAB/masq.leases" --pid-file="$LAB/masq.pid" "$@" >masq.log 2>&1 &
  SERVER=$!
  sleep 1
}
isc() { # CONFIGURATION: start dhcpd
  printf '%s\n' "$1" >dhcpd.conf
  rm -f dhcpd.leases && touch dhcpd.leases
  dhcpd -6 -f -q -user root -group root -cf dhcpd.conf -lf dhcpd.leases -pf "$LAB/dhcpd.pid" wire0 >dhcpd.log 2>&1 &
  SERVER=$!
  sleep 1
}
stop() { kill $SERVER; wait $SERVER || true; }
lease() { # NAME OPTIONS...
  there dhclient -6 -q -sf "$LAB/script" -lf "$LAB/$1.leases" -pf "$LAB/$1.pid" -cf "$LAB/$1.conf" "${@:2}" >>dhclient.log 2>&1
}
script() { there python3 "$HERE/client.py" "$@"; }

cat >desk.conf <<'CONF'
send fqdn.fqdn "desk.nordlicht.example.";
send fqdn.server-update on;
request dhcp6.name-servers, dhcp6.domain-search, dhcp6.sntp-servers, dhcp6.fqdn, dhcp6.info-refresh-time;
timeout 12;
CONF
cat >rapid.conf <<'CONF'
send dhcp6.rapid-commit;
request dhcp6.name-servers, dhcp6.domain-search;
timeout 12;
CONF

isc 'default-lease-time 12; preferred-lifetime 8; ddns-update-style none; option dhcp6.preference 255; option dhcp-renewal-time 4; option dhcp-rebinding-time 7;
option dhcp6.name-servers 2001:db8:20::53, 2001:db8:20::54; option dhcp6.domain-search "harbour.example", "quay.harbour.example";
option dhcp6.sntp-servers 2001:db8:20::123; option dhcp6.info-refresh-time 21600;
subnet6 2001:db8:20::/64 { range6 2001:db8:20::100 2001:db8:20::1ff; prefix6 2001:db8:1200:: 2001:db8:12ff:: /56; }'
record lease $PORTS
lease desk -1 -N -P -D LL wire0
sleep 6
lease desk -r -N -P -D LL wire0 || true
sleep 0.5
keep 'A lease got (SOLICIT, ADVERTISE, REQUEST, REPLY): an address, a delegated prefix, names of servers and domains; renewed by its server (RENEW) and given back (RELEASE)' "$DHCPD, $DHCLIENT"

cp desk.conf rebind.conf
record rebind $PORTS
lease rebind -1 -N -D LLT wire0
stop
sleep 14
kill "$(cat rebind.pid)" || true
there ip -6 addr flush dev wire0 scope global
keep 'The server is stopped: a renewal without answer (RENEW), then without answer from any server (REBIND), then the client begins again (SOLICIT)' "$DHCPD, $DHCLIENT"

masq --dhcp-range=2001:db8:20::200,2001:db8:20::2ff,64,2h --dhcp-option=option6:dns-server,[2001:db8:20::53] --domain=harbour.example \
  --dhcp-option=option6:domain-search,harbour.example,quay.harbour.example --dhcp-option=option6:ntp-server,[2001:db8:20::123] \
  --dhcp-option=option6:sntp-server,[2001:db8:20::123] --dhcp-option=option6:information-refresh-time,6h
record rapid $PORTS
lease rapid -1 -N -D LLT wire0
sleep 0.5
lease rapid -r -N -D LLT wire0 || true
sleep 0.5
there dhclient -6 -q -S -1 -sf "$LAB/script" -lf "$LAB/info.leases" -pf "$LAB/info.pid" -cf "$LAB/desk.conf" wire0 >>dhclient.log 2>&1
kill "$(cat info.pid)" || true
sleep 0.5
script lease
script renew
keep 'Two messages for a lease (rapid commit) and its RELEASE; INFORMATION-REQUEST; by a script: CONFIRM of a good and of a foreign address (NotOnLink), DECLINE, RENEW of an unknown lease (NoBinding)' "$DNSMASQ, $DHCLIENT, $PY socket"
stop

isc 'authoritative; ddns-update-style none; subnet6 2001:db8:20::/64 { }'
record refused $PORTS
lease desk -1 -N -D LL wire0 || true
keep 'A server without addresses says so (NoAddrsAvail); the client goes on asking' "$DHCPD, $DHCLIENT"
stop

record silent $PORTS
timeout 8 nsenter -t "$FAR" -n -u dhclient -6 -q -d -1 -N -D LL -sf "$LAB/script" -lf "$LAB/silent.leases" -pf "$LAB/silent.pid" -cf "$LAB/desk.conf" wire0 >>dhclient.log 2>&1 || true
keep 'Nobody answers: SOLICIT again and again, with the time elapsed' "$DHCLIENT"

masq --dhcp-range=2001:db8:20::300,2001:db8:20::3ff,64,2h --dhcp-option-force=option6:bootfile-url,http://boot:S3CRET-dhcpv6-1@[2001:db8:20::69]/start.efi \
  --dhcp-option-force=option6:bootfile-param,password=S3CRET-dhcpv6-2 --dhcp-option-force=option6:103,https://guest:S3CRET-dhcpv6-3@portal.harbour.example/api
record boot $PORTS
script boot
script secrets S3CRET-dhcpv6-4 S3CRET-dhcpv6-5 S3CRET-dhcpv6-6 S3CRET-dhcpv6-7
script odd
python3 "$HERE/client.py" reconfigure S3CRET-dhcpv6-8 fe80::ff:fe20:b
keep 'A machine that boots over the network (UUID, architecture, boot file, vendor options), authentication, a reconfigure key and a RECONFIGURE; a lease query, an option twice, an option longer than the message, no identifier. URLs, parameters, a token and a key hold secrets' "$DNSMASQ, $PY socket"
stop

# Two relays, one behind the other.
relay_host() { # VARIABLE NAME
  lab_host "$1" "$2"
  nsenter -t "${!1}" -n $quiet
}
relay_host HUT hut.nordlicht.example
relay_host CPE cpe.nordlicht.example
there ip link add mid0 address 02:00:00:30:00:01 type veth peer name up0 address 02:00:00:30:00:02 netns "$HUT"
nsenter -t "$HUT" -n ip link add down0 address 02:00:00:40:00:01 type veth peer name wire0 address 02:00:00:40:00:11 netns "$CPE"
there ethtool -K mid0 tso off gso off gro off sg off rx off tx off >/dev/null 2>&1
nsenter -t "$HUT" -n ethtool -K down0 tso off gso off gro off sg off rx off tx off >/dev/null 2>&1
nsenter -t "$HUT" -n ethtool -K up0 tso off gso off gro off sg off rx off tx off >/dev/null 2>&1
nsenter -t "$CPE" -n ethtool -K wire0 tso off gso off gro off sg off rx off tx off >/dev/null 2>&1
there ip -6 addr add 2001:db8:20::11/64 dev wire0 nodad
there ip -6 addr add 2001:db8:30::1/64 dev mid0 nodad
nsenter -t "$HUT" -n ip -6 addr add 2001:db8:30::2/64 dev up0 nodad
nsenter -t "$HUT" -n ip -6 addr add 2001:db8:40::1/64 dev down0 nodad
there ip link set mid0 up
nsenter -t "$HUT" -n ip link set up0 up
nsenter -t "$HUT" -n ip link set down0 up
nsenter -t "$CPE" -n ip link set wire0 up
ip -6 route add 2001:db8:30::/64 via 2001:db8:20::11
ip -6 route add 2001:db8:40::/64 via 2001:db8:20::11
sleep 2
isc 'default-lease-time 600; ddns-update-style none; option dhcp6.name-servers 2001:db8:20::53;
subnet6 2001:db8:20::/64 { } subnet6 2001:db8:30::/64 { }
subnet6 2001:db8:40::/64 { range6 2001:db8:40::20 2001:db8:40::2f; }'
nsenter -t "$HUT" -n -u dhcrelay -6 -d -I -l down0 -u 2001:db8:30::1%up0 -pf "$LAB/hut.pid" >hut.log 2>&1 &
RELAYS=$!
nsenter -t "$FAR" -n -u dhcrelay -6 -d -I -l mid0 -u 2001:db8:20::1%wire0 -pf "$LAB/desk-relay.pid" >relay.log 2>&1 &
RELAYS="$RELAYS $!"
sleep 1
record relay.up $PORTS
nsenter -t "$HUT" -n tcpdump -i down0 -s 65535 --immediate-mode -Z root -w "$LAB/relay.down.pcap" $PORTS 2>down.log &
DOWN=$!
nsenter -t "$FAR" -n tcpdump -i mid0 -s 65535 --immediate-mode -Z root -w "$LAB/relay.mid.pcap" $PORTS 2>mid.log &
MID=$!
listen_in down.log $DOWN
listen_in mid.log $MID
timeout 20 nsenter -t "$CPE" -n -u dhclient -6 -q -1 -N -D LL -sf "$LAB/script" -lf "$LAB/cpe.leases" -pf "$LAB/cpe.pid" -cf "$LAB/desk.conf" wire0 >>dhclient.log 2>&1
sleep 0.5
record_stop
kill -INT $DOWN $MID
wait $DOWN $MID || true
mergecap -F pcap -w relay.pcap relay.up.pcap relay.mid.pcap relay.down.pcap
put relay.pcap 'Through two relays, seen on all three links: each message three times, bare and wrapped once and twice, with link and peer addresses and interface ids' "$DHCPD, $RELAY, $DHCLIENT"
kill $RELAYS "$(cat cpe.pid)"
stop
lab_table
