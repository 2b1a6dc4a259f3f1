"""The server behind samples/http for what nginx does not do: trailers, br, HTTP/1.0 bodies, WebSocket, a CONNECT proxy."""
import base64
import hashlib
import re
import select
import socket
import struct
import threading
import time


def head(status, *fields, version='1.1'):
    return (f'HTTP/{version} {status}\r\nServer: harbour-app\r\n' + ''.join(f'{field}\r\n' for field in fields) + '\r\n').encode()


def read_head(conn):
    data = b''
    while b'\r\n\r\n' not in data:
        piece = conn.recv(65536)
        if not piece:
            return None, b''
        data += piece
    text, rest = data.split(b'\r\n\r\n', 1)
    lines = text.decode('latin1').split('\r\n')
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(':') for line in lines[1:])}
    return (lines[0].split(' '), fields), rest


def read_body(conn, fields, rest):
    """Takes the body off the wire; returns it and the bytes of the next request that came along."""
    if 'chunked' in fields.get('transfer-encoding', ''):
        body = b''
        while True:
            while b'\r\n' not in rest:
                rest += conn.recv(65536)
            size_line, rest = rest.split(b'\r\n', 1)
            size = int(size_line.split(b';')[0], 16)
            while len(rest) < size + 2:
                rest += conn.recv(65536)
            body, rest = body + rest[:size], rest[size + 2:]
            if size == 0:
                return body, rest
    size = int(fields.get('content-length', 0))
    while len(rest) < size:
        rest += conn.recv(65536)
    return rest[:size], rest[size:]


def chunk(data, extension=''):
    return f'{len(data):x}{extension}\r\n'.encode() + data + b'\r\n'


def trailers(conn):
    pieces = ['Fram has left berth 3.\n'.encode(), 'Grönland has taken it.\n'.encode() * 40, b'End of report.\n']
    conn.sendall(head('200 OK', 'Content-Type: text/plain; charset=utf-8', 'Transfer-Encoding: chunked', 'Trailer: X-Checksum, X-Lines'))
    conn.sendall(chunk(pieces[0], ';watch="morning"'))
    time.sleep(0.05)
    # Cut in the middle of a chunk, and then in the middle of a size line.
    second = chunk(pieces[1]) + chunk(pieces[2])
    for begin, end in ((0, 500), (500, len(second) - 19), (len(second) - 19, None)):
        conn.sendall(second[begin:end])
        time.sleep(0.05)
    digest = hashlib.sha256(b''.join(pieces)).hexdigest()
    conn.sendall(f'0\r\nX-Checksum: sha256={digest}\r\nX-Lines: 42\r\n\r\n'.encode())


def receive(conn, size):
    data = b''
    while len(data) < size:
        piece = conn.recv(size - len(data))
        if not piece:
            return data
        data += piece
    return data


def frame(opcode, payload, final=True):
    size = len(payload)
    length = struct.pack('!B', size) if size < 126 else struct.pack('!BH', 126, size)
    return bytes([(0x80 if final else 0) | opcode]) + length + payload


