#!/bin/bash
# Regenerates samples/mongodb/*.pcap: the official Node.js driver and a raw client against the scripted peer of server.mjs.
if [ -z "${LAB:-}" ]; then
  # The network is out of reach in the laboratory.
  MODULES=$(mktemp -d) && export MODULES || exit 1
  trap 'rm -rf "$MODULES"' EXIT
  npm install --silent --no-audit --no-fund --prefix "$MODULES" mongodb@6.22.0 bson@6 snappy@7 @mongodb-js/zstd@1 || exit 1
fi
. "$(dirname "$0")/../lab.sh"
lab_need node:nodejs npm:npm
lab_enter "$@"
lab_cable

node "$HERE/server.mjs" 10.20.0.25 >server.log 2>&1 &
SERVER=$!
lab_port 10.20.0.25 27017
PEER='scripted peer'
DRIVER="mongodb $(node -p "require('$MODULES/node_modules/mongodb/package.json').version") for Node.js $(node -p 'process.versions.node')"
RAW="raw client, Node.js $(node -p 'process.versions.node')"
client() { there env MODULES="$MODULES" node "$HERE/client.mjs" "$1" 10.20.0.25; }
raw() { there env MODULES="$MODULES" node "$HERE/raw.mjs" "$1" 10.20.0.25; }

record crud tcp port 27017
client crud
keep 'OP_MSG: insert, find, update, delete, findAndModify, aggregate, distinct, count, indexes, listCollections; a duplicate key, an unknown command, a write concern that cannot be met; 64-bit numbers, Decimal128, dates' "$PEER, $DRIVER"

record cursors tcp port 27017
client cursors
keep 'find with getMore until the cursor is empty, killCursors, a cursor that does not exist' "$PEER, $DRIVER"

record auth tcp port 27017
client auth
keep 'SCRAM-SHA-256 inside hello, a wrong password, PLAIN, SCRAM-SHA-1, logout; createUser and updateUser; passwords in documents, filters, updates, $expr, $where, connection strings and errors' "$PEER, $DRIVER"

record compressed tcp port 27017
client compressed
keep 'OP_COMPRESSED with zlib, snappy and zstd: batches, getMore, a duplicate key' "$PEER, $DRIVER, snappy 7, zstd 1"

record transaction tcp port 27017
client transaction
keep 'A transaction that commits and one that aborts; bulkWrite of the client with document sequences, once with a duplicate key' "$PEER, $DRIVER"

record streamed tcp port 27017
client streamed
keep 'hello streamed by the server (exhaustAllowed, moreToCome); a write with w: 0, which nobody answers' "$PEER, $DRIVER"

record legacy tcp port 27017
raw legacy
keep 'OP_QUERY, OP_REPLY, OP_INSERT, OP_UPDATE, OP_DELETE, OP_GET_MORE, OP_KILL_CURSORS, OP_COMMAND: getLastError, a failed query, a cursor not found, MONGODB-CR' "$PEER, $RAW"

record sections tcp port 27017
raw sections
keep 'OP_MSG with document sequences, with checksum, three requests in one segment, an exhaust getMore, PLAIN' "$PEER, $RAW"

kill $SERVER
lab_table
