"""Speaks to memcached: text, meta, binary, by TCP and UDP."""
import socket
import struct
import sys
import time

HOST, PART = sys.argv[1], sys.argv[2]


def connect(source='10.20.0.11'):
    sock = socket.create_connection((HOST, 11211), timeout=8, source_address=(source, 0))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def until(sock, *ends):
    got = b''
    while not any(got.endswith(end) for end in ends):
        more = sock.recv(65536)
        if not more:
            break
        got += more
    return got


def ask(sock, line, *ends):
    sock.sendall(line.encode() + b'\r\n')
    return until(sock, *(ends or (b'\r\n',)))


def text():
    s = connect()
    ask(s, 'set berth:1 5 0 8\r\nNordwind')
    ask(s, 'add berth:1 0 0 1\r\nx')
    ask(s, 'add berth:2 0 3600 8\r\nSeestern')
    ask(s, 'replace berth:2 0 0 4\r\nMoor')
    ask(s, 'append berth:2 0 0 5\r\nfahrt')
    ask(s, 'prepend berth:2 0 0 2\r\nM/')
    got = ask(s, 'gets berth:1 none berth:2', b'END\r\n')
    cas = got.split(b'\r\n')[0].split()[4].decode()
    ask(s, f'cas berth:1 5 0 3 {cas}\r\nnew')
    ask(s, f'cas berth:1 5 0 3 {cas}\r\nold')
    ask(s, f'cas none 5 0 3 1\r\nold')
    ask(s, 'get berth:1', b'END\r\n')
    ask(s, 'get none', b'END\r\n')
    ask(s, 'set visits 0 0 2\r\n41')
    ask(s, 'incr visits 1')
    ask(s, 'decr visits 100')
    ask(s, 'incr none 1')
    ask(s, 'incr berth:1 1')
    ask(s, 'touch visits 60')
    ask(s, 'gat 60 visits', b'END\r\n')
    s.sendall(b'set quiet 0 0 3 noreply\r\nshh\r\ndelete quiet noreply\r\n')
    ask(s, 'delete visits')
    ask(s, 'delete visits')
    ask(s, 'frobnicate 1 2')
    ask(s, 'set bad 0 0 abc')
    s.close()
    s = connect()
    ask(s, 'set large 0 0 20000\r\n' + 'L' * 20000)
    ask(s, 'get large', b'END\r\n')
    ask(s, 'stats', b'END\r\n')
    ask(s, 'stats items', b'END\r\n')
    ask(s, 'slabs automove 1')
    ask(s, 'slabs reassign 1 2')
    ask(s, 'lru_crawler sleep 100')
    ask(s, 'lru_crawler metadump all', b'END\r\n')
    ask(s, 'verbosity 0')
    ask(s, 'version')
    ask(s, 'flush_all')
    s.sendall(b'quit\r\n')
    s.close()


def meta():
    s = connect()
    ask(s, 'ms berth:1 8 T0 F5 c\r\nNordwind')
    ask(s, 'mg berth:1 v f c k O17', b'Nordwind\r\n')
    ask(s, 'mg none v')
    ask(s, 'mg berth:1 t s')
    ask(s, 'ms berth:1 3 ME C1\r\nold')
    ask(s, 'ms YmVydGg6Mg== 4 b\r\nMoor')
    ask(s, 'mg YmVydGg6Mg== b k v', b'Moor\r\n')
    ask(s, 'ms visits 1\r\n7')
    ask(s, 'ma visits v D5')
    ask(s, 'ma fresh N0 J10 v')
    ask(s, 'me berth:1')
    s.sendall(b'mg berth:1 q v k O1\r\nmg none q v k O2\r\nmg visits q v k O3\r\nms quiet 1 q\r\n1\r\nmd none q\r\nmn\r\n')
    until(s, b'MN\r\n')
    ask(s, 'md berth:1')
    ask(s, 'md berth:1')
    s.close()


def packet(op, key=b'', extras=b'', value=b'', opaque=0, cas=0):
    return struct.pack('>BBHBBHIIQ', 0x80, op, len(key), len(extras), 0, 0, len(key) + len(extras) + len(value), opaque, cas) + extras + key + value


def reply(sock, stats=False):
    while True:
        head = b''
        while len(head) < 24:
            head += sock.recv(24 - len(head))
        size = struct.unpack('>I', head[8:12])[0]
        body = b''
        while len(body) < size:
            body += sock.recv(size - len(body))
        if not stats or size == 0:
            return head, body


