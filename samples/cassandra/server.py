#!/usr/bin/python3
"""A scripted Cassandra node, written from the native protocol's specification: it stores nothing and answers from a book of
statements, so that real drivers have somebody to talk to. v3 and v4 with lz4 and snappy, v5 with segments.

    server.py ADDRESS [--auth]      listens on port 9042
"""
import asyncio
import hashlib
import ipaddress
import re
import struct
import sys
import uuid
import zlib

import lz4.block
import snappy

USERS = {'harbour': 'S3CRET-cassandra-1', 'auditor': 'S3CRET-cassandra-2'}
LOCAL = uuid.UUID('5f0c1d2e-0000-4000-8000-000000000051')
TRACE = uuid.UUID('d2b7a4f0-3c0f-11e6-8f1d-0f0e6a1b2c3d')

# --- notation and types

def string(text):
    data = text.encode()
    return struct.pack('>H', len(data)) + data

def blob(data):
    return struct.pack('>i', -1) if data is None else struct.pack('>i', len(data)) + data

def strings(items):
    return struct.pack('>H', len(items)) + b''.join(string(i) for i in items)

NATIVE = {'ascii': 1, 'bigint': 2, 'blob': 3, 'boolean': 4, 'counter': 5, 'decimal': 6, 'double': 7, 'float': 8, 'int': 9,
          'timestamp': 11, 'uuid': 12, 'text': 13, 'varint': 14, 'timeuuid': 15, 'inet': 16, 'date': 17, 'time': 18,
          'smallint': 19, 'tinyint': 20, 'duration': 21}

def split(text):
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == '<') - (c == '>')
        if c == ',' and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return parts + [text[start:].strip()]

def option(kind):
    if kind in NATIVE:
        return struct.pack('>H', NATIVE[kind])
    name, inner = kind.split('<', 1)
    parts = split(inner[:-1])
    if name == 'vector':
        return struct.pack('>H', 0) + string('org.apache.cassandra.db.marshal.VectorType(org.apache.cassandra.db.marshal.FloatType, %s)' % parts[1])
    if name == 'tuple':
        return struct.pack('>HH', 0x31, len(parts)) + b''.join(option(p) for p in parts)
    if name == 'udt':
        fields = [p.split(' ') for p in parts]
        return struct.pack('>H', 0x30) + string('shop') + string('address') + struct.pack('>H', len(fields)) + b''.join(
            string(n) + option(k) for n, k in fields)
    return struct.pack('>H', {'list': 0x20, 'map': 0x21, 'set': 0x22}[name]) + b''.join(option(p) for p in parts)

