"""Turns captures into the variants no tool at hand writes: the other byte order, VLAN tags, pcapng without the host it was made on."""
import struct
import sys

# pcapng options whose value is a number, by block type and option code; the rest are bytes that no byte order touches.
NUMBERS = {1: {8: 'Q', 14: 'Q'}, 5: {2: 'II', 3: 'II', 4: 'Q', 5: 'Q', 6: 'Q', 7: 'Q', 8: 'Q'}, 6: {2: 'I', 4: 'Q', 5: 'Q', 6: 'I'}}
SECTION, INTERFACE, STATISTICS, PACKET = 0x0A0D0D0A, 1, 5, 6
HEADS = {SECTION: 'IHHq', INTERFACE: 'HHI', STATISTICS: 'III', PACKET: 'IIIII'}
# What would tell the machine apart: hardware and operating system of the section, and of the interface.
TELLTALE = {SECTION: (2, 3), INTERFACE: (12, 15)}


def pcap_swap(data):
    nano_or_micro, major, minor, zone, sigfigs, snaplen, link = struct.unpack('<IHHiIII', data[:24])
    out = [struct.pack('>IHHiIII', nano_or_micro, major, minor, zone, sigfigs, snaplen, link)]
    at = 24
    while at < len(data):
        head = struct.unpack('<IIII', data[at:at + 16])
        out.append(struct.pack('>IIII', *head) + data[at + 16:at + 16 + head[2]])
        at += 16 + head[2]
    return b''.join(out)


def padded(data):
    return data + b'\0' * (-len(data) % 4)


def pcapng(data, order, drop=False):
    """Reads little-endian blocks and writes them in `order`, with or without the options that tell of a host."""
    out, at = [], 0
    while at < len(data):
        kind, size = struct.unpack('<II', data[at:at + 8])
        body, at = data[at + 8:at + size - 4], at + size
        head = HEADS.get(kind)
        if head is None:
            sys.exit(f'block type {kind:#x} is not known here')
        fixed = struct.calcsize('<' + head)
        values = list(struct.unpack('<' + head, body[:fixed]))
        rest = body[fixed:]
        packet = b''
        if kind == PACKET:
            held = values[3] + -values[3] % 4
            packet, rest = rest[:held], rest[held:]
        options, o = b'', 0
        while o < len(rest):
            code, length = struct.unpack('<HH', rest[o:o + 4])
            value, o = rest[o + 4:o + 4 + length], o + 4 + length + -length % 4
            if drop and code in TELLTALE.get(kind, ()):
                continue
            form = NUMBERS.get(kind, {}).get(code)
            if form:
                value = struct.pack(order + form, *struct.unpack('<' + form, value))
            options += struct.pack(order + 'HH', code, length) + padded(value)
        if kind == SECTION:
            values[3] = -1
        new = struct.pack(order + head, *values) + packet + options
        total = len(new) + 12
        out.append(struct.pack(order + 'II', kind, total) + new + struct.pack(order + 'I', total))
    return b''.join(out)


def tag(data, *tags):
    inserted = b''.join(struct.pack('!HH', int(kind, 16), int(vlan)) for kind, vlan in (entry.split(':') for entry in tags))
    out, at = [data[:24]], 24
    while at < len(data):
        sec, frac, held, length = struct.unpack('<IIII', data[at:at + 16])
        frame = data[at + 16:at + 16 + held]
        out.append(struct.pack('<IIII', sec, frac, held + len(inserted), length + len(inserted)) + frame[:12] + inserted + frame[12:])
        at += 16 + held
    return b''.join(out)


kind, source, target, *rest = sys.argv[1:]
whole = open(source, 'rb').read()
result = {'pcap-swap': lambda: pcap_swap(whole), 'pcapng-swap': lambda: pcapng(whole, '>'), 'pcapng-anonymous': lambda: pcapng(whole, '<', True), 'tag': lambda: tag(whole, *rest)}[kind]()
with open(target, 'wb') as out:
    out.write(result)
