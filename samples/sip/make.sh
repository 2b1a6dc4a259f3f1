#!/bin/bash
# Regenerates samples/sip/*.pcap: SIPp phones with and without a Kamailio registrar and proxy on 10.20.0.25.
. "$(dirname "$0")/../lab.sh"
lab_need sipp:sip-tester sipsak:sipsak kamailio:kamailio
lab_enter "$@"
lab_cable
echo '10.20.0.11 desk.nordlicht.example' >>hosts
python3 "$HERE/scenarios.py"
SIPP="SIPp $(sipp -v 2>/dev/null | sed -n 's/^ *SIPp v\([0-9.]*\).*/\1/p')"
SIPSAK="sipsak $(sipsak --version 2>&1 | sed -n '1s/^sipsak \([0-9.]*\).*/\1/p')"
PY="Python $(python3 -c 'import platform; print(platform.python_version())')"
WIRE='port 5060 or port 5070 or icmp'

phone() { # HOST PORT SCENARIO [OPTIONS]: one call of a phone on the clients' host
  local host=$1 port=$2 scenario=$3
  shift 3
  there timeout 20 sipp 10.20.0.25:5060 -i "$host" -p "$port" -sf "$LAB/$scenario.xml" -m 1 -nostdin -timeout 15 "$@" >"$scenario.out" 2>"$scenario.log" || echo "$scenario: $?" >&2
}
waiting() { # SCENARIO: bob's phone, for one call
  there timeout 20 sipp -i 10.20.0.12 -p 5060 -sf "$LAB/$1.xml" -m 1 -nostdin -timeout 15 >"$1.out" 2>"$1.log" &
  BOB=$!
  sleep 0.4
}
hung_up() { wait $BOB || echo "bob: $?" >&2; }

for way in u1:direct t1:tcp; do
  timeout 20 sipp -sn uas -i 10.20.0.25 -p 5060 -t ${way%%:*} -m 3 -nostdin -timeout 15 >uas.out 2>uas.log &
  UAS=$!
  sleep 0.5
  record ${way##*:} "$WIRE"
  there timeout 20 sipp 10.20.0.25:5060 -sn uac -i 10.20.0.11 -p 5070 -t ${way%%:*} -m 3 -r 4 -d 700 -nostdin >uac.out 2>uac.log
  wait $UAS || true
  if [ $way = u1:direct ]; then keep 'Three calls from phone to phone over UDP: INVITE, 180, 200, ACK, BYE' "$SIPP (uac, uas)"
  else keep 'The same over one TCP connection' "$SIPP (uac, uas)"; fi
done

kamailio -DD -E -f "$HERE/kamailio.cfg" -P "$LAB/kamailio.pid" -Y "$LAB" -m 32 -M 4 >kamailio.out 2>kamailio.log &
KAMAILIO=$!
lab_port 10.20.0.25 5060
PROXY="Kamailio $(kamailio -v | sed -n '1s/^version: kamailio \([0-9.]*\).*/\1/p')"

record register "$WIRE"
phone 10.20.0.11 5070 register-anna
phone 10.20.0.12 5060 register-bob
phone 10.20.0.11 5070 register-wrong
phone 10.20.0.12 5060 register-list
phone 10.20.0.11 5070 register-remove
there sipsak -vv -s sip:10.20.0.25 >sipsak.log 2>&1 || cat sipsak.log >&2
keep 'Digest: registered (anna, bob), a wrong password, the bindings listed, all removed with `*`; an OPTIONS ping' "$PROXY, $SIPP, $SIPSAK"

record call "$WIRE"
waiting answer
phone 10.20.0.11 5070 call
hung_up
waiting answer-and-end
phone 10.20.0.11 5070 call-ended
hung_up
keep 'Two calls through the proxy, both legs: 407, credentials, 100, 180, 200, ACK with Record-Route; INFO with a key press; BYE of the caller, then of the callee, with Q.850 reasons; SRTP keys and two media in the second' "$PROXY, $SIPP"

record failed "$WIRE"
waiting busy
phone 10.20.0.11 5070 call-failed
hung_up
waiting ring
phone 10.20.0.11 5070 call-cancelled
hung_up
phone 10.20.0.11 5070 call-nobody
phone 10.20.0.11 5070 call-silent
keep 'Calls that fail: busy (486), cancelled (487), nobody of that name (404), a phone that is off (the proxy repeats, ICMP port unreachable, then 408)' "$PROXY, $SIPP"

record requests "$WIRE"
waiting take-message
phone 10.20.0.11 5070 message
hung_up
phone 10.20.0.11 5070 publish
phone 10.20.0.11 5070 subscribe
waiting take-refer
phone 10.20.0.11 5070 refer
hung_up
keep 'MESSAGE, PUBLISH and SUBSCRIBE refused (489), REFER with the NOTIFY that follows and is not answered' "$PROXY, $SIPP"
kill "$KAMAILIO"
wait "$KAMAILIO" || true

python3 "$HERE/odd.py" answer >odd.log 2>&1 &
sleep 0.4
record odd "$WIRE"
there python3 "$HERE/odd.py" ask
keep 'What software does not send, or not often, synthetic: real datagrams and connections whose messages our script writes. Compact forms, folded and repeated fields, a 2543 peer without branch, two phones that answer one INVITE, a multipart body with SDP and ISUP, Content-Length that is no number or too long, keep-alives, STUN; over TCP three messages in a segment, one message in many; IPv6' "$PY socket"
lab_table
