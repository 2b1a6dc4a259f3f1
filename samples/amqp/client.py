"""The clients of samples/amqp: pika where it does, a socket where a client library would not."""
import socket
import struct
import sys
import time

import pika
from pika.exceptions import AMQPError, ChannelClosed, ChannelClosedByBroker, NackError, UnroutableError

HOST = '10.20.0.80'
SECRET = 'S3CRET-amqp-'


def connect(password=SECRET + '1', vhost='/', **more):
    more.setdefault('client_properties', {'connection_name': 'desk', 'information': 'berth planning'})
    return pika.BlockingConnection(pika.ConnectionParameters(
        HOST, 5672, vhost, pika.PlainCredentials('shop', password), connection_attempts=1, socket_timeout=10, **more))


def publish():
    connection = connect(heartbeat=30)
    channel = connection.channel()
    channel.exchange_declare('harbour', exchange_type='topic', durable=True, arguments={'alternate-exchange': 'unrouted'})
    queue = channel.queue_declare('', exclusive=True, arguments={'x-max-length': 100, 'x-message-ttl': 60000}).method.queue
    channel.queue_bind(queue, 'harbour', 'berth.#')
    channel.basic_publish('harbour', 'berth.free', b'quay 3 is free', pika.BasicProperties(content_type='text/plain'))
    channel.basic_publish('harbour', 'berth.taken', '{"quay": 3, "ship": "Gr\u00f8nland"}'.encode(), pika.BasicProperties(
        content_type='application/json', content_encoding='', delivery_mode=2, priority=5, correlation_id='c-17', reply_to='answers',
        expiration='60000', message_id='m-1', timestamp=1700000000, type='berth.taken', user_id='shop', app_id='planner',
        headers={'retries': 2, 'urgent': True, 'none': None, 'route': ['a', 'b'], 'nested': {'deep': {'er': 'text'}}, 'big': 2 ** 60}))
    channel.basic_publish('harbour', 'berth.raw', bytes([1, 2, 200, 255]))
    channel.basic_publish('harbour', 'berth.empty', b'')
    for _ in range(3):
        channel.basic_get(queue, auto_ack=True)
    method, _, _ = channel.basic_get(queue)
    channel.basic_ack(method.delivery_tag)
    channel.basic_get(queue)
    channel.basic_publish('harbour', 'berth.free', b'again')
    channel.queue_purge(queue)
    channel.queue_unbind(queue, 'harbour', 'berth.#')
    channel.queue_delete(queue)
    channel.exchange_delete('harbour')
    connection.close()


def consume():
    connection = connect()
    channel = connection.channel()
    channel.queue_declare('jobs')
    for number in range(6):
        channel.basic_publish('', 'jobs', b'job %d' % number, pika.BasicProperties(content_type='text/plain'))
    channel.basic_qos(prefetch_count=4)
    seen = []

    def on_message(ch, method, _properties, _body):
        seen.append(method.delivery_tag)
        if len(seen) == 1:
            ch.basic_ack(method.delivery_tag)
        elif len(seen) == 3:
            ch.basic_ack(method.delivery_tag, multiple=True)
        elif len(seen) == 4:
            ch.basic_nack(method.delivery_tag, requeue=True)
        elif len(seen) == 5:
            ch.basic_reject(method.delivery_tag, requeue=False)
        elif len(seen) == 7:
            ch.basic_ack(0, multiple=True)
            ch.stop_consuming()

    channel.basic_consume('jobs', on_message, consumer_tag='crane-1', arguments={'x-priority': 5})
    channel.start_consuming()
    channel.basic_recover(requeue=True)
    channel.queue_delete('jobs', if_unused=True)
    connection.close()


def confirms():
    connection = connect()
    channel = connection.channel()
    channel.queue_declare('small', arguments={'x-max-length': 2, 'x-overflow': 'reject-publish'})
    channel.confirm_delivery()
    properties = pika.BasicProperties(content_type='text/plain')
    channel.basic_publish('', 'small', b'one', properties)
    try:
        channel.basic_publish('', 'nowhere', b'to nobody', properties, mandatory=True)
    except UnroutableError:
        pass
    channel.basic_publish('', 'small', b'two', properties)
    try:
        channel.basic_publish('', 'small', b'three is too many', properties)
    except NackError:
        pass
    channel.queue_delete('small')
    connection.close()
    # Without waiting in between: the broker confirms several at once.
    wire = Wire()
    wire.login('PLAIN', b'\0shop\0' + (SECRET + '1').encode())
    wire.method(1, 20, 10, short(''))
    wire.expect(20, 11)
    wire.method(1, 85, 10, b'\0')
    wire.expect(85, 11)
    wire.sock.sendall(b''.join(wire.publication(1, '', 'nobody-listens', b'n%d' % n) for n in range(8)))
    wire.until_acked(8)
    wire.bye()


