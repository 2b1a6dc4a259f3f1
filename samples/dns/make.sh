#!/bin/bash
# Regenerates samples/dns/*.pcap: BIND (and once NSD) on 10.20.0.53, Avahi on the neighbours' link, and what they are asked.
. "$(dirname "$0")/../lab.sh"
lab_need named:bind9 rndc-confgen:bind9 dig:bind9-dnsutils nsupdate:bind9-dnsutils nsd:nsd avahi-daemon:avahi-daemon dnsperf:dnsperf
lab_enter "$@"
lab_cable

named_start() {
  mkdir -p bind
  python3 "$HERE/zones.py" bind
  chown -R bind bind
  cat >named.conf <<CF
options {
  directory "$LAB/bind";
  pid-file "$LAB/bind/pid";
  session-keyfile "$LAB/bind/session.key";
  listen-on port 53 { 10.20.0.53; };
  listen-on-v6 port 53 { 2001:db8:20::25; };
  recursion no;
  dnssec-validation no;
  notify no;
  allow-transfer { 10.20.0.0/24; };
  minimal-responses no;
  transfer-message-size 2000;
  version "harbour";
};
controls { };
zone "harbour.example" { type primary; file "harbour.zone"; dnssec-policy default; inline-signing yes; };
zone "big.example" { type primary; file "big.zone"; };
zone "moving.example" { type primary; file "moving.zone"; allow-update { 10.20.0.11; }; ixfr-from-differences yes; notify explicit; also-notify { 10.20.0.12; }; };
zone "20.10.in-addr.arpa" { type primary; file "reverse.zone"; };
CF
  named -g -u bind -c "$LAB/named.conf" >named.log 2>&1 &
  NAMED=$!
  lab_port 10.20.0.53 53
  # The zone is signed in the background; wait for the signature over the address of www.
  for i in $(seq 100); do there dig @10.20.0.53 +dnssec +short www.harbour.example A | grep -q '^A 13' && return; sleep 0.1; done
  return 1
}

ask() { there dig -b 10.20.0.11 +nocookie +tries=1 +time=2 @10.20.0.53 "$@" >>dig.out 2>>dig.log; }

named_start
BIND="BIND $(named -v | cut -d' ' -f2 | cut -d- -f1)"
DIG="dig $(dig -v 2>&1 | cut -d' ' -f2 | cut -d- -f1)"
NSD="NSD $(nsd -v 2>&1 | sed -n '1s/.* //p')"
PY="Python $(python3 -c 'import platform; print(platform.python_version())')"
WIRE='port 53 or icmp'

record udp "$WIRE"
for type in A AAAA MX TXT SRV CAA TLSA NAPTR SVCB HTTPS SOA NS DS SSHFP LOC HINFO; do
  case $type in
    SRV) name=_imaps._tcp.harbour.example ;;
    TLSA) name=_25._tcp.mail.harbour.example ;;
    SVCB) name=_dns.ns1.harbour.example ;;
    DS) name=pier.harbour.example ;;
    MX | CAA | SOA | NS | NAPTR) name=harbour.example ;;
    *) name=www.harbour.example ;;
  esac
  ask $name $type
done
ask -x 10.20.0.80
ask ftp.harbour.example A
ask xn--gre-jna4b.harbour.example A
ask anything.wild.harbour.example A
ask host.pier.harbour.example A
ask nowhere.harbour.example A
ask www.harbour.example CAA
ask www.elsewhere.example A
ask +dnssec www.harbour.example A
ask +dnssec nowhere.harbour.example A
ask +dnssec harbour.example DNSKEY
ask +cookie=0011223344556677 +subnet=203.0.113.0/24 +nsid www.harbour.example A
ask +noedns www.harbour.example A
ask +edns=1 +noednsnegotiation www.harbour.example A
ask version.bind TXT CH
ask +opcode=STATUS www.harbour.example A
there dig -b 2001:db8:20::11 +nocookie +tries=1 @2001:db8:20::25 www.harbour.example AAAA >>dig.out
keep 'One question, one answer: A AAAA MX TXT SRV CAA TLSA NAPTR SVCB HTTPS SOA NS DS SSHFP LOC HINFO PTR, a CNAME, an IDN, a wildcard, a delegation, NXDOMAIN, NODATA, REFUSED, DNSSEC (A, NSEC proof, DNSKEY), EDNS options (cookie, client subnet, NSID), no EDNS, BADVERS, CHAOS TXT, NOTIMP, one over IPv6' "$BIND, $DIG"