def websocket(conn, fields):
    accept = base64.b64encode(hashlib.sha1((fields['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()).decode()
    conn.sendall(head('101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', f'Sec-WebSocket-Accept: {accept}', 'Sec-WebSocket-Protocol: berths'))
    while True:
        start = receive(conn, 2)
        if len(start) < 2:
            return
        opcode, size = start[0] & 15, start[1] & 127
        if size == 126:
            size = struct.unpack('!H', receive(conn, 2))[0]
        mask = receive(conn, 4)
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(receive(conn, size)))
        if opcode == 8:
            conn.sendall(frame(8, payload))
            return
        if opcode == 9:
            conn.sendall(frame(10, payload))
        elif opcode == 1:
            half = len(payload) // 2
            conn.sendall(frame(1, b'heard: ' + payload[:half], final=False))
            conn.sendall(frame(0, payload[half:]))
        elif opcode == 2:
            conn.sendall(frame(2, payload[::-1]))


def vault(conn, method, target, authorization):
    """RFC 7616: a challenge, then the answer with the server's own proof."""
    if not authorization.startswith('Digest '):
        conn.sendall(head('401 Unauthorized', 'WWW-Authenticate: Digest realm="vault", qop="auth", nonce="7f2a9c0d", algorithm=MD5', 'Content-Length: 0'))
        return
    said = dict(re.findall(r'(\w+)="?([^",]+)', authorization))

    def proof(what):
        md5 = lambda text: hashlib.md5(text.encode()).hexdigest()
        secret = md5('anna:vault:S3CRET-http-15')
        return md5(':'.join([secret, said['nonce'], said['nc'], said['cnonce'], said['qop'], md5(f'{what}:{target}')]))

    if said['response'] != proof(method):
        conn.sendall(head('403 Forbidden', 'Content-Length: 0'))
        return
    info = f'Authentication-Info: rspauth="{proof("")}", cnonce="{said["cnonce"]}", nc={said["nc"]}, qop=auth'
    conn.sendall(head('200 OK', 'Content-Type: text/plain', info, 'Content-Length: 5') + b'open\n')


def answer(conn, method, target, fields, body):
    """One response; True when the connection may go on."""
    path = target.split('?')[0]
    if path == '/report':
        trailers(conn)
    elif path == '/echo':
        conn.sendall(head('200 OK', 'Content-Type: application/octet-stream', f'Content-Length: {len(body)}') + body)
    elif path == '/harbour.br' or path == '/harbour.deflate':
        coding = path.rsplit('.', 1)[1]
        data = open('harbour.br' if coding == 'br' else 'harbour.zlib', 'rb').read()
        conn.sendall(head('200 OK', 'Content-Type: text/html', f'Content-Encoding: {coding}', f'Content-Length: {len(data)}') + data)
    elif path == '/until-close':
        conn.sendall(head('200 OK', 'Content-Type: text/plain', version='1.0') + b'No length was given,\n')
        time.sleep(0.1)
        conn.sendall(b'so this ends when I hang up.\n')
        return False
    elif path == '/ws':
        websocket(conn, fields)
        return False
    elif path == '/hints':
        conn.sendall(head('103 Early Hints', 'Link: </harbour.css>; rel=preload; as=style'))
        time.sleep(0.05)
        conn.sendall(head('200 OK', 'Content-Length: 6') + b'hello\n')
    elif path == '/vault':
        vault(conn, method, target, fields.get('authorization', ''))
    elif path == '/slow':
        time.sleep(0.8)
        conn.sendall(head('200 OK', 'Content-Length: 5') + b'late\n')
    elif path == '/sleep':
        time.sleep(3)
        return False
    elif path == '/cut':
        conn.sendall(head('200 OK', 'Content-Type: text/plain', 'Content-Length: 4000') + b'only the beginning ' * 20)
        time.sleep(0.2)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        return False
    else:
        conn.sendall(head('404 Not Found', 'Content-Length: 0'))
    return fields.get('connection', '').lower() != 'close'


def serve(conn):
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    rest = b''
    with conn:
        while True:
            request, early = read_head(conn) if b'\r\n\r\n' not in rest else read_head(Replay(rest))
            if request is None:
                return
            (method, target, _), fields = request
            if fields.get('expect', '').lower() == '100-continue':
                conn.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
            body, rest = read_body(conn, fields, early)
            if not answer(conn, method, target, fields, body):
                return


class Replay:
    """Bytes that already came, offered again as if from the socket."""

    def __init__(self, data):
        self.data = data

    def recv(self, _):
        data, self.data = self.data, b''
        return data


def pump(one, other):
    ends = {one: other, other: one}
    while ends:
        for ready in select.select(list(ends), [], [])[0]:
            data = ready.recv(65536)
            if data:
                ends[ready].sendall(data)
            else:
                return


def proxy(conn):
    with conn:
        request, rest = read_head(conn)
        if request is None:
            return
        (method, target, version), fields = request
        if method != 'CONNECT':
            # An absolute target: ask the origin, pass its answer on, hang up.
            host, _, path = target.removeprefix('http://').partition('/')
            with socket.create_connection((host, 80)) as upstream:
                upstream.sendall(f'{method} /{path} HTTP/1.1\r\nHost: {host}\r\nVia: 1.1 proxy\r\nX-Forwarded-For: {conn.getpeername()[0]}\r\nConnection: close\r\n\r\n'.encode())
                pump(upstream, conn)
            return
        host, _, port = target.rpartition(':')
        if port not in ('80', '443'):
            conn.sendall(head('403 Forbidden', 'Content-Type: text/plain', 'Content-Length: 14', 'Connection: close') + b'Not that port\n')
            return
        with socket.create_connection((host, int(port))) as upstream:
            conn.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
            upstream.sendall(rest)
            pump(upstream, conn)


def listen(address, port, handler):
    listener = socket.create_server((address, port))
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handler, args=(conn,), daemon=True).start()


threading.Thread(target=listen, args=('10.20.0.80', 3128, proxy), daemon=True).start()
listen('10.20.0.81', 80, serve)