def varint(n):
    return n.to_bytes((n + (n < 0)).bit_length() // 8 + 1, 'big', signed=True)

def encode(kind, value):
    if value is None:
        return None
    if kind in ('ascii', 'text'):
        return value.encode()
    if kind == 'blob':
        return value
    if kind in ('bigint', 'counter', 'timestamp', 'time'):
        return struct.pack('>q', value)
    if kind == 'int':
        return struct.pack('>i', value)
    if kind == 'smallint':
        return struct.pack('>h', value)
    if kind == 'tinyint':
        return struct.pack('>b', value)
    if kind == 'boolean':
        return b'\1' if value else b'\0'
    if kind == 'double':
        return struct.pack('>d', value)
    if kind == 'float':
        return struct.pack('>f', value)
    if kind == 'date':
        return struct.pack('>I', value + 2 ** 31)
    if kind == 'varint':
        return varint(value)
    if kind == 'decimal':
        return struct.pack('>i', value[1]) + varint(value[0])
    if kind in ('uuid', 'timeuuid'):
        return value.bytes
    if kind == 'inet':
        return ipaddress.ip_address(value).packed
    if kind == 'duration':
        return b''.join(bytes([n << 1]) for n in value)
    name, inner = kind.split('<', 1)
    parts = split(inner[:-1])
    if name in ('list', 'set'):
        return struct.pack('>i', len(value)) + b''.join(blob(encode(parts[0], v)) for v in value)
    if name == 'map':
        return struct.pack('>i', len(value)) + b''.join(blob(encode(parts[0], k)) + blob(encode(parts[1], v)) for k, v in value.items())
    if name == 'tuple':
        return b''.join(blob(encode(k, v)) for k, v in zip(parts, value))
    if name == 'udt':
        return b''.join(blob(encode(p.split(' ')[1], v)) for p, v in zip(parts, value))
    if name == 'vector':
        return struct.pack('>%df' % len(value), *value)
    raise ValueError(kind)

# --- what the node knows

TABLES = {
    'system.local': {'key': 'text', 'bootstrapped': 'text', 'broadcast_address': 'inet', 'cluster_name': 'text', 'cql_version': 'text',
                     'data_center': 'text', 'host_id': 'uuid', 'listen_address': 'inet', 'native_protocol_version': 'text',
                     'partitioner': 'text', 'rack': 'text', 'release_version': 'text', 'rpc_address': 'inet', 'schema_version': 'uuid',
                     'tokens': 'set<text>'},
    'system.peers': {'peer': 'inet', 'data_center': 'text', 'host_id': 'uuid', 'rack': 'text', 'release_version': 'text',
                     'rpc_address': 'inet', 'schema_version': 'uuid', 'tokens': 'set<text>'},
    'system.peers_v2': {'peer': 'inet', 'peer_port': 'int', 'data_center': 'text', 'host_id': 'uuid', 'native_address': 'inet',
                        'native_port': 'int', 'rack': 'text', 'release_version': 'text', 'schema_version': 'uuid', 'tokens': 'set<text>'},
    'system_auth.roles': {'role': 'text', 'can_login': 'boolean', 'is_superuser': 'boolean', 'salted_hash': 'text'},
    'shop.users': {'id': 'int', 'name': 'text', 'email': 'text', 'password': 'text', 'age': 'int'},
    'shop.orders': {'id': 'uuid', 'customer': 'int', 'item': 'text', 'quantity': 'smallint', 'price': 'decimal', 'placed': 'timestamp'},
    'shop.settings': {'name': 'text', 'value': 'text'},
    'shop.hits': {'page': 'text', 'n': 'counter'},
    'shop.log': {'day': 'date', 'at': 'timeuuid', 'line': 'text'},
    'shop.zoo': {'a_ascii': 'ascii', 'b_bigint': 'bigint', 'c_blob': 'blob', 'd_boolean': 'boolean', 'e_decimal': 'decimal',
                 'f_double': 'double', 'g_float': 'float', 'h_inet': 'inet', 'i_int': 'int', 'j_list': 'list<int>', 'k_map': 'map<text,int>',
                 'l_set': 'set<text>', 'm_timestamp': 'timestamp', 'n_timeuuid': 'timeuuid', 'o_tuple': 'tuple<int,text>',
                 'p_uuid': 'uuid', 'q_varint': 'varint', 'r_date': 'date', 's_time': 'time', 't_smallint': 'smallint', 'u_tinyint': 'tinyint',
                 'v_duration': 'duration', 'w_udt': 'udt<street text,zip int>', 'x_vector': 'vector<float, 3>', 'y_null': 'text'},
}
ZOO = ['plain', 9007199254740993, b'\x00\xffbytes', True, (-12345, 2), 2.5, 0.1, '2001:db8::1', -7, [1, 2, 3], {'one': 1, 'two': 2},
       ['red', 'white'], 1767225600123, uuid.UUID('50554d6e-29bb-11e5-b345-feff819cdc9f'), (1, 'x'),
       uuid.UUID('123e4567-e89b-42d3-a456-426614174000'), -123456789012345678901234567890, 20454, 45296000000789, 300, -5, (1, 2, 3),
       ('Quay 1', 20457), [0.5, -1.0, 0.25], None]

def release(version):
    return '4.0.11' if version >= 5 else '3.11.17'

class Failure(Exception):
    def __init__(self, code, message, extra=b''):
        super().__init__(message)
        self.code, self.message, self.extra = code, message, extra

def failures(version, count):
    if version < 5:
        return struct.pack('>i', count)
    return struct.pack('>i', count) + b''.join(b'\4' + bytes([10, 20, 0, 26 + i]) + struct.pack('>H', 1 + i) for i in range(count))

def fail(name, version):
    cl = struct.pack('>H', 4)
    book = {
        'server': (0x0000, 'java.lang.NullPointerException', b''),
        'unavailable': (0x1000, 'Cannot achieve consistency level QUORUM', cl + struct.pack('>ii', 2, 1)),
        'overloaded': (0x1001, 'Too many in flight requests', b''),
        'bootstrapping': (0x1002, 'Cannot read from a bootstrapping node', b''),
        'truncate': (0x1003, 'Error during truncate: Cannot achieve consistency level ALL', b''),
        'write_timeout': (0x1100, 'Operation timed out - received only 1 responses.', cl + struct.pack('>ii', 1, 2) + string('SIMPLE')),
        'cas_timeout': (0x1100, 'CAS operation timed out - encountered contentions',
                        struct.pack('>Hii', 8, 1, 2) + string('CAS') + (struct.pack('>H', 3) if version >= 5 else b'')),
        'read_timeout': (0x1200, 'Operation timed out - received only 1 responses.', cl + struct.pack('>ii', 1, 2) + b'\1'),
        'read_failure': (0x1300, 'Operation failed - received 0 responses and 2 failures', cl + struct.pack('>ii', 0, 2) + failures(version, 2) + b'\0'),
        'function_failure': (0x1400, "execution of 'shop.tax[decimal]' failed: java.lang.ArithmeticException", string('shop') + string('tax') + strings(['decimal'])),
        'write_failure': (0x1500, 'Operation failed - received 0 responses and 1 failures', cl + struct.pack('>ii', 0, 1) + failures(version, 1) + string('BATCH')),
        'cdc': (0x1600, 'Rejecting mutation to keyspace shop. Free up space in cdc_raw', b''),
        'cas_unknown': (0x1700, 'CAS operation result is unknown - proposal accepted by 1 but not a quorum.', struct.pack('>Hii', 8, 1, 2)),
        'unauthorized': (0x2100, 'User auditor has no SELECT permission on <table shop.payroll> or any of its parents', b''),
        'invalid': (0x2200, 'unconfigured table nowhere', b''),
        'config': (0x2300, "Cannot drop non existing keyspace 'warehouse'.", b''),
        'exists': (0x2400, 'Cannot add already existing table "users" to keyspace "shop"', string('shop') + string('users')),
        'exists_keyspace': (0x2400, 'Cannot add existing keyspace "shop"', string('shop') + string('')),
    }
    return Failure(*book[name])

# --- the book of statements

def metadata(table, columns, version, paging=None, none=False, new_id=None):
    flags = (0 if none else 1) | (2 if paging else 0) | (4 if none else 0) | (8 if new_id else 0)
    out = struct.pack('>ii', flags, len(columns))
    if paging:
        out += blob(paging)
    if new_id:
        out += struct.pack('>H', len(new_id)) + new_id
    if none:
        return out
    keyspace, name = table.split('.')
    return out + string(keyspace) + string(name) + b''.join(string(n) + option(k) for n, k in columns)

class Rows:
    def __init__(self, table, columns, rows, paging=None, loose=False):
        self.table, self.columns, self.rows, self.paging, self.loose = table, columns, rows, paging, loose

    def body(self, version, skip):
        head = metadata(self.table, self.columns, version, self.paging, skip)
        if self.loose:   # every column with its own table
            head = struct.pack('>ii', 0, len(self.columns)) + b''.join(
                b''.join(string(p) for p in self.table.split('.')) + string(n) + option(k) for n, k in self.columns)
        return struct.pack('>i', 2) + head + struct.pack('>i', len(self.rows)) + b''.join(
            blob(encode(k, v)) for row in self.rows for (_, k), v in zip(self.columns, row))

VOID = struct.pack('>i', 1)

def schema(change, target, *names):
    return struct.pack('>i', 5) + string(change) + string(target) + b''.join(string(n) for n in names)

def table_of(query, keyspace):
    found = re.search(r'(?:FROM|INTO|UPDATE|TABLE(?: IF NOT EXISTS)?|TRUNCATE)\s+"?([\w.]+)', query, re.I)
    name = found.group(1) if found else ''
    return name if '.' in name or not keyspace else keyspace + '.' + name

def selected(query, table):
    columns = TABLES[table]
    names = re.search(r'SELECT\s+(?:DISTINCT\s+)?(.*?)\s+FROM', query, re.I | re.S).group(1)
    return list(columns.items()) if names == '*' else [(n.strip(), columns[n.strip()]) for n in names.split(',')]

def markers(query, table):
    """Names and types of the bind markers."""
    columns = TABLES.get(table, {})
    insert = re.search(r'INSERT INTO\s+[\w.]+\s*\(([^)]*)\)', query, re.I)
    out = []
    if insert:
        out = [(n.strip(), columns[n.strip()]) for n in insert.group(1).split(',')]
    tail = query[insert.end():] if insert else query
    for what, name in re.findall(r'(?:(\w+)\s*(?:=|>=|<=|>|<|\+)\s*|(LIMIT|TTL)\s+)(?:\?|:\w+)', tail, re.I):
        if name:
            out.append(('[%s]' % name.lower(), 'int'))
        elif what in columns:
            out.append((what, columns[what] if columns[what] != 'counter' else 'counter'))
    return out

def rows_of(query, table, values, version, page, state, address):
    columns = selected(query, table)
    everything = list(TABLES[table])
    def pick(row):
        return [row[everything.index(n)] for n, _ in columns]
    if table == 'system.local':
        row = ['local', 'COMPLETED', address, 'Harbour', '3.4.5', 'dc1', LOCAL, address, str(version),
               'org.apache.cassandra.dht.Murmur3Partitioner', 'rack1', release(version), address, LOCAL, ['0']]
        return Rows(table, columns, [pick(row)])
    if table.startswith('system.peers'):
        return Rows(table, columns, [])
    if table == 'system_auth.roles':
        return Rows(table, columns, [pick(['harbour', True, False, '$2a$10$S3CRET-cassandra-9hash'])])
    if table == 'shop.zoo':
        return Rows(table, columns, [pick(ZOO)])
    if table == 'shop.log':
        return Rows(table, columns, [pick([20454, uuid.UUID(int=(0x50554d6e29bb11e5b345feff819c0000 + i)), 'crane %02d moved container %06d of the morning ship' % (i % 7, i)])
                                     for i in range(2400)])
    if table == 'shop.settings':
        return Rows(table, columns, [pick(['feed', 'postgres://feed:S3CRET-cassandra-8@db.harbour.example/feed']), pick(['colour', 'blue'])], loose=True)
    if table == 'shop.users':
        if values and values[0] is not None and len(values[0]) == 4 and 'WHERE' in query.upper():
            n = struct.unpack('>i', values[0])[0]
            return Rows(table, columns, [pick([n, 'user %d' % n, 'user%d@harbour.example' % n, 'S3CRET-cassandra-10', 20 + n % 50])])
        total = 7
        start = struct.unpack('>i', state)[0] if state else 0
        size = page if page and page > 0 else total
        some = [pick([n, 'user %d' % n, 'user%d@harbour.example' % n, 'S3CRET-cassandra-10', 20 + n % 50]) for n in range(start, min(total, start + size))]
        return Rows(table, columns, some, struct.pack('>i', start + size) if start + size < total else None)
    return Rows(table, columns, [])

class Connection(asyncio.Protocol):
    prepared = {}

    def __init__(self, address, auth):
        self.address, self.auth = address, auth
        self.data, self.compression, self.segments, self.large = b'', None, False, b''
        self.keyspace, self.user, self.registered = None, None, False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.data += data
        while self.segments and self.take_segment():
            pass
        while not self.segments and self.take_frame():
            pass

    def take_frame(self):
        if len(self.data) < 9:
            return False
        version, flags, stream, op, length = struct.unpack('>BBhBi', self.data[:9])
        if len(self.data) < 9 + length:
            return False
        body, self.data = self.data[9:9 + length], self.data[9 + length:]
        if flags & 1 and body:
            body = lz4.block.decompress(body[4:], int.from_bytes(body[:4], 'big')) if self.compression == 'lz4' else snappy.decompress(body)
        self.frame(version, flags, stream, op, body)
        return True

    def take_segment(self):
        size = 5 if self.compression else 3
        if len(self.data) < size + 3:
            return False
        head = int.from_bytes(self.data[:size], 'little')
        assert crc24(self.data[:size]) == int.from_bytes(self.data[size:size + 3], 'little')
        length = head & 0x1ffff
        if len(self.data) < size + 3 + length + 4:
            return False
        payload, self.data = self.data[size + 3:size + 3 + length], self.data[size + 3 + length + 4:]
        if self.compression and (head >> 17) & 0x1ffff:
            payload = lz4.block.decompress(payload, (head >> 17) & 0x1ffff)
        self.large += payload
        while len(self.large) >= 9:
            version, flags, stream, op, n = struct.unpack('>BBhBi', self.large[:9])
            if len(self.large) < 9 + n:
                break
            body, self.large = self.large[9:9 + n], self.large[9 + n:]
            self.frame(version, flags, stream, op, body)
        return True

    def send(self, version, stream, op, body, flags=0):
        if self.segments:
            envelope = struct.pack('>BBhBi', 0x80 | version, flags, stream, op, len(body)) + body
            pieces = [envelope[i:i + 0x1ffff] for i in range(0, len(envelope), 0x1ffff)]
            self.transport.write(b''.join(self.segment(p, len(pieces) == 1) for p in pieces))
            return
        if self.compression and version < 5 and op != 6:
            flags |= 1
            body = struct.pack('>i', len(body)) + lz4.block.compress(body, store_size=False) if self.compression == 'lz4' else snappy.compress(body)
        self.transport.write(struct.pack('>BBhBi', 0x80 | version, flags, stream, op, len(body)) + body)

    def segment(self, payload, whole):
        if self.compression:
            packed, plain = lz4.block.compress(payload, store_size=False), len(payload)
            if len(packed) >= plain:
                packed, plain = payload, 0
            head = (len(packed) | plain << 17 | (1 << 34 if whole else 0)).to_bytes(5, 'little')
        else:
            packed = payload
            head = (len(packed) | (1 << 17 if whole else 0)).to_bytes(3, 'little')
        crc = zlib.crc32(packed, zlib.crc32(b'\xfa\x2d\x55\xca'))
        return head + crc24(head).to_bytes(3, 'little') + packed + crc.to_bytes(4, 'little')

    def frame(self, version, flags, stream, op, body):
        if version > 5:
            self.send(5, stream, 0, struct.pack('>i', 10) + string('Invalid or unsupported protocol version (%d); the lowest supported version is 3 and the greatest is 5' % version))
            return
        reader = Reader(body)
        payload = reader.bytes_map() if flags & 4 else None
        delay = 0
        try:
            op, out, extra, delay = self.answer(version, op, reader, payload)
        except Failure as f:
            op, out, extra = 0, struct.pack('>i', f.code) + string(f.message) + f.extra, {}
        head, more = b'', 0
        if flags & 2 and op == 8:
            head, more = TRACE.bytes, 2
        if extra.get('warnings'):
            head, more = head + strings(extra['warnings']), more | 8
        if payload and op == 8:
            head, more = head + struct.pack('>H', len(payload)) + b''.join(string(k) + blob(v) for k, v in payload.items()), more | 4
        if delay:
            asyncio.get_running_loop().call_later(delay, self.send, version, stream, op, head + out, more)
        else:
            self.send(version, stream, op, head + out, more)
        if extra.get('segments'):
            self.segments = True

    def answer(self, version, op, r, payload):
        if op == 5:
            return 6, struct.pack('>H', 3) + string('CQL_VERSION') + strings(['3.4.5']) + string('COMPRESSION') + strings(
                ['snappy', 'lz4']) + string('PROTOCOL_VERSIONS') + strings(['3/v3', '4/v4', '5/v5']), {}, 0
        if op == 1:
            options = r.string_map()
            self.compression = options.get('COMPRESSION')
            if self.auth:
                return 3, string('org.apache.cassandra.auth.PasswordAuthenticator'), {'segments': version == 5}, 0
            return 2, b'', {'segments': version == 5}, 0
        if op == 15:
            _, user, password = r.blob().split(b'\0')
            if USERS.get(user.decode()) != password.decode():
                raise Failure(0x0100, 'Provided username %s and/or password are incorrect' % user.decode())
            self.user = user.decode()
            return 16, blob(None), {}, 0
        if self.auth and not self.user:
            raise Failure(0x000a, 'Unexpected message %d, expecting SASL_RESPONSE' % op)
        if op == 11:
            r.string_list()
            self.registered = True
            for n, event in enumerate(EVENTS):
                asyncio.get_running_loop().call_later(0.4 + n / 10, self.send, version, -1, 12, event)
            return 2, b'', {}, 0
        if op == 7:
            query = r.long_string()
            return self.execute(version, query, *r.parameters(version), None)
        if op == 9:
            query = r.long_string()
            return 8, self.prepare(version, query), {}, 0
        if op == 10:
            identity = r.short_bytes()
            if version >= 5:
                r.short_bytes()
            if identity not in self.prepared or 'forgotten' in self.prepared[identity] and self.forget(identity):
                raise Failure(0x2500, 'Prepared query with ID %s not found (either the query was not prepared on this host (maybe the host has been restarted?) or you have prepared too many queries and it has been evicted from the internal cache)' % identity.hex(), struct.pack('>H', len(identity)) + identity)
            return self.execute(version, self.prepared[identity], *r.parameters(version), identity)
        if op == 13:
            return 8, VOID, {}, 0
        raise Failure(0x000a, 'Unknown opcode %d' % op)

    forgot = set()

    def forget(self, identity):
        if identity in self.forgot:
            return False
        self.forgot.add(identity)
        return True

    def prepare(self, version, query):
        identity = hashlib.md5(((self.keyspace or '') + query).encode()).digest()
        self.prepared[identity] = query
        table = table_of(query, self.keyspace)
        specs = markers(query, table)
        out = struct.pack('>i', 4) + struct.pack('>H', 16) + identity
        if version >= 5:
            out += struct.pack('>H', 16) + hashlib.md5(b'result ' + identity).digest()
        keys = [i for i, (n, _) in enumerate(specs) if n in ('id', 'name', 'page')][:1]
        out += struct.pack('>ii', 1, len(specs))
        if version >= 4:
            out += struct.pack('>i', len(keys)) + b''.join(struct.pack('>H', k) for k in keys)
        keyspace, name = table.split('.')
        out += string(keyspace) + string(name) + b''.join(string(n) + option(k) for n, k in specs)
        if query.lstrip().upper().startswith('SELECT'):
            return out + metadata(table, selected(query, table), version)
        return out + struct.pack('>ii', 4, 0)

    def execute(self, version, query, values, page, state, skip, identity):
        upper = query.strip().upper()
        extra = {}
        failing = re.search(r'fail_(\w+)', query)
        if failing:
            raise fail(failing.group(1), version)
        if upper.startswith('USE'):
            self.keyspace = query.split()[1].strip('";')
            return 8, struct.pack('>i', 3) + string(self.keyspace), extra, 0
        if 'SELEC ' in upper:
            raise Failure(0x2000, "line 1:0 no viable alternative at input 'SELEC' ([SELEC]...)")
        if upper.startswith(('CREATE ROLE', 'ALTER ROLE')):
            if 'WITH PASSWORDS' in upper:
                raise Failure(0x2000, "line 1:22 mismatched input 'PASSWORDS' expecting K_PASSWORD (%s)" % query)
            return 8, VOID, extra, 0
        if upper.startswith(('CREATE', 'ALTER', 'DROP')):
            change = {'C': 'CREATED', 'A': 'UPDATED', 'D': 'DROPPED'}[upper[0]]
            if 'KEYSPACE' in upper:
                return 8, schema(change, 'KEYSPACE', 'shop'), extra, 0
            if 'FUNCTION' in upper:
                return 8, schema(change, 'FUNCTION', 'shop', 'tax') + strings(['decimal']), extra, 0
            if 'TYPE' in upper:
                return 8, schema(change, 'TYPE', 'shop', 'address'), extra, 0
            return 8, schema(change, 'TABLE', *table_of(query if 'TABLE' in upper else query.replace(' ON ', ' FROM '), self.keyspace).split('.')), extra, 0
        if upper.startswith('SELECT'):
            table = table_of(query, self.keyspace)
            if table not in TABLES:
                raise fail('invalid', version)
            if 'COUNT' in upper:
                extra['warnings'] = ['Aggregation query used without partition key']
                return 8, Rows(table, [('count', 'bigint')], [[7]]).body(version, False), extra, 0
            rows = rows_of(query, table, values, version, page, state, self.address)
            delay = 0
            if identity and table == 'shop.users' and values:
                delay = (struct.unpack('>i', values[0])[0] * 37 % 20) / 500
            return 8, rows.body(version, skip), extra, delay
        if ' IF ' in upper:
            if 'NOT EXISTS' in upper:
                return 8, Rows('shop.settings', [('[applied]', 'boolean'), ('name', 'text'), ('value', 'text')], [[False, 'colour', 'blue']]).body(version, False), extra, 0
            return 8, Rows(table_of(query, self.keyspace), [('[applied]', 'boolean')], [[True]]).body(version, False), extra, 0
        return 8, VOID, extra, 0

class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def string(self):
        return self.take(self.number('>H')).decode()

    def long_string(self):
        return self.take(self.number('>i')).decode()

    def short_bytes(self):
        return self.take(self.number('>H'))

    def blob(self):
        n = self.number('>i')
        return self.take(n) if n >= 0 else None

    def string_list(self):
        return [self.string() for _ in range(self.number('>H'))]

    def string_map(self):
        return {self.string(): self.string() for _ in range(self.number('>H'))}

    def bytes_map(self):
        return {self.string(): self.blob() for _ in range(self.number('>H'))}

    def parameters(self, version):
        self.number('>H')
        flags = self.number('>I' if version >= 5 else '>B')
        values = []
        if flags & 1:
            for _ in range(self.number('>H')):
                if flags & 0x40:
                    self.string()
                values.append(self.blob())
        page = self.number('>i') if flags & 4 else None
        state = self.blob() if flags & 8 else None
        return values, page, state, bool(flags & 2)

def crc24(data):
    crc = 0x875060
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1974f0b
    return crc

def inet(address, port):
    packed = ipaddress.ip_address(address).packed
    return bytes([len(packed)]) + packed + struct.pack('>i', port)

EVENTS = [
    string('STATUS_CHANGE') + string('DOWN') + inet('10.20.0.26', 9042),
    string('STATUS_CHANGE') + string('UP') + inet('10.20.0.26', 9042),
    string('TOPOLOGY_CHANGE') + string('REMOVED_NODE') + inet('2001:db8:20::26', 9042),
    string('SCHEMA_CHANGE') + string('CREATED') + string('TABLE') + string('shop') + string('returns'),
    string('SCHEMA_CHANGE') + string('DROPPED') + string('FUNCTION') + string('shop') + string('tax') + strings(['decimal']),
]

async def main():
    address, auth = sys.argv[1], '--auth' in sys.argv
    if '--quiet' in sys.argv:
        EVENTS.clear()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(address, auth), address, 9042)
    async with server:
        await server.serve_forever()

asyncio.run(main())