def binary():
    s = connect()
    n = [100]

    def do(*args, **more):
        n[0] += 1
        s.sendall(packet(*args, opaque=n[0], **more))
        return reply(s, stats=args[0] == 0x10)

    store = struct.pack('>II', 0xdeadbeef, 0)
    do(0x01, b'berth:1', store, b'Nordwind')
    do(0x02, b'berth:1', store, b'x')
    do(0x03, b'berth:1', store, b'Seestern')
    do(0x0e, b'berth:1', b'', b'!')
    do(0x00, b'berth:1')
    do(0x0c, b'berth:1')
    do(0x00, b'none')
    do(0x05, b'visits', struct.pack('>QQI', 1, 41, 0))
    do(0x05, b'visits', struct.pack('>QQI', 1, 41, 0))
    do(0x06, b'berth:1', struct.pack('>QQI', 1, 0, 0))
    do(0x1c, b'visits', struct.pack('>I', 60))
    do(0x1d, b'visits', struct.pack('>I', 60))
    s.sendall(packet(0x0d, b'berth:1', opaque=1) + packet(0x0d, b'none', opaque=2) + packet(0x0d, b'visits', opaque=3) + packet(0x11, b'quiet', store, b'shh', opaque=4) + packet(0x0a, opaque=5))
    for _ in range(3):
        reply(s)
    do(0x10)
    do(0x0b)
    do(0x01, b'berth:1', store, b'late', cas=1)
    do(0x04, b'berth:1')
    do(0x04, b'berth:1')
    do(0x08)
    do(0x07)
    s.close()


def pipeline():
    s = connect()
    s.sendall(b''.join(b'set k%d 0 0 3\r\nabc\r\n' % i if i % 4 == 0 else b'get k%d k%d\r\n' % (i, i - i % 4) for i in range(200)))
    got = b''
    while got.count(b'STORED\r\n') + got.count(b'END\r\n') < 200:
        got += s.recv(65536)
    for byte in b'set slow 0 0 5\r\nbytes\r\nget slow\r\n':
        s.sendall(bytes([byte]))
        time.sleep(0.002)
    until(s, b'END\r\n')
    s.close()


def udp():
    tcp = connect()
    ask(tcp, 'set large 0 0 16000\r\n' + 'L' * 16000)
    tcp.close()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(('10.20.0.11', 0))
    s.settimeout(0.5)

    def send(ident, data, replies):
        s.sendto(struct.pack('>HHHH', ident, 0, 1, 0) + data, (HOST, 11211))
        for _ in range(replies):
            try:
                s.recv(65536)
            except socket.timeout:
                pass

    send(1, b'set berth:1 0 0 8\r\nNordwind\r\n', 1)
    send(2, b'get berth:1\r\n', 1)
    send(3, b'get none\r\n', 1)
    send(4, b'get large\r\n', 12)
    send(5, b'incr none 1\r\n', 1)
    send(6, b'set quiet 0 0 1 noreply\r\nx\r\n', 0)
    send(7, packet(0x00, b'berth:1', opaque=9), 1)
    send(8, b'get berth:1\r\n', 1)
    send(8, b'get berth:1\r\n', 1)
    send(9, b'set never 0 0 99\r\nshort\r\n', 1)
    s.close()


def watch():
    s, other = connect(), connect('10.20.0.12')
    ask(s, 'watch fetchers mutations')
    ask(other, 'set berth:1 0 0 8\r\nNordwind')
    ask(other, 'get berth:1', b'END\r\n')
    time.sleep(0.3)
    s.recv(65536)
    s.close()
    other.close()


def auth_text():
    s = connect()
    ask(s, 'get berth:1')
    ask(s, 'set auth 0 0 22\r\nanna S3CRET-memcache-2')
    ask(s, 'set auth 0 0 22\r\nanna S3CRET-memcache-1')
    ask(s, 'set berth:1 0 0 8\r\nNordwind')
    ask(s, 'get berth:1', b'END\r\n')
    s.close()
    s = connect()
    ask(s, 'set auth 0 0 22\r\nanna S3CRET-memcache-1')
    ask(s, 'version')
    s.close()


def auth_sasl():
    s = connect()
    s.sendall(packet(0x00, b'berth:1', opaque=1))
    reply(s)
    s.close()
    s = connect()
    s.sendall(packet(0x20, opaque=1))
    reply(s)
    s.sendall(packet(0x21, b'PLAIN', value=b'\0anna\0S3CRET-memcache-4', opaque=2))
    reply(s)
    s.close()
    s = connect()
    s.sendall(packet(0x21, b'PLAIN', value=b'\0anna\0S3CRET-memcache-3', opaque=3))
    reply(s)
    s.sendall(packet(0x01, b'berth:1', struct.pack('>II', 0, 0), b'Nordwind', opaque=4))
    reply(s)
    s.sendall(packet(0x0c, b'berth:1', opaque=5))
    reply(s)
    s.close()


globals()[PART.replace('-', '_')]()
