"""Clients of steady.sh: each protocol at its own even pace for so many seconds, then what was done, as JSON."""
import http.client, json, socket, struct, sys, threading, time

SECONDS = float(sys.argv[1])
END = time.monotonic() + SECONDS
counts = {}


def paced(name, per_second, connect, ask, per_connection):
    done = 0
    connection = None
    due = time.monotonic()
    while time.monotonic() < END:
        if done % per_connection == 0:
            if connection is not None:
                connection.close()
            connection = connect()
        ask(connection, done)
        done += 1
        due += 1 / per_second
        time.sleep(max(0, due - time.monotonic()))
    connection.close()
    counts[name] = done


def redis_ask(sock, n):
    key, value = b'key:%d' % (n % 5000), b'x' * (n % 200)
    sock.sendall(b'*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n' % (len(key), key, len(value), value))
    assert sock.recv(64) == b'+OK\r\n'


def http_ask(connection, n):
    connection.request('GET', '/page.html?n=%d' % n)
    assert len(connection.getresponse().read()) > 20000


def dns_ask(sock, n):
    name = b''.join(bytes([len(part)]) + part for part in (b'h%d' % (n % 100000), b'example', b'test')) + b'\0'
    sock.sendto(struct.pack('>6H', n & 0xFFFF, 0x100, 1, 0, 0, 0) + name + b'\0\1\0\1', ('127.0.0.1', 5300))
    assert sock.recv(512)[:2] == struct.pack('>H', n & 0xFFFF)


def udp():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(5)
    return sock


work = [
    ('redis', 150, lambda: socket.create_connection(('127.0.0.1', 6379)), redis_ask, 400),
    ('http', 30, lambda: http.client.HTTPConnection('127.0.0.1', 8080), http_ask, 25),
    ('dns', 60, udp, dns_ask, 1),
]
threads = [threading.Thread(target=paced, args=one) for one in work]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(counts))
