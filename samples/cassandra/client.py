#!/usr/bin/python3
"""The clients that are Python: DataStax' driver against the scripted server, for compression and for v5. `client.py WHAT ADDRESS VERSION [COMPRESSION]`"""
import logging
import sys
import time

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT
from cassandra.policies import DCAwareRoundRobinPolicy, FallthroughRetryPolicy
from cassandra.query import BatchStatement, BatchType, SimpleStatement
from cassandra import ConsistencyLevel

logging.basicConfig(level=logging.WARNING)
what, address, version = sys.argv[1], sys.argv[2], int(sys.argv[3])
compression = sys.argv[4] if len(sys.argv) > 4 else False

profile = ExecutionProfile(load_balancing_policy=DCAwareRoundRobinPolicy('dc1'), retry_policy=FallthroughRetryPolicy(), request_timeout=20)
cluster = Cluster([address], protocol_version=version, compression=compression, schema_metadata_enabled=False, token_metadata_enabled=False,
                  idle_heartbeat_interval=0, monitor_reporting_enabled=False, execution_profiles={EXEC_PROFILE_DEFAULT: profile},
                  auth_provider=PlainTextAuthProvider('harbour', 'S3CRET-cassandra-1') if what == 'login' else None)
session = cluster.connect()

def attempt(query, *values):
    try:
        return session.execute(query, *values)
    except Exception as error:
        print(type(error).__name__)

session.execute('USE shop')
insert = session.prepare('INSERT INTO users (id, name, email, age) VALUES (?, ?, ?, ?)')
insert.consistency_level = ConsistencyLevel.QUORUM
session.execute(insert, (1, 'Anna Ross', 'anna@harbour.example', 41))
session.execute(insert, (2, 'Zoë ' + 'long ' * 40, None, 17))
session.execute(SimpleStatement("UPDATE users SET age = 18 WHERE id = 2 IF age = 17", serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL))
select = session.prepare('SELECT id, name, age FROM users WHERE id = ?')
futures = [session.execute_async(select, (n,)) for n in range(6)]
for future in futures:
    future.result()
batch = BatchStatement(batch_type=BatchType.UNLOGGED)
batch.add(insert, (3, 'Mei', 'mei@harbour.example', 33))
batch.add('DELETE FROM users WHERE id = 4')
session.execute(batch)
session.execute(SimpleStatement('SELECT * FROM users', fetch_size=100))
if what == 'large':
    # Longer than a segment in both directions.
    session.execute(SimpleStatement('SELECT day, at, line FROM log', fetch_size=5000))
    note = session.prepare('INSERT INTO settings (name, value) VALUES (?, ?)')
    session.execute(note, ('note', 'ship after ship ' * 9000))
    attempt('SELECT * FROM shop.fail_read_failure')
    attempt('SELECT * FROM shop.fail_cas_timeout')
time.sleep(0.2)
cluster.shutdown()
