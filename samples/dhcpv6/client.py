"""What ordinary DHCPv6 clients do not do on demand: DECLINE, CONFIRM, network boot, authentication, lease queries, odd options."""
import random
import socket
import struct
import sys
import time

DUID = bytes.fromhex('00030001020000200060')


def option(code, value=b''):
    return struct.pack('>HH', code, len(value)) + value


def message(kind, *options, xid=None):
    return bytes([kind]) + (random.getrandbits(24) if xid is None else xid).to_bytes(3, 'big') + b''.join(options)


def opened(port=546, device=b'wire0'):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
    s.bind(('::', port))
    s.settimeout(2)
    return s


def ask(s, data, answered=True, to='ff02::1:2', port=547):
    s.sendto(data, (to, port, 0, socket.if_nametoindex('wire0')))
    try:
        return s.recv(4096) if answered else None
    except socket.timeout:
        return None


def options_of(data, start=4):
    found = {}
    while start + 4 <= len(data):
        code, length = struct.unpack('>HH', data[start:start + 4])
        found.setdefault(code, data[start + 4:start + 4 + length])
        start += 4 + length
    return found


def association(iaid, *inside):
    return option(3, struct.pack('>III', iaid, 0, 0) + b''.join(inside))


CLIENT = option(1, DUID)
ELAPSED = option(8, b'\0\0')
WANTED = option(6, struct.pack('>6H', 23, 24, 31, 39, 56, 59))
what, args = sys.argv[1], sys.argv[2:]
random.seed(what)
if what == 'lease':
    # A lease got, doubted (CONFIRM) and found to be in use by somebody else (DECLINE).
    s = opened()
    offer = options_of(ask(s, message(1, CLIENT, ELAPSED, WANTED, association(7))))
    server, given = option(2, offer[2]), option(3, offer[3])
    ask(s, message(3, CLIENT, server, ELAPSED, WANTED, given))
    ask(s, message(4, CLIENT, ELAPSED, given))
    ask(s, message(4, CLIENT, ELAPSED, association(7, option(5, socket.inet_pton(socket.AF_INET6, '2001:db8:99::1') + bytes(8)))))
    ask(s, message(9, CLIENT, server, ELAPSED, given))
elif what == 'boot':
    s = opened()
    boot = option(61, b'\0\7') + option(62, b'\1\3\x10') + option(16, struct.pack('>IH', 343, 32) + b'PXEClient:Arch:00007:UNDI:003016')
    boot += option(15, b'\0\4iPXE') + option(20) + option(17, struct.pack('>IHH', 4491, 2, 3) + b'ECM')
    uuid = option(1, b'\0\4' + bytes(range(16)))
    offer = options_of(ask(s, message(1, uuid, ELAPSED, WANTED, association(8), boot)))
    ask(s, message(3, uuid, option(2, offer[2]), ELAPSED, WANTED, option(3, offer[3]), boot))
elif what == 'renew':
    # Nobody knows of this lease.
    s = opened()
    server = options_of(ask(s, message(11, CLIENT, ELAPSED, WANTED)))[2]
    stale = association(9, option(5, socket.inet_pton(socket.AF_INET6, '2001:db8:20::9999') + struct.pack('>II', 60, 120)))
    ask(s, message(5, CLIENT, option(2, server), ELAPSED, stale))
elif what == 'secrets':
    # A delayed authentication token, a reconfigure key, a boot address and options with credentials in them.
    s = opened()
    first, second, third, fourth = (one.encode() for one in args)
    token = option(11, b'\2\1\0' + bytes(7) + b'\1' + first)
    ask(s, message(1, CLIENT, ELAPSED, token, association(10), option(16, struct.pack('>IH', 9, len(second) + 9) + b'password=' + second)), False)
    text = b'http://boot:' + third + b'@[2001:db8:20::69]/start.efi'
    ask(s, message(11, CLIENT, ELAPSED, WANTED, option(59, text), option(65001, b'token=' + fourth)), False)
elif what == 'odd':
    s = opened()
    query = option(44, b'\1' + bytes(16) + option(5, socket.inet_pton(socket.AF_INET6, '2001:db8:20::100') + bytes(8)))
    ask(s, message(14, CLIENT, query), False)
    ask(s, message(1, CLIENT, ELAPSED, CLIENT, association(11)), False)
    ask(s, message(1, CLIENT, ELAPSED, association(12)) + struct.pack('>HH', 16, 200) + b'short', False)
    ask(s, message(11, ELAPSED, option(6, b'\0\x17')), False)
elif what == 'reconfigure':
    # A server that sends a key with its reply, and then tells the client to renew, with a digest made with that key.
    key = args[0].encode()[:16].ljust(16, b'.')
    s = opened(547)
    me = option(2, bytes.fromhex('000200000009') + b'scripted')
    s.sendto(message(7, CLIENT, me, option(11, b'\3\1\0' + bytes(7) + b'\1\1' + key), xid=0x5ec4e7), (args[1], 546, 0, socket.if_nametoindex('wire0')))
    proof = option(11, b'\3\1\0' + bytes(7) + b'\2\2' + bytes(range(16)))
    s.sendto(message(10, CLIENT, me, option(19, b'\5'), proof, xid=0), (args[1], 546, 0, socket.if_nametoindex('wire0')))
time.sleep(0.2)