def errors():
    connection = connect()
    for attempt in (lambda c: c.queue_bind('absent', 'absent'), lambda c: c.basic_get('absent'),
                    lambda c: (c.queue_declare('plain'), c.queue_declare('plain', durable=True))):
        channel = connection.channel()
        try:
            attempt(channel)
        except ChannelClosedByBroker:
            pass
    channel = connection.channel()
    channel.basic_publish('no-such-exchange', 'x', b'lost')
    try:
        channel.queue_declare('plain', passive=True)
    except ChannelClosed:
        pass
    channel = connection.channel()
    channel.queue_declare('mine', exclusive=True)
    other = connect()
    try:
        other.channel().queue_declare('mine', exclusive=True)
    except ChannelClosedByBroker:
        pass
    other.close()
    connection.channel().queue_delete('plain')
    connection.close()
    for how in ({'password': SECRET + '2'}, {'vhost': 'no-such-vhost'}):
        try:
            connect(**how)
        except AMQPError:
            pass
    wire = Wire()
    wire.start('PLAIN', b'\0shop\0' + (SECRET + '2').encode())
    wire.drain()


def short(text):
    data = text.encode()
    return bytes([len(data)]) + data


def long(data):
    return struct.pack('>I', len(data)) + data


def string_field(name, value):
    return short(name) + b'S' + long(value.encode())


class Wire:
    """AMQP by hand."""

    def __init__(self, header=b'AMQP\0\0\x09\x01'):
        self.sock = socket.create_connection((HOST, 5672), 10)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b''
        self.sock.sendall(header)

    def frame(self, kind, channel, payload):
        return struct.pack('>BHI', kind, channel, len(payload)) + payload + b'\xce'

    def method(self, channel, class_id, method_id, args=b''):
        self.sock.sendall(self.frame(1, channel, struct.pack('>HH', class_id, method_id) + args))

    def publication(self, channel, exchange, key, body, args=b''):
        return (self.frame(1, channel, struct.pack('>HHH', 60, 40, 0) + short(exchange) + short(key) + b'\0')
                + self.frame(2, channel, struct.pack('>HHQH', 60, 0, len(body), 0x8000 if args else 0) + args)
                + (self.frame(3, channel, body) if body else b''))

    def read(self):
        while len(self.buffer) < 7 or len(self.buffer) < struct.unpack('>I', self.buffer[3:7])[0] + 8:
            more = self.sock.recv(65536)
            if not more:
                raise EOFError
            self.buffer += more
        size = struct.unpack('>I', self.buffer[3:7])[0]
        kind, channel = struct.unpack('>BH', self.buffer[:3])
        payload, self.buffer = self.buffer[7:7 + size], self.buffer[8 + size:]
        return kind, channel, payload

    def expect(self, class_id, method_id):
        while True:
            kind, channel, payload = self.read()
            if kind == 1 and struct.unpack('>HH', payload[:4]) == (class_id, method_id):
                return channel, payload[4:]

    def start(self, mechanism, response):
        self.expect(10, 10)
        properties = string_field('product', 'by hand') + string_field('version', '1')
        self.method(0, 10, 11, long(properties) + short(mechanism) + long(response) + short('en_US'))

    def open(self, vhost='/'):
        self.expect(10, 30)
        self.method(0, 10, 31, struct.pack('>HIH', 2047, 131072, 0))
        self.method(0, 10, 40, short(vhost) + short('') + b'\0')
        self.expect(10, 41)

    def login(self, mechanism, response):
        self.start(mechanism, response)
        self.open()

    def until_acked(self, last):
        while True:
            _, args = self.expect(60, 80)
            if struct.unpack('>Q', args[:8])[0] >= last:
                return

    def bye(self):
        self.method(0, 10, 50, struct.pack('>H', 200) + short('bye') + struct.pack('>HH', 0, 0))
        self.expect(10, 51)
        self.sock.close()

    def drain(self):
        self.sock.settimeout(10)
        try:
            while self.sock.recv(65536):
                pass
        except OSError:
            pass
        self.sock.close()


