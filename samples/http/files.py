"""Writes the pages that nginx serves in samples/http; every byte is the same on every run."""
import os
import random
import struct
import sys
import zlib

folder = sys.argv[1]
rng = random.Random(20260305)
ships = ['Fram', 'Anne Marie', 'Grönland', 'Thor', 'Alma', 'Vega', 'Nordstern', 'Seute Deern']


def png(size):
    """A grey square, as small as a picture gets."""
    def piece(kind, data):
        return struct.pack('!I', len(data)) + kind + data + struct.pack('!I', zlib.crc32(kind + data))
    rows = b''.join(b'\0' + b'\x80' * size for _ in range(size))
    return b'\x89PNG\r\n\x1a\n' + piece(b'IHDR', struct.pack('!IIBBBBB', size, size, 8, 0, 0, 0, 0)) + piece(b'IDAT', zlib.compress(rows)) + piece(b'IEND', b'')


def write(name, data):
    path = os.path.join(folder, name)
    with open(path, 'wb') as out:
        out.write(data if isinstance(data, bytes) else data.encode())
    os.utime(path, (1772700000, 1772700000))


def table(rows):
    lines = ''.join(f'<tr><td>{rng.choice(ships)}</td><td>berth {rng.randint(1, 9)}</td><td>{rng.randint(0, 23):02}:{rng.choice(["00", "15", "30", "45"])}</td></tr>\n' for _ in range(rows))
    return f'<!doctype html>\n<meta charset="utf-8">\n<title>Harbour timetable</title>\n<table>\n{lines}</table>\n'


write('index.html', '<!doctype html>\n<meta charset="utf-8">\n<title>Harbour</title>\n<p>Welcome to the harbour.</p>\n')
write('timetable.html', table(6))
write('harbour.html', table(60))
write('packing.csv', 'item;pieces\n' + ''.join(f'lantern {n};{rng.randint(1, 48)}\n' for n in range(120)))
write('lamp.png', png(16))
write('chart.bin', rng.randbytes(220_000))
write('log.bin', rng.randbytes(90_000))
