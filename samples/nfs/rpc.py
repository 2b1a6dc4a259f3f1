"""ONC RPC by hand: enough to say anything to a server, the wrong things too."""
import os
import socket
import struct
import threading

PORTMAP, NFS, MOUNT, NLM = 100000, 100003, 100005, 100021


def u32(*values):
    return struct.pack(f'>{len(values)}I', *values)


def u64(value):
    return struct.pack('>Q', value)


def opaque(data):
    if isinstance(data, str):
        data = data.encode()
    return u32(len(data)) + data + bytes(-len(data) % 4)


def unix(uid=1000, gid=1000, gids=(1000, 27), machine='desk.nordlicht.example', stamp=0x20260101):
    return 1, u32(stamp) + opaque(machine) + u32(uid, gid, len(gids), *gids)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        piece = self.data[self.at:self.at + n]
        assert len(piece) == n, 'reply too short'
        self.at += n
        return piece

    def u32(self):
        return struct.unpack('>I', self.take(4))[0]

    def u64(self):
        return struct.unpack('>Q', self.take(8))[0]

    def opaque(self):
        n = self.u32()
        data = self.take(n)
        self.take(-n % 4)
        return data


class Rpc:
    """One connection or UDP socket. `callback(xid, program, procedure, reader) -> body` answers what the server asks."""

    def __init__(self, host, port, udp=False, cred=None, xid=0x20260000, callback=None, sock=None):
        self.udp, self.cred, self.xid, self.callback = udp, cred or unix(), xid, callback
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        self.sock = sock or socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        if not sock:
            self.sock.connect((host, port))
        self.sock.settimeout(5)
        self.lock, self.replies, self.arrived = threading.Lock(), {}, threading.Condition()
        if callback:
            threading.Thread(target=self.listen, daemon=True).start()

    def message(self, program, version, procedure, args=b'', cred=None, rpcvers=2, xid=None):
        if xid is None:
            self.xid += 1
            xid = self.xid
        flavor, body = cred or self.cred
        return u32(xid, 0, rpcvers, program, version, procedure, flavor) + opaque(body) + u32(0, 0) + args

    def send(self, message, fragments=1):
        if self.udp:
            self.sock.send(message)
            return
        size = -(-len(message) // fragments) if fragments > 1 else len(message)
        pieces = [message[i:i + size] for i in range(0, len(message), size)]
        data = b''
        for i, piece in enumerate(pieces):
            data += u32(len(piece) | (0x80000000 if i == len(pieces) - 1 else 0)) + piece
        with self.lock:
            self.sock.sendall(data)

    def record(self):
        if self.udp:
            return self.sock.recv(65536)
        message, last = b'', False
        while not last:
            mark = struct.unpack('>I', self.exactly(4))[0]
            last = mark >> 31 == 1
            message += self.exactly(mark & 0x7fffffff)
        return message

    def exactly(self, n):
        data = b''
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def listen(self):
        self.sock.settimeout(None)
        try:
            while True:
                message = self.record()
                xid, kind = struct.unpack('>II', message[:8])
                if kind == 1:
                    with self.arrived:
                        self.replies[xid] = message
                        self.arrived.notify_all()
                    continue
                r = Reader(message[8:])
                _, program, _, procedure = r.u32(), r.u32(), r.u32(), r.u32()
                for _ in range(2):
                    r.u32()
                    r.opaque()
                self.send(u32(xid, 1, 0, 0, 0, 0) + self.callback(program, procedure, r))
        except (EOFError, OSError):
            pass

    def receive(self, xid):
        if self.callback:
            with self.arrived:
                assert self.arrived.wait_for(lambda: xid in self.replies, 10), 'no reply'
                return self.replies.pop(xid)
        while True:
            message = self.record()
            if struct.unpack('>I', message[:4])[0] == xid:
                return message

    def call(self, program, version, procedure, args=b'', fragments=1, **how):
        """A reader behind the accepted head, or None when it was not accepted."""
        self.send(self.message(program, version, procedure, args, **how), fragments)
        r = Reader(self.receive(how.get('xid') or self.xid))
        r.u32(), r.u32()
        if r.u32() != 0:
            return None
        r.u32(), r.opaque()
        return r if r.u32() == 0 else None

    def close(self):
        if self.callback:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.sock.close()


def mount(host, path, version=3, udp=False):
    m = Rpc(host, 20048, udp=udp, xid=0x20261000)
    r = m.call(MOUNT, version, 1, opaque(path))
    status = r.u32()
    handle = r.opaque() if status == 0 else None
    m.close()
    return handle
