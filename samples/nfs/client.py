"""The scripted NFS client: client.py STORY. Each story is one capture of make.sh."""
import socket
import sys
import threading
import time

from rpc import MOUNT, NFS, NLM, PORTMAP, Reader, Rpc, mount, opaque, u32, u64, unix

HOST = '10.20.0.49'
NONE = u32(0) * 6


def sattr(mode=None, uid=None, gid=None, size=None):
    out = b''
    for value in (mode, uid, gid):
        out += u32(1, value) if value is not None else u32(0)
    out += u32(1) + u64(size) if size is not None else u32(0)
    return out + u32(0, 0)


def post_op(r):
    if r.u32():
        r.take(84)


def lookup(n, directory, name, **how):
    r = n.call(NFS, 3, 3, opaque(directory) + opaque(name), **how)
    return r.opaque() if r.u32() == 0 else None


def made(r):
    """Handle in the reply of CREATE and its like."""
    assert r.u32() == 0
    return r.opaque() if r.u32() else None


def v3():
    root = mount(HOST, '/harbour')
    n = Rpc(HOST, 2049)
    go = lambda procedure, args, **how: n.call(NFS, 3, procedure, args, **how)
    go(0, b'')
    go(19, opaque(root))
    go(20, opaque(root))
    go(18, opaque(root))
    go(1, opaque(root))
    go(4, opaque(root) + u32(0x3f))
    berths = lookup(n, root, 'berths')
    lookup(n, root, 'no-such-file')
    go(17, opaque(root) + u64(0) + bytes(8) + u32(1024, 8192))
    go(16, opaque(berths) + u64(0) + bytes(8) + u32(8192))
    link = lookup(n, root, 'today')
    go(5, opaque(link))
    friday = lookup(n, berths, 'friday.txt')
    go(6, opaque(friday) + u64(0) + u32(4096))
    plan = made(go(8, opaque(root) + opaque('plan.txt') + u32(1) + sattr(mode=0o640)))
    go(8, opaque(root) + opaque('plan.txt') + u32(1) + sattr(mode=0o640))
    text = b'The tug comes at six. S3CRET-nfs-2\n'
    go(7, opaque(plan) + u64(0) + u32(len(text), 0) + opaque(text))
    go(21, opaque(plan) + u64(0) + u32(len(text)))
    go(2, opaque(plan) + sattr(mode=0o600, size=20) + u32(0))
    go(9, opaque(root) + opaque('lists') + sattr(mode=0o755))
    lists = lookup(n, root, 'lists')
    go(10, opaque(lists) + opaque('plan') + sattr() + opaque('../plan.txt'))
    go(11, opaque(lists) + opaque('pipe') + u32(7) + sattr(mode=0o600))
    go(15, opaque(plan) + opaque(lists) + opaque('plan-too.txt'))
    go(14, opaque(root) + opaque('plan.txt') + opaque(lists) + opaque('done.txt'))
    go(6, opaque(plan) + u64(0) + u32(4096))
    for name in ('plan', 'pipe', 'plan-too.txt', 'done.txt'):
        go(12, opaque(lists) + opaque(name))
    go(13, opaque(root) + opaque('lists'))
    go(1, opaque(plan))
    # Somebody else: not the owner of what is private.
    gate = lookup(n, root, 'gate.txt', cred=unix(1001, 1001, (), 'stranger.example'))
    go(6, opaque(gate) + u64(0) + u32(4096), cred=unix(1001, 1001, (), 'stranger.example'))
    go(6, opaque(gate) + u64(0) + u32(4096), cred=unix(0, 0, (), 'desk.nordlicht.example'))
    go(1, opaque(b'\x01\x02\x03\x04' * 4))
    n.close()
    # A read-only export, where root is nobody.
    pilot = mount(HOST, '/pilot')
    n = Rpc(HOST, 2049, cred=unix(0, 0, ()), xid=0x20263000)
    n.call(NFS, 3, 8, opaque(pilot) + opaque('x') + u32(0) + sattr())
    cookie, verf, eof = 0, bytes(8), 0
    while not eof:
        r = n.call(NFS, 3, 17, opaque(pilot) + u64(cookie) + verf + u32(512, 2048))
        assert r.u32() == 0
        post_op(r)
        verf = r.take(8)
        while r.u32():
            r.u64(), r.opaque()
            cookie = r.u64()
            post_op(r)
            if r.u32():
                r.opaque()
        eof = r.u32()
    n.close()


