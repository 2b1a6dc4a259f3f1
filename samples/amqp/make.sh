#!/bin/bash
# Regenerates samples/amqp/*.pcap: a RabbitMQ server on 10.20.0.80 and the clients that talk to it.
. "$(dirname "$0")/../lab.sh"
lab_need rabbitmq-server:rabbitmq-server amqp-publish:amqp-tools amqp-get:amqp-tools
/usr/bin/python3 -c 'import pika' 2>/dev/null || { echo "$SELF: missing: python3-pika" >&2; exit 2; }
lab_enter "$@"
lab_cable
# The broker talks to itself all the time; only its clients' connections matter.
lab_open() { { ss -Htna; there ss -Htna; } | grep ':5672' | grep -cvE '^(LISTEN|TIME-WAIT)' || true; }

rabbit_start() {
  mkdir -p rabbit/mnesia rabbit/log rabbit/home
  cat >rabbit/rabbitmq.conf <<'CF'
listeners.tcp.1 = 10.20.0.80:5672
loopback_users = none
default_user = shop
default_pass = S3CRET-amqp-1
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = AMQPLAIN
auth_mechanisms.3 = RABBIT-CR-DEMO
log.file.level = warning
CF
  echo '[].' >rabbit/enabled_plugins
  echo lab-cookie >rabbit/home/.erlang.cookie
  chmod 400 rabbit/home/.erlang.cookie
  export HOME=$LAB/rabbit/home RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_MNESIA_BASE=$LAB/rabbit/mnesia RABBITMQ_LOG_BASE=$LAB/rabbit/log \
    RABBITMQ_CONFIG_FILE=$LAB/rabbit/rabbitmq.conf RABBITMQ_ENABLED_PLUGINS_FILE=$LAB/rabbit/enabled_plugins RABBITMQ_PID_FILE=$LAB/rabbit/pid \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 1:1' LANG=C.UTF-8
  /usr/lib/rabbitmq/bin/rabbitmq-server >rabbit.log 2>&1 &
  RABBIT=$!
  local i
  for i in $(seq 600); do (exec 3<>/dev/tcp/10.20.0.80/5672) 2>/dev/null && break; sleep 0.1; done
  lab_port 10.20.0.80 5672
  ctl add_vhost orders >>rabbit.log 2>&1
  ctl set_permissions -p orders shop '.*' '.*' '.*' >>rabbit.log 2>&1
}
ctl() { /usr/lib/rabbitmq/bin/rabbitmqctl -q "$@"; }
client() { there /usr/bin/python3 "$HERE/client.py" "$@"; }

rabbit_start
SERVER="RabbitMQ $(dpkg-query -W -f '${Version}' rabbitmq-server | sed 's/-.*//')"
PIKA="pika $(/usr/bin/python3 -c 'import pika; print(pika.__version__)')"
RAW="Python $(/usr/bin/python3 -c 'import platform; print(platform.python_version())') socket"
TOOLS="amqp-tools $(dpkg-query -W -f '${Version}' amqp-tools | sed 's/-.*//') (librabbitmq)"

record publish tcp port 5672
client publish
keep 'Exchange, queue and binding declared; text, JSON, untyped and empty messages with properties and headers; basic.get, get-empty, purge, delete' "$SERVER, $PIKA"

record consume tcp port 5672
client consume
keep 'A consumer: qos, consume, deliveries; ack, ack multiple, nack with requeue, redelivery, reject, cancel' "$SERVER, $PIKA"

record confirms tcp port 5672
client confirms
keep 'Publisher confirms: pipelined publications acked with multiple, a mandatory one returned (312) and acked, one nacked by a full queue' "$SERVER, $PIKA"

record errors tcp port 5672
client errors
keep 'Channel closes 404, 405 and 406; a publication to no exchange; a wrong password (403 ACCESS_REFUSED); a vhost that is not there (530); a client that is cut off without capability' "$SERVER, $PIKA and $RAW"

record channels tcp port 5672
client channels
keep 'Three channels asking at once; tx.select, commit and rollback; exchange.bind and unbind; a queue deleted under its consumer (basic.cancel by the server)' "$SERVER, $RAW"

record large tcp port 5672
client large
keep 'A message of 60 000 bytes in frames of 4096 (frame-max agreed), published and fetched' "$SERVER, $PIKA"

record tools tcp port 5672
there amqp-declare-queue -s 10.20.0.80 --username=shop --password=S3CRET-amqp-1 --vhost=orders -q tickets >/dev/null
there amqp-publish -s 10.20.0.80 --username=shop --password=S3CRET-amqp-1 --vhost=orders -r tickets -C text/plain -b 'seat 14C'
there amqp-get -s 10.20.0.80 --username=shop --password=S3CRET-amqp-1 --vhost=orders -q tickets >/dev/null
there amqp-delete-queue -s 10.20.0.80 --username=shop --password=S3CRET-amqp-1 --vhost=orders -q tickets >/dev/null
keep 'Another client library and a vhost of its own: declare, publish, get, delete, each on a connection' "$SERVER, $TOOLS"

record secrets tcp port 5672
client secrets
keep 'Secrets in every place: PLAIN, AMQPLAIN and RABBIT-CR-DEMO logins, connection.update-secret, headers, arguments, URLs with passwords in headers and bodies, JSON and form bodies' "$SERVER, $PIKA and $RAW"

record heartbeats tcp port 5672
client heartbeats
keep 'A quiet connection: heartbeats from both sides' "$SERVER, $PIKA"

record versions tcp port 5672
client versions
keep 'Protocol headers of AMQP 1.0 and of 0-8, which the server answers with its own and closes' "$SERVER, $RAW"

ctl set_vm_memory_high_watermark absolute 1MB >>rabbit.log 2>&1
record blocked tcp port 5672
client blocked &
BLOCKED=$!
sleep 1.5
ctl set_vm_memory_high_watermark 0.8 >>rabbit.log 2>&1
wait $BLOCKED
keep 'A publisher that the broker blocks for lack of memory: connection.blocked, later unblocked' "$SERVER, $PIKA"

kill "$RABBIT" 2>/dev/null || true
ctl stop >>rabbit.log 2>&1 || true
lab_table
