#!/bin/bash
# Regenerates samples/dhcpv4/*.pcap: dnsmasq and ISC dhcpd lease to dhclient, udhcpc and a script, once through a relay.
#
#   cpe (behind the relay) -- down0 desk wire0 -- wire0 [the servers, 10.20.0.1]
. "$(dirname "$0")/../lab.sh"
lab_need dnsmasq:dnsmasq-base dhcpd:isc-dhcp-server dhclient:isc-dhcp-client udhcpc:udhcpc dhcrelay:isc-dhcp-relay mergecap:wireshark-common
lab_enter "$@"

lab_host FAR desk.nordlicht.example
ip link add wire0 address 02:00:00:20:00:01 type veth peer name wire0 address 02:00:00:20:00:0b netns "$FAR"
plain_wire wire0
there ethtool -K wire0 tso off gso off gro off sg off rx off tx off >/dev/null 2>&1
ip addr add 10.20.0.1/24 dev wire0
ip link set wire0 up
there ip link set wire0 up
sleep 1

DNSMASQ="dnsmasq $(dnsmasq --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')"
DHCPD="ISC dhcpd $(dhcpd --version 2>&1 | sed 's/.*dhcpd-//')"
DHCLIENT="dhclient $(dhclient --version 2>&1 | sed 's/.*dhclient-//')"
UDHCPC="udhcpc $(busybox | sed -n '1s/BusyBox v\([0-9.]*\).*/\1/p')"
RELAY="ISC dhcrelay $(dhcrelay --version 2>&1 | sed 's/.*dhcrelay-//')"
PY="Python $(python3 -c 'import platform; print(platform.python_version())')"

# What a client does with its lease: put the address on the interface, so that renewals have a source.
cat >script <<'SCRIPT'
#!/bin/sh
case "${reason:-$1}" in
  BOUND|REBOOT|bound) ip addr add "${new_ip_address:-$ip}/24" dev "$interface" ;;
  RELEASE|EXPIRE|STOP|deconfig) ip addr flush dev "$interface" ;;
esac
exit 0
SCRIPT
chmod 755 script

masq() { # OPTIONS...: start dnsmasq
  rm -f masq.leases
  dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=wire0 --bind-interfaces --user=root --group=root --no-ping \
    --dhcp-leasefile="$LAB/masq.leases" --pid-file="$LAB/masq.pid" --dhcp-range=10.20.0.100,10.20.0.150,255.255.255.0,10.20.0.255,2h "$@" >masq.log 2>&1 &
  SERVER=$!
  sleep 0.5
}
isc() { # CONFIGURATION: start dhcpd
  printf '%s\n' "$1" >dhcpd.conf
  rm -f dhcpd.leases && touch dhcpd.leases
  dhcpd -4 -f -q -user root -group root -cf dhcpd.conf -lf dhcpd.leases -pf "$LAB/dhcpd.pid" ${2:-wire0} >dhcpd.log 2>&1 &
  SERVER=$!
  sleep 1
}
stop() { kill $SERVER; wait $SERVER || true; }
# dhclient refuses paths outside its own under some policies; in here there are none.
lease() { there dhclient -4 -q -sf "$LAB/script" -lf "$LAB/$1.leases" -pf "$LAB/$1.pid" -cf "$LAB/$1.conf" "${@:2}" >>dhclient.log 2>&1; }
clean() { there ip addr flush dev wire0; }
script() { there python3 "$HERE/client.py" "$@"; }

cat >desk.conf <<'CONF'
send host-name "desk";
send fqdn.fqdn "desk.nordlicht.example.";
send fqdn.server-update on;
option rfc3442-routes code 121 = array of unsigned integer 8;
request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers, domain-search, ntp-servers, rfc3442-routes, interface-mtu;
timeout 12;
CONF

masq --dhcp-option=option:router,10.20.0.1,10.20.0.2 --dhcp-option=option:dns-server,10.20.0.53,10.20.0.54 \
  --domain=harbour.example --dhcp-option=option:domain-search,harbour.example,quay.harbour.example --dhcp-option=option:ntp-server,10.20.0.123 \
  --dhcp-option=121,10.30.0.0/16,10.20.0.2,0.0.0.0/0,10.20.0.1 --dhcp-option=option:mtu,1400
record lease udp port 67 or udp port 68
lease desk -1 wire0
sleep 0.5
lease desk -r wire0
clean
there udhcpc -f -q -n -t 3 -T 1 -i wire0 -s "$LAB/script" -x hostname:printer -V "warehouse scanner" -F printer.harbour.example >>udhcpc.log 2>&1
clean
script inform 10.20.0.77
script decline
keep 'Leases got (DISCOVER, OFFER, REQUEST, ACK) by two clients, one of them given back (RELEASE); routers, search list, classless routes, FQDN; an INFORM and its ACK; an address DECLINEd' "$DNSMASQ, $DHCLIENT, $UDHCPC, $PY socket"
stop