def udp():
    p = Rpc(HOST, 111, udp=True, xid=0x20264000)
    for program, version in ((MOUNT, 3), (NFS, 3), (100004, 2)):
        p.call(PORTMAP, 2, 3, u32(program, version, 17, 0))
    p.close()
    m = Rpc(HOST, 20048, udp=True, xid=0x20265000)
    for version in (1, 3):
        m.call(MOUNT, version, 0)
        m.call(MOUNT, version, 5)
    r = m.call(MOUNT, 3, 1, opaque('/pilot'))
    assert r.u32() == 0
    root = r.opaque()
    m.call(MOUNT, 3, 1, opaque('/cellar'))
    m.call(MOUNT, 3, 2)
    m.call(MOUNT, 3, 3, opaque('/pilot'))
    m.call(MOUNT, 3, 4)
    m.close()
    n = Rpc(HOST, 2049, udp=True, xid=0x20266000)
    n.call(NFS, 3, 0)
    log = lookup(n, root, 'log-7.txt')
    # The same call three times, as a client does that hears nothing.
    again = n.message(NFS, 3, 6, opaque(log) + u64(0) + u32(512))
    for _ in range(3):
        n.send(again)
    for _ in range(3):
        n.sock.recv(65536)
    n.call(NFS, 3, 16, opaque(root) + u64(0) + bytes(8) + u32(1024))
    n.close()


def rejected():
    n = Rpc(HOST, 2049, xid=0x20267000)
    root = mount(HOST, '/harbour')
    n.call(NFS, 9, 0)
    n.call(NFS, 3, 99)
    n.call(NFS, 3, 3, u32(3))
    n.call(NFS, 3, 1, opaque(root), cred=(0, b''))
    n.call(NFS, 3, 1, opaque(root), cred=(3, b'diffie-hellman'))
    n.call(100099, 1, 1)
    n.call(NFS, 3, 0, cred=(7, b''))
    n.call(NFS, 3, 1, opaque(root))
    n.close()
    n = Rpc(HOST, 2049, xid=0x20268000)
    try:
        n.call(NFS, 3, 0, rpcvers=3)
    except (EOFError, TimeoutError, ConnectionError):
        pass
    n.close()


def fragments():
    root = mount(HOST, '/harbour')
    n = Rpc(HOST, 2049, xid=0x20269000)
    cargo = made(n.call(NFS, 3, 8, opaque(root) + opaque('cargo.bin') + u32(0) + sattr(mode=0o644), fragments=3))
    data = bytes(range(256)) * 80
    n.call(NFS, 3, 7, opaque(cargo) + u64(0) + u32(len(data), 2) + opaque(data), fragments=7)
    n.call(NFS, 3, 7, opaque(cargo) + u64(len(data)) + u32(len(data), 2) + opaque(data))
    # Several calls before the first reply.
    for i in range(6):
        n.send(n.message(NFS, 3, 6, opaque(cargo) + u64(i * 4096) + u32(4096)))
    for i in range(6):
        n.receive(n.xid - 5 + i) if i == 0 else n.record()
    n.call(NFS, 3, 6, opaque(cargo) + u64(0) + u32(32768))
    n.call(NFS, 3, 12, opaque(root) + opaque('cargo.bin'))
    n.close()


# ---- version 4 ---------------------------------------------------------------------------------------------------------

ROOT, GETFH, SAVE, RESTORE = u32(24), u32(10), u32(32), u32(31)


def putfh(handle):
    return u32(22) + opaque(handle)


def look(name):
    return u32(15) + opaque(name)