record tcp "$WIRE"
ask +tcp www.harbour.example A
ask +tcp +dnssec harbour.example DNSKEY
ask +tcp +keepopen www.harbour.example A mail.harbour.example MX nowhere.harbour.example A
there python3 "$HERE/client.py" pipelined-tcp
keep 'Over TCP: single questions, three on one connection, three in one segment; one whose two length bytes come in segments of their own' "$BIND, $DIG and $PY socket"

record axfr "$WIRE"
ask big.example AXFR
keep 'A zone transfer of 1,203 records in many messages on one connection' "$BIND, $DIG"

record truncated "$WIRE"
ask +noedns long.harbour.example TXT
ask +ignore +noedns long.harbour.example TXT
ask +bufsize=600 +dnssec long.harbour.example TXT
keep 'An answer that does not fit: TC over UDP, then the same question over TCP; one that never retries; one cut to the 600 bytes that EDNS allowed' "$BIND, $DIG"

record update "$WIRE"
there nsupdate >>dig.out <<'U'
local 10.20.0.11
server 10.20.0.53
zone moving.example
update add ship1.moving.example. 60 A 10.20.1.1
update add ship2.moving.example. 60 A 10.20.1.2
send
prereq yxdomain ship1.moving.example.
update delete ship1.moving.example. A
send
U
printf 'local 10.20.0.11\nserver 10.20.0.53\nzone moving.example\nprereq nxdomain ship2.moving.example.\nupdate add ship2.moving.example. 60 A 10.20.1.9\nsend\n' | there nsupdate >>dig.out 2>&1 || true
printf 'local 10.20.0.12\nserver 10.20.0.53\nzone moving.example\nupdate add pirate.moving.example. 60 A 10.20.1.13\nsend\n' | there nsupdate >>dig.out 2>&1 || true
ask moving.example IXFR=1
sleep 3
keep 'RFC 2136 updates: two accepted, one whose prerequisite fails (YXDOMAIN), one refused; the NOTIFY they cause and nobody takes (ICMP port unreachable); an IXFR with the differences' "$BIND, nsupdate $(dig -v 2>&1 | cut -d' ' -f2 | cut -d- -f1), $DIG"

record many "$WIRE"
python3 -c "
for i in range(60):
    print(f'berth{i % 9}.harbour.example A' if i % 3 else f'missing{i}.harbour.example AAAA')" >many.txt
there dnsperf -s 10.20.0.53 -d many.txt -c 4 -q 20 -n 1 >dnsperf.out 2>dnsperf.log
keep '60 questions from four sockets, up to 20 under way at once' "$BIND, dnsperf $(dnsperf -h 2>&1 | sed -n 's/^DNS Performance Testing Tool.*[Vv]ersion //p' | head -1)"

record unanswered "$WIRE"
there dig -b 10.20.0.11 +nocookie +tries=2 +time=1 @10.20.0.25 www.harbour.example A >>dig.out 2>&1 || true
kill -STOP $NAMED
there dig -b 10.20.0.11 +nocookie +tries=3 +time=1 @10.20.0.53 www.harbour.example A >>dig.out 2>&1 || true
there dig -b 10.20.0.11 +nocookie +tries=1 +time=1 +tcp @10.20.0.53 www.harbour.example A >>dig.out 2>&1 || true
keep 'A closed port (ICMP port unreachable answers each try), a server that is stopped (three tries over UDP, one over TCP that connects), no answer to any' "$BIND, $DIG"
kill -CONT $NAMED
kill $NAMED
wait $NAMED || true

