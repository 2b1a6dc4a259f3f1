"""The senders behind samples/icmp that ping and traceroute cannot be made to be; each function is one story, named on the command line."""
import socket
import struct
import sys
import time


def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def icmp(kind, code, rest, wrong=0):
    whole = struct.pack('!BBH', kind, code, 0) + rest
    return whole[:2] + struct.pack('!H', checksum(whole) ^ wrong) + whole[4:]


def family(host):
    return socket.AF_INET6 if ':' in host else socket.AF_INET


def udp(host, port):
    with socket.socket(family(host), socket.SOCK_DGRAM) as sock:
        sock.connect((host, int(port)))
        sock.settimeout(0.5)
        try:
            sock.send(b'anybody there?')
            sock.recv(100)
        except OSError:
            pass


def tcp(host, port):
    try:
        socket.create_connection((host, int(port)), 2).close()
    except OSError:
        pass


def big_udp(host):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        # IP_MTU_DISCOVER = 10, PROBE = 3: DF set, whatever the path is known to carry.
        sock.setsockopt(socket.IPPROTO_IP, 10, 3)
        sock.sendto(b'x' * 1400, (host, 9999))
        time.sleep(0.3)


def raw():
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


def timestamp(host):
    with raw() as sock:
        sock.sendto(icmp(13, 0, struct.pack('!HHIII', 0x7001, 1, 36_900_000, 0, 0)), (host, 0))
        time.sleep(0.2)


def bad_checksum(host):
    with raw() as sock:
        sock.sendto(icmp(8, 0, struct.pack('!HH', 0x7002, 1) + b'wrong sum ', wrong=0x0101), (host, 0))
        time.sleep(0.2)


def mixed(host):
    with raw() as sock:
        for sequence in (1, 2):
            sock.sendto(icmp(0, 0, struct.pack('!HH', 0x7003, sequence) + b'nobody asked'), (host, 0))
        for sequence in (1, 2, 2):
            for ident in (0x7004, 0x7005):
                sock.sendto(icmp(8, 0, struct.pack('!HH', ident, sequence) + b'ping or ping'), (host, 0))
        time.sleep(0.2)


def router_solicitation():
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        sock.sendto(struct.pack('!BBHI', 133, 0, 0, 0), ('ff02::2', 0, 0, socket.if_nametoindex('wire0')))
        time.sleep(0.2)


def multicast_join():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        group = socket.inet_pton(socket.AF_INET6, 'ff02::1:3') + struct.pack('@I', socket.if_nametoindex('wire0'))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
        time.sleep(1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_LEAVE_GROUP, group)
        time.sleep(1)


globals()[sys.argv[1].replace('-', '_')](*sys.argv[2:])