def getattr4(*bits):
    words = [0, 0, 0]
    for bit in bits:
        words[bit // 32] |= 1 << bit % 32
    while words and not words[-1]:
        words.pop()
    return u32(9, len(words), *words)


SOME = (1, 3, 4, 20, 33, 36, 37, 53)


def fattr4(mode=None, size=None):
    words, values = [0, 0], b''
    if size is not None:
        words[0] |= 1 << 4
        values += u64(size)
    if mode is not None:
        words[1] |= 1 << 1
        values += u32(mode)
    return u32(2, *words) + opaque(values)


class Compound:
    """The results of one COMPOUND, operation by operation, for those whose results these stories need."""

    def __init__(self, r):
        self.status = r.u32()
        r.opaque()
        self.count, self.r = r.u32(), r

    def op(self):
        return self.r.u32(), self.r.u32()


def compound(n, minor, *ops, tag='', count=None, **how):
    body = opaque(tag) + u32(minor, len(ops) if count is None else count) + b''.join(ops)
    return Compound(n.call(NFS, 4, 1, body, **how))


def open4(seq, client, owner, name, access=1, deny=0, create=None, claim=None):
    how = u32(0) if create is None else u32(1, 0) + create
    return u32(18, seq, access, deny) + u64(client) + opaque(owner) + how + (claim or u32(0) + opaque(name))


def opened(c):
    """State id, flags and delegation type behind OPEN, which must come next."""
    assert c.op() == (18, 0)
    stateid = c.r.take(16)
    c.r.take(20)
    flags = c.r.u32()
    for _ in range(c.r.u32()):
        c.r.u32()
    kind = c.r.u32()
    delegation = None
    if kind in (1, 2):
        delegation = c.r.take(16)
        c.r.take(4 if kind == 1 else 16)
        c.r.take(12)
        c.r.opaque()
    elif kind == 3 and c.r.u32() in (1, 2):
        c.r.u32()
    return stateid, flags, delegation


def fh(c):
    assert c.op() == (10, 0)
    return c.r.opaque()


def v40():
    listener = socket.create_server(('10.20.0.11', 7049))
    threading.Thread(target=answer_callbacks, args=(listener,), daemon=True).start()
    n = Rpc(HOST, 2049, xid=0x2026a000)
    c = compound(n, 0, u32(35) + b'nordlich' + opaque('desk.nordlicht.example/4.0') + u32(0x40001234) + opaque('tcp')
                 + opaque('10.20.0.11.27.137') + u32(1), tag='setclientid')
    assert c.op() == (35, 0)
    client, confirm = c.r.u64(), c.r.take(8)
    compound(n, 0, u32(36) + u64(client) + confirm, tag='confirm')
    c = compound(n, 0, ROOT, GETFH, getattr4(*SOME), look('harbour'), GETFH, getattr4(*SOME))
    c.op(), fh(c), c.op()
    for _ in range(c.r.u32()):
        c.r.u32()
    c.r.opaque(), c.op()
    harbour = fh(c)
    compound(n, 0, putfh(harbour), u32(3, 0x3f), getattr4(*SOME))
    c = compound(n, 0, putfh(harbour), u32(26) + u64(0) + bytes(8) + u32(2048, 8192, 2, 1 << 19 | 1 << 20 | 2, 1 << 1), getattr4(1))
    c = compound(n, 0, putfh(harbour), open4(0, client, 'desk-1', 'tide.txt', 3, 0, fattr4(0o644)), GETFH, getattr4(*SOME))
    c.op()
    state, flags, _ = opened(c)
    tide = fh(c)
    seq = 1
    if flags & 2:
        c = compound(n, 0, putfh(tide), u32(20) + state + u32(seq))
        c.op(), c.op()
        state = c.r.take(16)
        seq += 1
    text = b'High water at 06:12. S3CRET-nfs-3\n'
    compound(n, 0, putfh(tide), u32(38) + state + u64(0) + u32(2) + opaque(text), getattr4(*SOME))
    compound(n, 0, putfh(tide), u32(25) + state + u64(0) + u32(4096))
    compound(n, 0, putfh(tide), u32(5) + u64(0) + u32(0), getattr4(4))
    c = compound(n, 0, putfh(tide), u32(12, 2, 0) + u64(0) + u64(10) + u32(1, seq) + state + u32(0) + u64(client) + opaque('lock-1'))
    seq += 1
    c.op()
    if c.op() == (12, 0):
        lock = c.r.take(16)
        compound(n, 0, putfh(tide), u32(13, 2) + u64(5) + u64(0xffffffffffffffff) + u64(client) + opaque('lock-2'))
        compound(n, 0, putfh(tide), u32(14, 2, 1) + lock + u64(0) + u64(10))
        compound(n, 0, u32(39) + u64(client) + opaque('lock-1'))
    compound(n, 0, putfh(tide), u32(34) + state + fattr4(0o600, 10), getattr4(*SOME))
    compound(n, 0, putfh(tide), u32(17) + u32(1, 1 << 4) + opaque(u64(99)), getattr4(4))
    compound(n, 0, putfh(harbour), u32(6, 2) + opaque('tides') + fattr4(0o755), GETFH, getattr4(*SOME))
    compound(n, 0, putfh(harbour), u32(6, 5) + opaque('../tide.txt') + opaque('now') + fattr4(), GETFH)
    compound(n, 0, putfh(harbour), look('now'), u32(27))
    compound(n, 0, putfh(tide), SAVE, putfh(harbour), look('tides'), u32(11) + opaque('tide-2.txt'), getattr4(3))
    compound(n, 0, putfh(harbour), SAVE, look('tides'), u32(29) + opaque('tide.txt') + opaque('old.txt'), getattr4(3))
    compound(n, 0, putfh(tide), u32(25) + state + u64(0) + u32(16))
    compound(n, 0, putfh(tide), u32(21) + state + u32(seq, 1, 0))
    seq += 1
    compound(n, 0, putfh(tide), u32(4, seq) + state)
    compound(n, 0, putfh(harbour), look('tides'), u32(16), getattr4(1))
    compound(n, 0, putfh(harbour), u32(33) + opaque('tides'))
    for name in ('tide-2.txt', 'old.txt'):
        compound(n, 0, putfh(harbour), look('tides'), u32(28) + opaque(name))
    for name in ('tides', 'now', 'nobody'):
        compound(n, 0, putfh(harbour), u32(28) + opaque(name))
    compound(n, 0, u32(30) + u64(client))
    compound(n, 0, ROOT, look('cellar'), GETFH)
    compound(n, 0, putfh(harbour), u32(199))
    compound(n, 7, ROOT, GETFH)
    time.sleep(0.3)
    n.close()


def answer_callbacks(listener):
    while True:
        sock, _ = listener.accept()
        Rpc('', 0, sock=sock, callback=callback)


def callback(program, procedure, r):
    if procedure == 0:
        return b''
    r.opaque(), r.u32(), r.u32()
    results, count = b'', r.u32()
    for _ in range(count):
        op = r.u32()
        if op == 11:
            body = r.take(24) + u32(0, 0)
            r.take(8)
            for _ in range(r.u32()):
                r.take(16)
                for _ in range(r.u32()):
                    r.take(8)
            results += u32(11, 0) + body
        elif op == 4:
            recalled.append(r.take(16))
            r.u32(), r.opaque()
            results += u32(4, 0)
        else:
            results += u32(10044, 10044)
            break
    return u32(0) + opaque('') + u32(count) + results


recalled = []


class Session:
    def __init__(self, owner, minor, xid):
        self.n, self.minor = Rpc(HOST, 2049, xid=xid, callback=callback), minor
        c = compound(self.n, minor, u32(42) + b'nordlich' + opaque(owner) + u32(1, 0, 1) + opaque('nordlicht.example')
                     + opaque('scripted client') + u64(1767225600) + u32(0))
        c.op()
        self.client, sequence = c.r.u64(), c.r.u32()
        channel = u32(0, 65536, 65536, 4096, 16, 8, 0)
        c = compound(self.n, minor, u32(43) + u64(self.client) + u32(sequence, 2) + channel + channel + u32(0x40001235, 1, 1, 0)
                     + opaque('desk') + u32(0, 0, 0))
        c.op()
        self.id, self.seq = c.r.take(16), 0
        self.go(u32(58, 0))

    def go(self, *ops, **how):
        self.seq += 1
        c = compound(self.n, self.minor, u32(53) + self.id + u32(self.seq, 0, 0, 0), *ops, **how)
        c.op()
        c.r.take(36)
        return c

    def end(self):
        compound(self.n, self.minor, u32(44) + self.id)
        compound(self.n, self.minor, u32(57) + u64(self.client))
        self.n.close()


def v41():
    a = Session('desk.nordlicht.example/4.1', 1, 0x2026b000)
    b = Session('bridge.nordlicht.example/4.1', 1, 0x2026c000)
    c = a.go(ROOT, look('harbour'), GETFH)
    c.op(), c.op()
    harbour = fh(c)
    a.go(ROOT, u32(52, 0))
    a.go(putfh(harbour), u32(26) + u64(0) + bytes(8) + u32(2048, 8192, 2, 1 << 4 | 2, 1 << 1))
    c = a.go(putfh(harbour), look('berths'), open4(0, a.client, 'desk-2', 'friday.txt', 0x101), GETFH, getattr4(*SOME))
    c.op(), c.op()
    state, _, delegation = opened(c)
    friday = fh(c)
    a.go(putfh(friday), u32(25) + state + u64(0) + u32(4096))
    if delegation:
        # Where the server grants one: somebody wants to write, and it takes the delegation back.
        knock = threading.Thread(target=lambda: b.go(putfh(harbour), look('berths'), open4(0, b.client, 'bridge-1', 'friday.txt', 2)))
        knock.start()
        for _ in range(50):
            if recalled:
                break
            time.sleep(0.1)
        a.go(putfh(friday), u32(8) + delegation)
        knock.join()
    a.go(u32(55, 2) + state + bytes(16))
    a.go(putfh(friday), u32(50, 0, 1, 1) + u64(0) + u64(0xffffffffffffffff) + u64(0) + state + u32(4096))
    a.go(putfh(friday), u32(4, 0) + state)
    a.go(u32(45) + state)
    # The session does not exist.
    compound(a.n, 1, u32(53) + bytes(16) + u32(1, 0, 0, 0), ROOT, GETFH)
    a.end()
    b.end()


def v42():
    a = Session('desk.nordlicht.example/4.2', 2, 0x2026d000)
    c = a.go(ROOT, look('harbour'), GETFH)
    c.op(), c.op()
    harbour = fh(c)
    c = a.go(putfh(harbour), open4(0, a.client, 'desk-3', 'sparse.bin', 3, 0, fattr4(0o644)), GETFH)
    c.op()
    state, _, _ = opened(c)
    sparse = fh(c)
    a.go(putfh(sparse), u32(59) + state + u64(0) + u64(65536))
    a.go(putfh(sparse), u32(38) + state + u64(32768) + u32(0) + opaque(b'cargo' * 20), u32(5) + u64(0) + u32(0), getattr4(*SOME))
    a.go(putfh(sparse), u32(62) + state + u64(0) + u64(16384))
    a.go(putfh(sparse), u32(69) + state + u64(0) + u32(0))
    a.go(putfh(sparse), u32(68) + state + u64(0) + u32(4096))
    a.go(putfh(sparse), u32(63) + state + u64(0) + u64(4096) + u32(1, 2))
    a.go(putfh(sparse), SAVE, u32(71) + state + state + u64(0) + u64(8192) + u64(4096))
    a.go(putfh(sparse), SAVE, u32(60) + state + state + u64(0) + u64(8192) + u64(4096) + u32(0, 1, 0))
    # Two reads and a write in one COMPOUND.
    a.go(putfh(sparse), u32(25) + state + u64(32768) + u32(100), u32(38) + state + u64(100) + u32(2) + opaque(b'x' * 3001),
         u32(25) + state + u64(0) + u32(3200), getattr4(4), tag='several')
    for ops in (
        (u32(73, 0) + opaque('user.note') + opaque('S3CRET-nfs-4'),),
        (u32(72) + opaque('user.note'),),
        (u32(74) + u64(0) + u32(4096),),
        (u32(75) + opaque('user.note'),),
    ):
        a.go(putfh(sparse), *ops)
    a.go(putfh(harbour), u32(28) + opaque('sparse.bin'))
    # NFS-Ganesha 4.3 dies of one of the following; whoever waited for it hears no more.
    stats = u32(65) + u64(0) + u64(4096) + state + u64(1) + u64(4096) + u64(0) + u64(0) + bytes(16) + u32(1) + opaque(b'')
    for ops in ((putfh(sparse), stats), (putfh(sparse), u32(4, 0) + state)):
        a.seq += 1
        a.n.send(a.n.message(NFS, 4, 1, opaque('') + u32(2, 3) + u32(53) + a.id + u32(a.seq, 0, 0, 0) + b''.join(ops)))
        time.sleep(0.5)
    a.n.close()


def silent():
    """Nobody answers: the server sleeps."""
    n = Rpc(HOST, 2049, udp=True, xid=0x2026e000)
    n.sock.settimeout(0.4)
    message = n.message(NFS, 3, 1, opaque(bytes(16)))
    for _ in range(2):
        n.send(message)
        try:
            n.sock.recv(65536)
        except TimeoutError:
            pass
    n.close()


if __name__ == '__main__':
    globals()[sys.argv[1]]()
