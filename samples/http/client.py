"""The HTTP clients behind samples/http that have to choose their own segments: each function is one story, named on the command line."""
import base64
import socket
import struct
import sys
import time

NGINX = '10.20.0.80'
APP = '10.20.0.81'
DESK = '10.20.0.11'


def connect(host):
    conn = socket.create_connection((host, 80), 20, (DESK, 0))
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return conn


def drain(conn, until=None):
    data = b''
    while until is None or not until(data):
        piece = conn.recv(65536)
        if not piece:
            break
        data += piece
    return data


def check(condition, text):
    if not condition:
        sys.exit(text)


def chunked():
    with connect(APP) as conn:
        conn.sendall(b'GET /report HTTP/1.1\r\nHost: app.harbour.example\r\nTE: trailers\r\nConnection: close\r\n\r\n')
        check(b'X-Lines: 42' in drain(conn), 'no trailers')


def pipelined():
    with connect(NGINX) as conn:
        host = 'Host: www.harbour.example\r\n'
        conn.sendall((f'GET /timetable.html HTTP/1.1\r\n{host}\r\nHEAD /harbour.html HTTP/1.1\r\n{host}\r\nGET /missing HTTP/1.1\r\n{host}\r\n'
                      f'POST /api/book HTTP/1.1\r\n{host}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\nberth=7'
                      f'GET / HTTP/1.1\r\n{host}Connection: close\r\n\r\n').encode())
        check(drain(conn).count(b'HTTP/1.1 ') == 5, 'not five answers')


def masked(opcode, payload, final=True):
    mask = b'\x11\x22\x33\x44'
    size = len(payload)
    length = struct.pack('!B', 0x80 | size) if size < 126 else struct.pack('!BH', 0x80 | 126, size)
    return bytes([(0x80 if final else 0) | opcode]) + length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def websocket():
    with connect(APP) as conn:
        key = base64.b64encode(b'sixteen bytes ok').decode()
        conn.sendall(f'GET /ws HTTP/1.1\r\nHost: app.harbour.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n'
                     'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: berths\r\nOrigin: http://www.harbour.example\r\n\r\n'.encode())
        drain(conn, lambda data: data.endswith(b'\r\n\r\n'))
        conn.sendall(masked(1, 'Which berth is free? Größe M'.encode()))
        drain(conn, lambda data: data.endswith(b' M'))
        conn.sendall(masked(9, b'still there?'))
        drain(conn, lambda data: data.endswith(b'there?'))
        conn.sendall(masked(2, bytes(range(256)) + bytes(44)))
        drain(conn, lambda data: len(data) >= 304)
        conn.sendall(masked(8, struct.pack('!H', 1000) + b'done'))
        check(b'done' in drain(conn), 'no close frame')


def ancient():
    with connect(NGINX) as conn:
        conn.sendall(b'GET /timetable.html HTTP/1.0\r\n\r\n')
        check(b'Harbour timetable' in drain(conn), 'no page')


def broken_off():
    with connect(NGINX) as conn:
        conn.sendall(b'\x16\x03\x01 this is no HTTP\r\n\r\n')
        check(b'400 Bad Request' in drain(conn), 'no 400')
    with connect(APP) as conn:
        conn.sendall(b'GET /cut HTTP/1.1\r\nHost: app.harbour.example\r\n\r\n')
        try:
            drain(conn)
            sys.exit('no reset')
        except ConnectionResetError:
            pass
    with connect(APP) as conn:
        conn.sendall(b'GET /sleep HTTP/1.1\r\nHost: app.harbour.example\r\n\r\n')
        time.sleep(0.5)


globals()[sys.argv[1].replace('-', '_')]()
