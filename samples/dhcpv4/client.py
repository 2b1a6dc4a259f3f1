"""What ordinary DHCP clients do not do on demand: INFORM, DECLINE, network boot, BOOTP, authentication, odd options."""
import random
import socket
import struct
import sys
import time

MAC = bytes.fromhex('02000020000b')
random.seed(20)


def opened():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'wire0')
    s.bind(('', 68))
    s.settimeout(2)
    return s


def option(code, value):
    return bytes([code, len(value)]) + value


def message(options, xid, mac=MAC, ciaddr='0.0.0.0', sname=b'', file=b'', cookie=True, end=True, broadcast=True):
    head = struct.pack('>BBBBIHH', 1, 1, 6, 0, xid, 0, 0x8000 if broadcast else 0) + socket.inet_aton(ciaddr) + bytes(12)
    head += mac.ljust(16, b'\0') + sname.ljust(64, b'\0') + file.ljust(128, b'\0')
    if cookie:
        head += bytes.fromhex('63825363') + options + (b'\xff' if end else b'')
    return head.ljust(300, b'\0') if end else head


def ask(s, data, answered=True):
    s.sendto(data, ('255.255.255.255', 67))
    try:
        return s.recv(4096) if answered else None
    except socket.timeout:
        return None


def discover(*more):
    return option(53, b'\1') + b''.join(more)


what, args = sys.argv[1], sys.argv[2:]
s = opened()
xid = random.getrandbits(32)
if what == 'inform':
    import subprocess
    subprocess.run(['ip', 'addr', 'add', args[0] + '/24', 'dev', 'wire0'], check=True)
    ask(s, message(option(53, b'\x08') + option(12, b'fixed') + option(55, bytes([1, 3, 6, 15, 252])), xid, ciaddr=args[0], broadcast=False))
    subprocess.run(['ip', 'addr', 'flush', 'dev', 'wire0'], check=True)
elif what == 'decline':
    mac = bytes.fromhex('0200002000d0')
    offer = ask(s, message(discover(option(55, bytes([1, 3, 6]))), xid, mac))
    address, server = offer[16:20], socket.inet_aton('10.20.0.1')
    ask(s, message(option(53, b'\3') + option(50, address) + option(54, server), xid, mac))
    ask(s, message(option(53, b'\4') + option(50, address) + option(54, server) + option(56, b'in use by 02:00:00:20:00:99'), xid, mac), False)
elif what == 'pxe':
    mac = bytes.fromhex('0200002000e0')
    boot = option(93, b'\0\7') + option(94, b'\1\3\x10') + option(97, b'\0' + bytes(range(16))) + option(60, b'PXEClient:Arch:00007:UNDI:003016')
    boot += option(77, b'\x04iPXE') + option(55, bytes([1, 3, 6, 12, 15, 17, 43, 60, 66, 67, 97, 114, 128, 129, 150, 252])) + option(57, b'\x05\xc0')
    offer = ask(s, message(discover(boot), xid, mac))
    ask(s, message(option(53, b'\3') + option(50, offer[16:20]) + option(54, socket.inet_aton('10.20.0.1')) + boot, xid, mac))
elif what == 'bootp':
    ask(s, message(b'', xid, bytes.fromhex('0200002000b0'), cookie=False))
elif what == 'token':
    token = option(90, b'\0\0\0' + bytes(7) + b'\1' + args[0].encode())
    ask(s, message(discover(token), xid, bytes.fromhex('0200002000a0')))
elif what == 'odd':
    # Options in both fields of the fixed part, one of them in two parts.
    mac = bytes.fromhex('0200002000f0')
    ask(s, message(discover(option(52, b'\3'), option(12, b'over')), xid, mac, sname=option(12, b'flow') + b'\xff', file=option(12, b'load') + b'\xff'))
    ask(s, message(discover(option(12, b'cut')) + bytes([60, 200]) + b'short', xid + 1, mac, end=False), False)
    ask(s, message(discover(option(12, b'endless')), xid + 2, mac, end=False), False)
time.sleep(0.2)