isc 'authoritative; ping-check false; default-lease-time 8; max-lease-time 8; ddns-update-style none;
subnet 10.20.0.0 netmask 255.255.255.0 { range 10.20.0.160 10.20.0.170; option routers 10.20.0.1; option domain-name "harbour.example"; }'
cat >roam.leases <<'LEASE'
lease {
  interface "wire0";
  fixed-address 192.168.77.9;
  option subnet-mask 255.255.255.0;
  option dhcp-lease-time 864000;
  option dhcp-message-type 5;
  option dhcp-server-identifier 192.168.77.1;
  renew 1 2040/01/02 00:00:00;
  rebind 2 2040/01/03 00:00:00;
  expire 3 2040/01/04 00:00:00;
}
LEASE
cp desk.conf roam.conf
record renew udp port 67 or udp port 68
lease roam wire0
sleep 6
stop
sleep 8
kill "$(cat roam.pid)"
keep 'A client back from another network asks for its old address (INIT-REBOOT) and is refused (NAK), gets a new one for eight seconds and renews it (unicast); then the server is stopped: a renewal and, after the lease ran out, a DISCOVER without answer' "$DHCPD, $DHCLIENT"
clean

record silent udp port 67 or udp port 68
there udhcpc -f -q -n -t 3 -T 1 -A 1 -i wire0 -s "$LAB/script" >>udhcpc.log 2>&1 || true
keep 'Nobody answers: three DISCOVERs' "$UDHCPC"

masq --dhcp-boot=pxelinux.0,boot.harbour.example,10.20.0.69 --dhcp-option-force=66,boot.harbour.example --dhcp-option-force=150,10.20.0.69,10.20.0.70 \
  --dhcp-option-force=252,http://proxy:S3CRET-dhcpv4-1@10.20.0.80/wpad.dat --dhcp-option-force=114,https://guest:S3CRET-dhcpv4-2@portal.harbour.example/api \
  --dhcp-option-force=67,http://boot:S3CRET-dhcpv4-3@10.20.0.69/start.efi --dhcp-option-force=17,iscsi:password=S3CRET-dhcpv4-4 \
  --dhcp-option-force=43,01:04:de:ad:be:ef --dhcp-option-force=vi-encap:3561,6,vendor --dhcp-no-override --bootp-dynamic
record boot udp port 67 or udp port 68
script pxe
script bootp
script token S3CRET-dhcpv4-5
script odd
keep 'A machine that boots over the network (architecture, UUID, user class, boot file, TFTP servers), BOOTP without DHCP, RFC 3118 authentication; options in sname and file, one option in two parts, an option longer than its field, a message without End. URLs, a root path and a token hold secrets' "$DNSMASQ, $PY socket"
stop

lab_host CPE cpe.nordlicht.example
there ip link add down0 address 02:00:00:30:00:01 type veth peer name wire0 address 02:00:00:30:00:11 netns "$CPE"
there ethtool -K down0 tso off gso off gro off sg off rx off tx off >/dev/null 2>&1
there ip addr add 10.20.0.11/24 dev wire0
there ip addr add 10.30.0.1/24 dev down0
there ip link set down0 up
there sysctl -qw net.ipv4.ip_forward=1
nsenter -t "$CPE" -n ip link set wire0 up
ip route add 10.30.0.0/24 via 10.20.0.11
isc 'authoritative; ping-check false; default-lease-time 600; ddns-update-style none;
subnet 10.20.0.0 netmask 255.255.255.0 { }
subnet 10.30.0.0 netmask 255.255.255.0 { range 10.30.0.20 10.30.0.30; option routers 10.30.0.1; option domain-name-servers 10.20.0.53; }'
nsenter -t "$FAR" -n dhcrelay -4 -d -a -iu wire0 -id down0 10.20.0.1 >relay.log 2>&1 &
RELAYING=$!
sleep 1
record relay.up udp port 67 or udp port 68
nsenter -t "$FAR" -n tcpdump -i down0 -s 65535 --immediate-mode -Z root -w "$LAB/relay.down.pcap" udp port 67 or udp port 68 2>down.log &
DOWN=$!
listen_in down.log $DOWN
nsenter -t "$CPE" -n -u udhcpc -f -q -n -R -t 3 -T 1 -i wire0 -s "$LAB/script" -x hostname:cpe >>udhcpc.log 2>&1
sleep 0.5
record_stop
kill -INT $DOWN
wait $DOWN || true
mergecap -F pcap -w relay.pcap relay.up.pcap relay.down.pcap
put relay.pcap 'Through a relay, seen on both of its sides: each message twice, with and without giaddr, hops and option 82 (circuit id)' "$DHCPD, $RELAY, $UDHCPC"
kill $RELAYING
stop
lab_table
