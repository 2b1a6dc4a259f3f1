"""The DNS, mDNS and LLMNR speakers behind samples/dns that say what dig would not; each function is one story, named on the command line."""
import socket
import struct
import sys
import time

SERVER = '10.20.0.53'
DESK = '10.20.0.11'
TYPES = {'A': 1, 'PTR': 12, 'TXT': 16, 'AAAA': 28, 'SRV': 33, 'ANY': 255}


def name(text):
    return b''.join(bytes([len(label)]) + label for label in text.encode().split(b'.') if label) + b'\0'


def question(text, kind, klass=1):
    return name(text) + struct.pack('!HH', TYPES[kind], klass)


def record(text, kind, ttl, data, klass=1):
    return name(text) + struct.pack('!HHIH', TYPES[kind], klass, ttl, len(data)) + data


def message(ident, flags, questions=(), answers=()):
    return struct.pack('!HHHHHH', ident, flags, len(questions), len(answers), 0, 0) + b''.join(questions) + b''.join(answers)


def framed(data):
    return struct.pack('!H', len(data)) + data


def receive(conn, size):
    data = b''
    while len(data) < size:
        piece = conn.recv(size - len(data))
        if not piece:
            sys.exit('connection closed early')
        data += piece
    return data


def answer(conn):
    return receive(conn, struct.unpack('!H', receive(conn, 2))[0])


def pipelined_tcp():
    asked = [message(0x1001 + n, 0, [question(text, kind)]) for n, (text, kind) in enumerate([('www.harbour.example', 'A'), ('mail.harbour.example', 'AAAA'), ('nowhere.harbour.example', 'A')])]
    with socket.create_connection((SERVER, 53), 5, (DESK, 0)) as conn:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conn.sendall(b''.join(map(framed, asked)))
        for _ in asked:
            answer(conn)
        last = framed(message(0x1010, 0, [question('www.harbour.example', 'A')]))
        for piece in (last[:1], last[1:2], last[2:20], last[20:]):
            conn.sendall(piece)
            time.sleep(0.05)
        answer(conn)


def odd():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((DESK, 0))
        sock.settimeout(1)
        ask = lambda data: sock.sendto(data, (SERVER, 53))
        ask(message(0x2001, 0))
        sock.recv(2000)
        ask(message(0x2002, 0, [question('www.harbour.example', 'A'), question('mail.harbour.example', 'A')]))
        sock.recv(2000)
        twice = message(0x2003, 0, [question('www.harbour.example', 'AAAA')])
        ask(twice)
        ask(twice)
        sock.recv(2000)
        sock.recv(2000)
        # An answer, from a client's port to the server, to a question that was never asked.
        ask(message(0x2004, 0x8400, [question('www.harbour.example', 'A')], [record('www.harbour.example', 'A', 60, socket.inet_aton('203.0.113.66'))]))


def mdns():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(DESK))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        sock.bind((DESK, 5353))
        send = lambda *parts: (sock.sendto(message(0, 0, *parts), ('224.0.0.251', 5353)), time.sleep(0.6))
        send([question('_services._dns-sd._udp.local', 'PTR'), question('_http._tcp.local', 'PTR')])
        # The printer is known already and need not answer; the web page is asked to answer to us alone (QU).
        known = record('_ipp._tcp.local', 'PTR', 4500, name('Harbour office Größe._ipp._tcp.local'))
        send([question('_ipp._tcp.local', 'PTR')], [known])
        send([question('Harbour office Größe._http._tcp.local', 'SRV', 0x8001), question('Harbour office Größe._http._tcp.local', 'TXT', 0x8001)])
        send([question('lighthouse.local', 'ANY')])


GROUP4, GROUP6 = '224.0.0.252', 'ff02::1:3'


def join(family):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    index = socket.if_nametoindex('wire0')
    if family == socket.AF_INET:
        sock.bind(('', 5355))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP4) + struct.pack('@ii', 0, index))
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(('::', 5355))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack('@I', index))
    return sock


def llmnr_responder():
    import select
    socks = [join(socket.AF_INET), join(socket.AF_INET6)]
    hosts = {b'\x09boathouse\0': ('10.20.0.25', '2001:db8:20::25'), b'\x04quay\0': ('10.20.0.25', '2001:db8:20::25')}
    while True:
        for sock in select.select(socks, [], [])[0]:
            data, sender = sock.recvfrom(2000)
            asked = data[12:]
            label, kind = asked[:-4], struct.unpack('!H', asked[-4:-2])[0]
            ident = struct.unpack('!H', data[:2])[0]
            if label == name('25.0.20.10.in-addr.arpa'):
                sock.sendto(message(ident, 0x8000, [asked], [asked[:-4] + struct.pack('!HHIH', 12, 1, 30, 11) + name('boathouse')]), sender)
            elif label in hosts:
                address = hosts[label][0 if kind == 1 else 1]
                packed = socket.inet_aton(address) if kind == 1 else socket.inet_pton(socket.AF_INET6, address)
                flags = 0x8400 if label.startswith(b'\x04quay') else 0x8000
                sock.sendto(message(ident, flags, [asked], [label + struct.pack('!HHIH', kind, 1, 30, len(packed)) + packed]), sender)


def llmnr():
    index = socket.if_nametoindex('wire0')
    four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    four.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(DESK))
    four.bind((DESK, 0))
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    six.bind(('2001:db8:20::11', 0))
    ident = 0x3000
    for text, kind, tries in (('boathouse', 'A', 1), ('boathouse', 'AAAA', 1), ('25.0.20.10.in-addr.arpa', 'PTR', 1), ('lighthouse', 'A', 2), ('quay', 'A', 1)):
        for sock, group in ((four, (GROUP4, 5355)), (six, (GROUP6, 5355, 0, index))):
            ident += 1
            sock.settimeout(0.25)
            for _ in range(tries):
                sock.sendto(message(ident, 0, [question(text, kind)]), group)
                try:
                    sock.recv(2000)
                    break
                except TimeoutError:
                    pass


globals()[sys.argv[1].replace('-', '_')]()