def channels():
    wire = Wire()
    wire.login('PLAIN', b'\0shop\0' + (SECRET + '1').encode())
    for number in (1, 2, 3):
        wire.method(number, 20, 10, short(''))
    for number in (1, 2, 3):
        wire.expect(20, 11)
    # All at once: what belongs together only the channel tells.
    pipelined = b''
    for number in (1, 2, 3):
        pipelined += wire.frame(1, number, struct.pack('>HHH', 50, 10, 0) + short('q%d' % number) + b'\0' + long(b''))
        pipelined += wire.frame(1, number, struct.pack('>HHH', 50, 30, 0) + short('q%d' % number) + b'\0')
    wire.sock.sendall(pipelined)
    for number in (1, 2, 3):
        wire.expect(50, 31)
    wire.method(1, 90, 10)
    wire.expect(90, 11)
    wire.sock.sendall(wire.publication(1, '', 'q1', b'kept') + wire.frame(1, 1, struct.pack('>HH', 90, 20)))
    wire.expect(90, 21)
    wire.sock.sendall(wire.publication(1, '', 'q1', b'taken back') + wire.frame(1, 1, struct.pack('>HH', 90, 30)))
    wire.expect(90, 31)
    for name in ('from', 'to'):
        wire.method(2, 40, 10, struct.pack('>H', 0) + short(name) + short('fanout') + b'\0' + long(b''))
        wire.expect(40, 11)
    bind = struct.pack('>H', 0) + short('to') + short('from') + short('') + b'\0' + long(b'')
    wire.method(2, 40, 30, bind)
    wire.expect(40, 31)
    wire.method(2, 40, 40, bind)
    wire.expect(40, 51)
    wire.method(2, 40, 20, struct.pack('>H', 0) + short('from') + b'\0')
    wire.expect(40, 21)
    wire.method(2, 40, 20, struct.pack('>H', 0) + short('to') + b'\0')
    wire.expect(40, 21)
    wire.method(3, 20, 20, b'\1')
    wire.expect(20, 21)
    wire.method(0, 10, 50, struct.pack('>H', 200) + short('bye') + struct.pack('>HH', 0, 0))
    wire.expect(10, 51)
    wire.sock.close()
    connection = connect()
    watcher = connection.channel()
    for queue in ('q1', 'q2', 'q3'):
        if queue == 'q1':
            watcher.basic_consume(queue, lambda *_: None, auto_ack=True)
        connection.channel().queue_delete(queue)
    connection.process_data_events(0.3)
    connection.close()


def large():
    connection = connect(frame_max=4096)
    channel = connection.channel()
    channel.queue_declare('bulk', exclusive=True)
    body = b''.join(b'%06d ' % n for n in range(60000 // 7 + 1))[:60000]
    channel.basic_publish('', 'bulk', body, pika.BasicProperties(content_type='text/plain'))
    channel.basic_get('bulk', auto_ack=True)
    connection.close()


def secrets():
    connection = connect()
    channel = connection.channel()
    channel.queue_declare('vault', exclusive=True, arguments={'x-api-token': SECRET + '3', 'x-upstream': 'amqp://shop:%s4@10.20.0.81/' % SECRET})
    text = pika.BasicProperties(content_type='text/plain', headers={
        'Authorization': 'Bearer ' + SECRET + '5', 'uri': 'amqps://feed:%s6@10.20.0.81:5671/orders' % SECRET, 'login': {'user': 'anna', 'password': SECRET + '7'}})
    channel.basic_publish('', 'vault', ('move amqp://shop:%s8@10.20.0.81/ to quay 4; password=%s9' % (SECRET, SECRET)).encode(), text)
    channel.basic_publish('', 'vault', ('{"user": "anna", "password": "%s10", "more": "{\\"api_key\\": \\"%s11\\"}"}' % (SECRET, SECRET)).encode(),
                          pika.BasicProperties(content_type='application/json', reply_to='amqp://a:%s12@b/' % SECRET))
    channel.basic_publish('', 'vault', ('user=anna&password=%s13' % SECRET).encode())
    for _ in range(3):
        channel.basic_get('vault', auto_ack=True)
    if hasattr(connection, 'update_secret'):
        connection.update_secret(SECRET + '14', 'rotation')
    connection.close()
    wire = Wire()
    wire.login('AMQPLAIN', string_field('LOGIN', 'shop') + string_field('PASSWORD', SECRET + '1'))
    wire.method(0, 10, 70, long((SECRET + '14').encode()) + short('rotation'))
    wire.expect(10, 71)
    wire.bye()
    wire = Wire()
    wire.start('RABBIT-CR-DEMO', b'shop')
    wire.expect(10, 20)
    wire.method(0, 10, 21, long(('My password is ' + SECRET + '1').encode()))
    wire.open()
    wire.bye()


def heartbeats():
    connection = connect(heartbeat=2)
    connection.process_data_events(4.5)
    connection.close()


def versions():
    for header in (b'AMQP\0\1\0\0', b'AMQP\3\1\0\0', b'AMQP\1\1\x08\0'):
        Wire(header).drain()


def blocked():
    connection = connect()
    channel = connection.channel()
    channel.basic_publish('', 'nobody', b'one more')
    connection.process_data_events(4)
    connection.close()


globals()[sys.argv[1]]()
