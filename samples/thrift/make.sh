#!/bin/bash
# Regenerates samples/thrift/*.pcap: a Thrift server on 10.20.0.81 in every dialect, and the clients that call it.
. "$(dirname "$0")/../lab.sh"
lab_need thrift:thrift-compiler
/usr/bin/python3 -c 'import thrift' 2>/dev/null || { echo "$SELF: missing: python3-thrift" >&2; exit 2; }
lab_enter "$@"
lab_cable

thrift --gen py -out "$LAB" "$HERE/harbour.thrift"
export GENERATED=$LAB PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
/usr/bin/python3 "$HERE/talk.py" serve >server.log 2>&1 &
SERVER_PID=$!
for port in 9090 9091 9092 9093 9094 9095 9096; do lab_port 10.20.0.81 $port; done
SOFTWARE="Thrift $(thrift --version | sed 's/.* //'), python3-thrift $(dpkg-query -W -f '${Version}' python3-thrift | sed 's/-.*//')"
client() { there /usr/bin/python3 "$HERE/talk.py" "$@"; }

record socket tcp portrange 9090-9096
client plain socket
keep 'Binary without frames: results of all kinds, a declared exception, a one-way call, an unknown method (TApplicationException)' "$SOFTWARE"

record framed tcp portrange 9090-9096
client plain framed
keep 'The same, framed' "$SOFTWARE"

record compact tcp portrange 9090-9096
client plain compact
client plain bare
keep 'The same in the compact protocol, framed and without frames' "$SOFTWARE"

record multiplexed tcp portrange 9090-9096
client many
keep 'Two services on one connection: calls name them' "$SOFTWARE"

record header tcp portrange 9090-9096
client header
keep 'The header transport with key-value pairs: binary, then compact with zlib (pair `authorization`: `S3CRET-thrift-5`)' "$SOFTWARE"

record pipelined tcp portrange 9090-9096
client pipelined
keep 'Three calls before the first reply, by sequence id; then the old binary protocol without version' "$SOFTWARE"

record large tcp portrange 9090-9096
client large
keep 'A string of 30 000 bytes and a list of 60 structs, over many segments' "$SOFTWARE"

record cut tcp portrange 9090-9096
client cut
keep 'A client that closes in the middle of a call' "Python $(/usr/bin/python3 -c 'import platform; print(platform.python_version())') socket"

record secrets tcp portrange 9090-9096
client secrets
keep 'A login with a password and a map with a token, right and wrong; a URL and a log line with passwords' "$SOFTWARE"

kill $SERVER_PID
lab_table
