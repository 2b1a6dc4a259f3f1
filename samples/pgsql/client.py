"""The parts of the conversation that psql cannot play: psycopg (libpq) and asyncpg."""
import asyncio
import datetime as dt
import decimal
import os
import sys
import threading
import time
import uuid

import psycopg
from psycopg import pq


def connect(**more):
    return psycopg.connect(autocommit=True, **more)


def quiet(call):
    try:
        return call()
    except psycopg.Error as error:
        return error


def extended():
    with connect(application_name='ledger') as db:
        db.execute('create table if not exists things (id int8, name text, price numeric, made date, at timestamptz, data bytea, doc jsonb, tags text[], uid uuid, ok bool, took interval)')
        row = (7, 'Tau; "dick"', decimal.Decimal('12.50'), dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 12, 30, 15, 250000, dt.timezone.utc),
               b'\x00\x01\xff', psycopg.types.json.Jsonb({'a': [1, None]}), ['x', 'y z'], uuid.UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8'), True, dt.timedelta(days=1, seconds=3))
        insert = 'insert into things values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)'
        db.execute(insert, row)
        db.execute(insert.replace('%s', '%b'), row)
        db.execute(insert, (8, None, -0.5, None, None, None, None, [], None, False, None))
        for n in range(3):
            db.execute('select id, name from things where id > %s', (n,), prepare=True).fetchall()
        db.execute('select * from things', binary=True).fetchall()
        db.execute('select * from things where price > %b', (decimal.Decimal('-1'),), binary=True).fetchall()
        quiet(lambda: db.execute('select wrong from things where id = %s', (1,)))
        quiet(lambda: db.execute('select 1 / (id - %s) from things', (7,)))
        db.execute('')
        with db.transaction():
            with db.cursor('slow') as cursor:
                cursor.itersize = 10
                cursor.execute('select * from generate_series(1, %s) n', (25,))
                cursor.fetchall()
        db.execute('deallocate all')
        with db.pipeline() as pipeline:
            db.execute('select %s::int', (1,))
            db.execute('select %s::text', ('two',))
            pipeline.sync()
        try:
            with db.pipeline():
                db.execute('select %s::int', (3,))
                db.execute('select no_such_column, %s::int', (4,))
                db.execute('select %s::int', (5,))
        except psycopg.Error:
            pass
        db.execute('drop table things')


async def binary_main():
    import asyncpg
    db = await asyncpg.connect(server_settings={'application_name': 'chart'})
    await db.execute('create table marks (id int8, i2 int2, i4 int4, f4 float4, f8 float8, n numeric, name text, data bytea, uid uuid, d date, t time, ts timestamp, tz timestamptz, iv interval, j json, jb jsonb, tags text[], ns int4[], ok bool, addr inet)')
    values = (2 ** 53 + 1, -2, 70000, 1.5, -0.1, decimal.Decimal('-1234567.8900'), 'Möwe', b'\xde\xad', uuid.UUID(int=1), dt.date(1969, 12, 31), dt.time(23, 59, 59, 1),
              dt.datetime(1999, 12, 31, 23, 59, 59), dt.datetime(2001, 2, 3, 4, 5, 6, 7, dt.timezone.utc), dt.timedelta(days=400, hours=-5), '{"a": 1}', '{"b": null}',
              ['a', None, 'c,"d"'], [1, 2, 3], True, '10.20.0.0/16')
    insert = 'insert into marks values (%s)' % ', '.join('$%d' % (n + 1) for n in range(len(values)))
    await db.execute(insert, *values)
    await db.fetch('select * from marks where id = $1', 2 ** 53 + 1)
    select = await db.prepare('select i4, name from marks where i4 > $1')
    for n in (1, 2, 3):
        await select.fetch(n)
    await db.executemany('insert into marks (id, name) values ($1, $2)', [(n, 'buoy %d' % n) for n in range(20)])
    async with db.transaction():
        cursor = await db.cursor('select id from marks order by id')
        await cursor.fetch(8)
        await cursor.fetch(8)
        await cursor.fetch(8)
    try:
        await db.execute('insert into marks (i2) values ($1)', 'not a number')
    except Exception:
        pass
    try:
        await db.fetch('select 1 / $1::int', 0)
    except asyncpg.PostgresError:
        pass
    await db.copy_records_to_table('marks', records=[(90, 'a'), (91, 'b')], columns=['id', 'name'])
    await db.execute('drop table marks')
    await db.close()


def copy():
    with connect() as db:
        try:
            with db.cursor() as cursor, cursor.copy('copy goods from stdin') as stream:
                stream.write(b'8\tbell\n')
                raise RuntimeError('changed my mind')
        except (RuntimeError, psycopg.Error):
            pass
        with db.cursor() as cursor, cursor.copy('copy goods from stdin') as stream:
            for n in range(20, 40):
                stream.write_row((n, 'lamp %d' % n))
        with db.cursor() as cursor, cursor.copy('copy goods to stdout (format binary)') as stream:
            for _ in stream:
                pass
        db.execute('drop table goods')


def cancel():
    db = connect()
    threading.Timer(0.5, db.cancel).start()
    quiet(lambda: db.execute('select pg_sleep(%s)', (20,)))
    db.execute('listen jobs')
    other = connect()
    other.execute("notify jobs, 'unload pier 4'")
    other.execute("select pg_notify('jobs', 'load pier 5')")
    time.sleep(0.2)
    db.execute('select 1')
    other.execute('select pg_terminate_backend(%s)', (db.info.backend_pid,))
    time.sleep(0.2)
    quiet(lambda: db.execute('select 2'))
    raw = other.pgconn
    raw.send_query(b'begin')
    while raw.get_result():
        pass
    other.execute('rollback')
    other.close()


async def secrets_main():
    import asyncpg
    db = await asyncpg.connect()
    await db.execute('insert into accounts (id, name, password) values ($1, $2, $3)', 30, 'pilot', 'S3CRET-pgsql-30')
    try:
        await db.execute('insert into accounts (id, name, password) values ($1, $2, $3)', 31, 'pilot', 'S3CRET-pgsql-30')
    except asyncpg.PostgresError:
        pass
    await db.fetch('select password from accounts where password like $1', 'S3CRET-pgsql-30')
    await db.close()


def secrets():
    with connect() as db:
        db.execute('update accounts set password = %s where id = %s', ('S3CRET-pgsql-31', 5))
        db.execute('select id from accounts where name = %s and password = %s', ('lotse', 'S3CRET-pgsql-31'))
        quiet(lambda: db.execute('insert into accounts (id, name, password) values (%s, %s, %s)', (-1, 'x', 'S3CRET-pgsql-32')))
        db.execute('select set_config(%s, %s, false)', ('app.password', 'S3CRET-pgsql-33'))
        db.execute('select %s::text', ('host=db password=S3CRET-pgsql-34',))
    asyncio.run(secrets_main())


if __name__ == '__main__':
    scene = sys.argv[1]
    if scene == 'binary':
        asyncio.run(binary_main())
    else:
        globals()[scene]()
