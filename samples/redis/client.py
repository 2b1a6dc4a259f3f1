"""Speaks to Redis what redis-cli does not: pipelines, pieces, several connections in step."""
import socket
import sys
import time

HOST, PART = sys.argv[1], sys.argv[2]


class Conn:
    def __init__(self, source='10.20.0.11'):
        self.sock = socket.create_connection((HOST, 6379), timeout=8, source_address=(source, 0))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.sock.makefile('rb')

    def pack(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        return b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(w), w) for w in words)

    def send(self, *words):
        self.sock.sendall(self.pack(*words))

    def line(self, text):
        self.sock.sendall(text.encode() + b'\r\n')

    def read(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind in b'$=!' and rest != b'-1':
            return self.file.read(int(rest) + 2)[:-2]
        if kind in b'*~>' and rest != b'-1':
            return [self.read() for _ in range(int(rest))]
        if kind == b'%':
            return [self.read() for _ in range(2 * int(rest))]
        if kind == b'|':
            for _ in range(2 * int(rest)):
                self.read()
            return self.read()
        return line

    def __call__(self, *words):
        self.send(*words)
        return self.read()

    def close(self):
        self.sock.close()


def commands():
    c = Conn()
    c('PING')
    c('PING', 'ahoy')
    c('SET', 'berth:1', 'Nordwind')
    c('GET', 'berth:1')
    c('GET', 'berth:9')
    c('SET', 'gr\u00fc\u00dfe', b'\x00\xff\r\n"binary"')
    c('GET', 'gr\u00fc\u00dfe')
    c('SET', 'empty', '')
    c('GET', 'empty')
    c('INCRBY', 'visits', 41)
    c('LPUSH', 'berth:1', 'x')
    c('RPUSH', 'queue', 'a', 'b', 'c')
    c('LRANGE', 'queue', 0, -1)
    c('LRANGE', 'nothing', 0, -1)
    c('ZADD', 'tides', '1.5', 'low', '4.25', 'high')
    c('ZRANGE', 'tides', 0, -1, 'WITHSCORES')
    c('HSET', 'ship:7', 'name', 'Seestern', 'length', 31)
    c('HGETALL', 'ship:7')
    c('MGET', 'berth:1', 'berth:9', 'empty')
    c('XADD', 'log', '1-1', 'event', 'arrival')
    c('XREAD', 'COUNT', 2, 'STREAMS', 'log', '0')
    c('EVAL', "return {1,'two',{3,redis.error_reply('ERR inside')},false}", 0)
    c('EVAL', "return redis.call('get', KEYS[1])", 1, 'berth:1')
    c('BITOP', 'AND', 'both', 'berth:1', 'empty')
    c('OBJECT', 'ENCODING', 'berth:1')
    c('NOSUCH.COMMAND', 'a', 'b')
    c('SET', 'large', 'L' * 20000)
    c('GET', 'large')
    c('BLPOP', 'queue', 1)
    other = Conn('10.20.0.12')
    c.send('BLPOP', 'later', 5)
    time.sleep(0.3)
    other('RPUSH', 'later', 'now')
    c.read()
    c('BLPOP', 'later', '0.2')
    other.close()
    c('DEL', 'berth:1', 'queue', 'large')
    c('QUIT')
    c.close()


def resp3():
    c = Conn()
    c('HELLO', 3, 'SETNAME', 'harbour')
    for kind in 'string integer double bignum null array set map attrib push verbatim true false'.split():
        if kind == 'push':
            c.send('DEBUG', 'PROTOCOL', kind)
            c.read()
            c.read()
        else:
            c('DEBUG', 'PROTOCOL', kind)
    c('HSET', 'ship:7', 'name', 'Seestern')
    c('HGETALL', 'ship:7')
    c('SADD', 'flags', 'red', 'green')
    c('SMEMBERS', 'flags')
    c('ZADD', 'tides', '1.5', 'low')
    c('ZSCORE', 'tides', 'low')
    c('GET', 'nothing')
    c('INFO', 'cluster')
    c('CLIENT', 'TRACKING', 'ON')
    c('GET', 'watched')
    other = Conn('10.20.0.12')
    other('SET', 'watched', 1)
    c.read()
    c('SUBSCRIBE', 'news')
    other('PUBLISH', 'news', 'storm warning')
    c.read()
    c('GET', 'watched')
    c('UNSUBSCRIBE', 'news')
    c('MULTI')
    c('HGETALL', 'ship:7')
    c('EXEC')
    other.close()
    c.close()


def pipeline():
    c = Conn()
    c.sock.sendall(b''.join(c.pack('SET', 'key:%03d' % i, i) if i % 3 else c.pack('INCR', 'n') for i in range(300)))
    for _ in range(300):
        c.read()
    for byte in c.pack('SET', 'slow', 'bytes') + c.pack('GET', 'slow'):
        c.sock.sendall(bytes([byte]))
        time.sleep(0.002)
    c.read()
    c.read()
    c.close()


def transactions():
    c = Conn()
    c.sock.sendall(c.pack('SET', 't', 'text') + c.pack('MULTI') + c.pack('SET', 'a', 1) + c.pack('INCR', 't') + c.pack('LRANGE', 'none', 0, -1) + c.pack('GET', 'a') + c.pack('EXEC') + c.pack('GET', 'a'))
    for _ in range(8):
        c.read()
    c('MULTI')
    c('SET', 'a', 2)
    c('DISCARD')
    c('MULTI')
    c('SET', 'a', 3)
    c('NOSUCH')
    c('EXEC')
    other = Conn('10.20.0.12')
    c('WATCH', 'a')
    other('SET', 'a', 'changed')
    c('MULTI')
    c('SET', 'a', 4)
    c('EXEC')
    c('MULTI')
    c('EXEC')
    other.close()
    c.close()


def pubsub():
    c, other = Conn(), Conn('10.20.0.12')
    c.send('SUBSCRIBE', 'news', 'weather')
    c.read()
    c.read()
    c('PSUBSCRIBE', 'tide.*')
    other('PUBLISH', 'news', 'ferry delayed')
    c.read()
    other('PUBLISH', 'tide.high', '04:25')
    c.read()
    c('PING')
    c('GET', 'refused')
    other.sock.sendall(b''.join(other.pack('PUBLISH', 'weather', 'gust %d' % i) for i in range(20)))
    for _ in range(20):
        other.read()
        c.read()
    c.send('UNSUBSCRIBE')
    c.read()
    c.read()
    c('PUNSUBSCRIBE', 'tide.*')
    c('GET', 'again')
    other.close()
    c.close()


def monitor():
    c, other = Conn(), Conn('10.20.0.12')
    c('MONITOR')
    other('SET', 'a', 'b c"d')
    c.read()
    other('SELECT', 2)
    c.read()
    other('CONFIG', 'SET', 'masterauth', 'S3CRET-redis-9')
    other('EVAL', "return redis.pcall('CONFIG', 'SET', 'requirepass', 'S3CRET-redis-9')", 0)
    c.read()
    other('GET', 'a')
    c.read()
    c('RESET')
    c('GET', 'a')
    other.close()
    c.close()


def silence():
    c = Conn()
    c('PING')
    c.send('CLIENT', 'REPLY', 'SKIP')
    c.send('SET', 'quiet', 1)
    c('GET', 'quiet')
    c.send('CLIENT', 'REPLY', 'OFF')
    for i in range(5):
        c.send('INCR', 'quiet')
    c.send('CLIENT', 'REPLY', 'SKIP')
    c.send('INCR', 'quiet')
    c('CLIENT', 'REPLY', 'ON')
    c('GET', 'quiet')
    c.close()


def inline():
    c = Conn()
    for text in ('PING', 'set greeting "good morning\\x21"', "get greeting", "GET 'no such key'", 'nosuch thing', 'EXISTS greeting', 'quit'):
        c.line(text)
        if text == 'get greeting':
            c.line('')
        c.read()
    c.close()


def auth():
    c = Conn()
    c('GET', 'a')
    c('AUTH', 'S3CRET-redis-2')
    c('AUTH', 'S3CRET-redis-1')
    c('SET', 'a', 1)
    c('SELECT', 5)
    c('SET', 'b', 2)
    c('ACL', 'SETUSER', 'anna', 'on', '>S3CRET-redis-3', '~*', '+@all', '-debug')
    c('ACL', 'SETUSER', 'anna', '>S3CRET-redis-4', 'nonsense')
    c('ACL', 'LIST')
    c('ACL', 'GETUSER', 'anna')
    c('CONFIG', 'SET', 'masterauth', 'S3CRET-redis-5', 'maxmemory', '100mb')
    c('CONFIG', 'SET', 'requirepass', 'S3CRET-redis-5', 'nosuch', 'x')
    c('CONFIG', 'GET', 'master*')
    c('CONFIG', 'GET', 'requirepass')
    c('CONFIG', 'GET', '*auth')
    c('EVAL', "return redis.pcall('CONFIG', 'SET', 'requirepass', 'S3CRET-redis-6')", 0)
    c('MIGRATE', '10.20.0.81', 6379, '', 0, 10, 'COPY', 'AUTH2', 'anna', 'S3CRET-redis-7', 'KEYS', 'a')
    c('SLOWLOG', 'GET', 10)
    c('AUTH', 'anna', 'S3CRET-redis-3')
    c('GET', 'b')
    c('ACL', 'WHOAMI')
    c.sock.sendall(c.pack('HELLO', 3, 'AUTH', 'anna', 'S3CRET-redis-3', 'SETNAME', 'desk') + c.pack('CONFIG', 'GET', '*auth*') + c.pack('HELLO', 2, 'AUTH', 'anna', 'S3CRET-redis-2') + c.pack('GET', 'b'))
    for _ in range(4):
        c.read()
    c('RESET')
    c('GET', 'b')
    c.close()
    c = Conn()
    c.line('AUTH default S3CRET-redis-1')
    c.read()
    c.line('config set requirepass "S3CRET-redis-1"')
    c.read()
    c.close()


globals()[PART]()
