"""Clients and a server that openssl has no option for: hellos by hand."""
import os
import socket
import struct
import sys
import time


def hello(padding=0):
    """A ClientHello of TLS 1.2 for www.harbour.example."""
    name = b'www.harbour.example'
    ext = struct.pack('>HHHBH', 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    ext += struct.pack('>HHHHH', 10, 6, 4, 29, 23)
    ext += bytes.fromhex('000b00020100')
    ext += bytes.fromhex('000d00080006040104030804')
    if padding:
        ext += struct.pack('>HH', 21, padding) + bytes(padding)
    ciphers = bytes.fromhex('c02fc030c02bc02c009c009d00ff')
    body = b'\x03\x03' + os.urandom(32) + b'\0' + struct.pack('>H', len(ciphers)) + ciphers + b'\x01\0' + struct.pack('>H', len(ext)) + ext
    return b'\x01' + struct.pack('>I', len(body))[1:] + body


def records(message, size):
    return b''.join(b'\x16\x03\x01' + struct.pack('>H', len(message[i:i + size])) + message[i:i + size] for i in range(0, len(message), size))


def read(conn):
    conn.settimeout(0.4)
    try:
        while conn.recv(4096):
            pass
    except (TimeoutError, ConnectionError):
        pass


def main(what, host, port):
    if what == 'silent':
        with socket.create_server((host, int(port))) as server:
            # The first to come only looks whether the port is open.
            for _ in range(2):
                conn, _ = server.accept()
                read(conn)
                conn.close()
        return
    with socket.create_connection((host, int(port))) as conn:
        if what == 'ssl2':
            ciphers = bytes.fromhex('010080020080060040' '0000050000040000ff')
            body = b'\x01\x03\x01' + struct.pack('>HHH', len(ciphers), 0, 16) + ciphers + os.urandom(16)
            conn.sendall(struct.pack('>H', 0x8000 | len(body)) + body)
        elif what == 'hello':
            conn.sendall(records(hello(), 16384))
        elif what == 'pieces':
            for piece in (records(hello(1500), 100),):
                conn.sendall(piece[:700])
                time.sleep(0.05)
                conn.sendall(piece[700:])
        read(conn)


main(*sys.argv[1:])
