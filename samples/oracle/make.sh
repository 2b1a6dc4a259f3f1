#!/bin/bash
# Regenerates samples/oracle/*.pcap: Oracle's own driver in thin mode talks to a scripted server, because there is no free Oracle package.
. "$(dirname "$0")/../lab.sh"
lab_need node:nodejs npm:npm
if [ -z "${LAB:-}" ]; then
  # Inside the laboratory there is no registry: the driver is fetched before.
  DRIVER=$(mktemp -d)
  export DRIVER
  trap 'rm -rf "$DRIVER"' EXIT
  (cd "$DRIVER" && npm init -y >/dev/null && npm install --no-audit --no-fund oracledb@26.0.0 >/dev/null) || exit 1
  status=0
  (lab_enter "$@") || status=$?
  exit $status
fi
lab_enter "$@"
lab_cable

SOFTWARE="oracledb $(node -p "require('$DRIVER/node_modules/oracledb/package.json').version") for Node.js (thin), scripted server (synthetic)"
PORTS='tcp portrange 1521-1522'

node "$HERE/server.mjs" 10.20.0.81 1521 2>server1.log & FIRST=$!
node "$HERE/server.mjs" 10.20.0.81 1522 2>server2.log & SECOND=$!
for port in 1521 1522; do lab_port 10.20.0.81 $port; done

ask() { there timeout 60 env TZ=UTC node "$HERE/client.mjs" "$1" >>client.log 2>&1; }
take() { # NAME WHAT
  record "$1" "$PORTS"
  ask "$1"
  keep "$2" "$SOFTWARE"
}

take statements 'TNS 318: connect, login, SELECT with bound value and rows, INSERT, UPDATE, COMMIT, an executed cursor, many rows at once, ROLLBACK, ORA-00942, PL/SQL, ping, logoff'
take narrow 'Accepted as version 314: the server is too old for the driver, which closes'
take fast 'The same as statements with version 319 and the fast login: protocol, types and first part of the login in one message'
take redirect 'A redirect to another port with its text in a data packet, and all of `statements` there'
take resend 'The server asks to send the connect again'
take refused 'Refused: unknown service'
take denied 'A login that is refused: ORA-01017'
take sealed 'Network services agree on AES256: the driver closes'
take descriptor 'A connect descriptor that is too long for its packet'
take secrets 'Secrets everywhere they can stand (`S3CRET-oracle-1`, `-4` to `-11`)'
take broken 'A call interrupted by a break of the client: markers, ORA-01013'
take long 'A statement of 30 KB over several packets; an answer in packets of 61 bytes'

kill $FIRST $SECOND
lab_table