mkdir -p nsd
cp bind/harbour.zone nsd/harbour.zone
chown -R nsd nsd
cat >nsd.conf <<CF
server:
  ip-address: 10.20.0.53
  username: nsd
  zonesdir: $LAB/nsd
  database: ""
  zonelistfile: $LAB/nsd/list
  xfrdfile: $LAB/nsd/xfrd
  xfrdir: $LAB/nsd
  pidfile: $LAB/nsd/pid
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: harbour.example
  zonefile: harbour.zone
CF
nsd -d -c "$LAB/nsd.conf" >nsd.log 2>&1 &
NSD_PID=$!
lab_port 10.20.0.53 53
record nsd "$WIRE"
ask www.harbour.example A
ask harbour.example MX
ask ftp.harbour.example A
ask nowhere.harbour.example A
ask www.elsewhere.example A
ask +notcp harbour.example ANY
there python3 "$HERE/client.py" odd
keep 'Another server, the same zone: answers with compression of its own, REFUSED, ANY over UDP; then what breaks rules: a question without a question (FORMERR), two questions in one message, the same id asked twice at once, an answer nobody asked for' "$NSD, $DIG and $PY socket"
kill $NSD_PID
wait $NSD_PID || true

# Avahi here, a second one there; both keep out of /etc and /run of the machine.
mount -t tmpfs run /run
mkdir -p /run/avahi-daemon services none
cat >services/pier.service <<'X'
<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>Harbour office Größe</name>
<service><type>_http._tcp</type><subtype>_berths._sub._http._tcp</subtype><port>80</port><txt-record>path=/timetable.html</txt-record><txt-record>berths=9</txt-record></service>
<service><type>_ipp._tcp</type><port>631</port><txt-record>rp=printers/office</txt-record></service></service-group>
X
avahi() { # HOST: a configuration for one daemon
  printf '[server]\nhost-name=%s\nenable-dbus=no\nuse-ipv6=yes\nallow-interfaces=wire0\ndisallow-other-stacks=no\n[publish]\npublish-workstation=no\npublish-hinfo=no\n[reflector]\n[rlimits]\n' "$1" >"avahi-$1.conf"
}
avahi boathouse
avahi desk
mount --bind services /etc/avahi/services
there ip route add 224.0.0.0/4 dev wire0
record mdns udp port 5353
avahi-daemon -f "$LAB/avahi-boathouse.conf" --no-drop-root --no-chroot --no-rlimits >avahi-boathouse.log 2>&1 &
sleep 5
there dig -b 10.20.0.11 +tries=1 +time=2 +noedns +norecurse -p 5353 @224.0.0.251 boathouse.local A >>dig.out 2>>dig.log || true
there python3 "$HERE/client.py" mdns
mount --bind none /etc/avahi/services
there unshare --mount sh -c "mount -t tmpfs run /run; mkdir /run/avahi-daemon; exec avahi-daemon -f '$LAB/avahi-desk.conf' --no-drop-root --no-chroot --no-rlimits" >avahi-desk.log 2>&1 &
sleep 2.5
# A polite end says goodbye: the same records with a time to live of 0.
kill "$(cat /run/avahi-daemon/pid)"
sleep 0.5
keep 'Two Avahi daemons: probing, announcing an HTTP and a printer service (PTR SRV TXT A AAAA, NSEC, cache-flush bits), a one-shot question from an ordinary port (unicast answer), questions for services with a known answer and a QU bit, goodbye with TTL 0; over IPv4 and IPv6' "Avahi $(avahi-daemon --version | cut -d' ' -f2), $DIG, $PY socket"

record llmnr udp port 5355
python3 "$HERE/client.py" llmnr-responder >llmnr.log 2>&1 &
sleep 0.5
there python3 "$HERE/client.py" llmnr
keep 'LLMNR, synthetic: real multicast and unicast datagrams whose messages our script writes. A and AAAA answered, a PTR, a name nobody has asked twice, an answer that says its name is not unique (C bit), over IPv4 and IPv6' "$PY socket"
lab_table
