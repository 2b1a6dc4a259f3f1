import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Dialect, readStatement, splitStatements } from '../../../src/protocols/shared/sql/statement.js'
import { TransactionIds } from '../../../src/protocols/shared/sql/transaction-ids.js'

const mask = () => 'xxxxx'
const facts = (sql: string, dialect: Dialect = 'mysql') => readStatement(sql, dialect, mask)

describe('verb', () => {
  test.each([
    ['select 1', 'SELECT'],
    ['/* web */ insert into t values (1)', 'INSERT'],
    ['-- note\n update t set a = 1', 'UPDATE'],
    ['(select 1) union (select 2)', 'SELECT'],
    ['with a as (select 1) delete from t', 'DELETE'],
    ['/*!40000 alter table t disable keys */', 'ALTER'],
    ['', ''],
    ['/* only a comment */', ''],
  ])('%s', (sql, verb) => expect(facts(sql).verb).toBe(verb))
})

describe('tables', () => {
  test.each<[string, string[], Dialect?]>([
    ['select * from a, b as c join d.e on a.id = e.id', ['a', 'b', 'd.e']],
    ['insert into `shop`.`orders` (id) values (1)', ['shop.orders']],
    ['update only public."Items" set a = 1', ['public.Items'], 'pgsql'],
    ['delete from t where id in (select id from u)', ['t', 'u']],
    ['select substring(name from 2) from people', ['people'], 'pgsql'],
    ['select extract(year from born) from people', ['people'], 'pgsql'],
    ['with x as (select * from real) select * from x', ['real'], 'pgsql'],
    ['select * from generate_series(1, 5)', [], 'pgsql'],
    ['select a is distinct from b from t', ['t'], 'pgsql'],
    ['drop table if exists t', ['t']],
    ['create table t (a int, b text, primary key (a, b))', ['t']],
    ['drop table t, u', ['t', 'u']],
    ['select * from t where a in (1, b), c', ['t']],
    ['select * from t for update', ['t']],
    ['truncate t', ['t']],
    ['copy items (id) from stdin', ['items'], 'pgsql'],
    ['select 1', []],
  ])('%s', (sql, tables, dialect) => expect(facts(sql, dialect).tables).toEqual(tables))
})

describe('fingerprint', () => {
  test.each<[string, string, Dialect?]>([
    ["SELECT * FROM t WHERE id = 5 AND name='x'", 'select * from t where id = ? and name = ?'],
    ['select * from t where id in (1,2,  3)', 'select * from t where id in (?+)'],
    ["insert into t (a, b) values (1,'x'),(2,'y') , (3,'z')", 'insert into t(a, b) values (?+)'],
    ['select count(*) from t -- why\n where a=1', 'select count(*) from t where a = ?'],
    ['select $1::int, data->>$2 from t', 'select ? :: int, data ->> ? from t', 'pgsql'],
    ['select 0xff, 1e-5, -3, null', 'select ?, ?, - ?, ?'],
    ["select 'a''b', \"c\\\"d\"", 'select ?, ?'],
    ["select 'a\\' from t", 'select ? from t', 'pgsql'],
    ["select $q$ it's $q$", 'select ?', 'pgsql'],
    ['select * from t where id = 550e8400-e29b-41d4-a716-446655440000', 'select * from t where id = ?', 'cql'],
    ["select q'[it's]' from dual where a = :id", 'select ? from dual where a = ?', 'oracle'],
  ])('%s', (sql, fingerprint, dialect) => expect(facts(sql, dialect).fingerprint).toBe(fingerprint))

  test('is the same for statements that differ in literals only', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), (n, text) => {
        const quoted = text.replaceAll('\\', '\\\\').replaceAll("'", "''")
        expect(facts(`select a from t where n = ${n < 0 ? -n : n} and s = '${quoted}'`).fingerprint).toBe(
          'select a from t where n = ? and s = ?',
        )
      }),
    )
  })
})

describe('secrets', () => {
  const S = 'S3CRET'
  test.each<[string, Dialect]>([
    [`CREATE USER 'a'@'%' IDENTIFIED BY '${S}'`, 'mysql'],
    [`CREATE USER a IDENTIFIED WITH 'caching_sha2_password' BY '${S}' REPLACE '${S}' REQUIRE SSL`, 'mysql'],
    [`CREATE USER a IDENTIFIED VIA mysql_native_password USING '${S}' OR ed25519 USING PASSWORD('${S}')`, 'mysql'],
    [`SET PASSWORD FOR 'bob'@'%' = PASSWORD('${S}')`, 'mysql'],
    [`SET PASSWORD = '${S}'`, 'mysql'],
    [`set @my_password := "${S}"`, 'mysql'],
    [`CHANGE MASTER TO MASTER_USER='r', MASTER_PASSWORD='${S}', MASTER_PORT=3306`, 'mysql'],
    [`select aes_decrypt(blob_column, '${S}') from t`, 'mysql'],
    [`select * from users where name = 'bob' and password = md5('${S}') and active = 1`, 'mysql'],
    [`select * from users where u.password in ('${S}', "${S}")`, 'mysql'],
    [`insert into users (name, \`password\`, age) values ('bob', '${S}', 5), ('eve', sha1('${S}'), 6)`, 'mysql'],
    [`insert into users (name, api_key) select 'bob', '${S}' from dual`, 'mysql'],
    [`update users set name = 'bob', passwd = concat('${S}', '${S}'), age = 3 where id = 1`, 'mysql'],
    [`/* password=${S} */ select 1`, 'mysql'],
    [`PREPARE s FROM 'create user a identified by ''${S}'''`, 'mysql'],
    [`CREATE ROLE bob LOGIN PASSWORD '${S}' VALID UNTIL '2030-01-01'`, 'pgsql'],
    [`ALTER ROLE bob PASSWORD $$${S}$$`, 'pgsql'],
    [`ALTER USER bob WITH ENCRYPTED PASSWORD E'${S}'`, 'pgsql'],
    [`CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'bob', password '${S}')`, 'pgsql'],
    [`CREATE SUBSCRIPTION s CONNECTION 'host=db user=r password=${S} dbname=x' PUBLICATION p`, 'pgsql'],
    [`select * from dblink('postgresql://bob:${S}@db/x', 'select 1')`, 'pgsql'],
    [`select crypt('${S}', salt) from u`, 'pgsql'],
    [`do $$ begin execute 'alter role bob password ''${S}'''; end $$`, 'pgsql'],
    [`do $$ begin alter role bob password '${S}'; end $$`, 'pgsql'],
    [`insert into logs values ('{"user":"bob","password":"${S}"}')`, 'pgsql'],
    [`CREATE ROLE bob WITH PASSWORD = '${S}' AND LOGIN = true`, 'cql'],
    [`CREATE ROLE bob WITH OPTIONS = {'password': '${S}'}`, 'cql'],
    [`INSERT INTO users JSON '{"name": "bob", "password": "${S}"}'`, 'cql'],
    [`ALTER USER scott IDENTIFIED BY ${S}`, 'oracle'],
    [`ALTER USER scott IDENTIFIED BY "${S}" REPLACE ${S}`, 'oracle'],
    [`CREATE DATABASE LINK l CONNECT TO scott IDENTIFIED BY ${S} USING 'db'`, 'oracle'],
    [`insert into users (name, password) values ('bob', q'[${S}]')`, 'oracle'],
    [`CREATE USER a IDENTIFIED BY '${S}', b IDENTIFIED WITH p AS '${S}', c IDENTIFIED BY _utf8mb4'${S}'`, 'mysql'],
    [`CREATE USER a IDENTIFIED BY PASSWORD '${S}'`, 'mysql'],
    [`CREATE USER a IDENTIFIED BY ${S} PASSWORD EXPIRE`, 'mysql'],
    [`ALTER USER a IDENTIFIED BY /* new */ ${S} ACCOUNT LOCK`, 'mysql'],
    [`/*!50700 ALTER USER a IDENTIFIED BY '${S}' */`, 'mysql'],
    [`GRANT ALL ON *.* TO a IDENTIFIED BY "${S}" WITH GRANT OPTION`, 'mysql'],
    [`SET PASSWORD FOR bob = ${S}`, 'mysql'],
    [`CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD=${S}, SOURCE_PORT=3306`, 'mysql'],
    [`START REPLICA USER='r' PASSWORD='${S}'`, 'mysql'],
    [`CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'r', PASSWORD '${S}', HOST 'db')`, 'mysql'],
    [`-- alter user a identified by '${S}'\nselect 1`, 'mysql'],
    [`ALTER ROLE bob PASSWORD ${S} VALID UNTIL 'infinity'`, 'pgsql'],
    [`ALTER ROLE bob PASSWORD U&'${S}'`, 'pgsql'],
    [`ALTER USER MAPPING FOR bob SERVER s OPTIONS (SET password $x$${S}$x$)`, 'pgsql'],
    [`select dblink_connect('c', 'host=db user=r password=''${S}'' dbname=x')`, 'pgsql'],
    [`COPY t FROM PROGRAM 'curl -u bob:${S} http://h/x'`, 'pgsql'],
    [`COPY t TO PROGRAM 'PGPASSWORD=${S} psql postgresql://bob:${S}@db/x --password ${S}'`, 'pgsql'],
    [`COPY t FROM PROGRAM 'sshpass -p ${S} ssh h | mysql -u bob -p${S} x'`, 'pgsql'],
    [`CREATE ROLE bob WITH PASSWORD = ${S} AND LOGIN = true`, 'cql'],
    [`ALTER USER bob WITH PASSWORD ${S} NOSUPERUSER`, 'cql'],
    [`ALTER ROLE bob WITH PASSWORD = $$${S}$$`, 'cql'],
    [`ALTER ROLE bob WITH HASHED PASSWORD = '${S}'`, 'cql'],
    [`ALTER USER scott IDENTIFIED BY VALUES '${S}'`, 'oracle'],
    [`ALTER USER scott IDENTIFIED/**/BY --x\n ${S} REPLACE "${S}" ACCOUNT UNLOCK`, 'oracle'],
    [`ALTER USER scott IDENTIFIED BY ${S}`, 'oracle'],
    [`ALTER USER scott IDENTIFIED BY "${S}"`, 'oracle'],
    [`GRANT CREATE SESSION TO a, b IDENTIFIED BY ${S}, ${S}`, 'oracle'],
    [`SET ROLE r IDENTIFIED BY ${S}, q IDENTIFIED BY ${S}`, 'oracle'],
    [`begin execute immediate 'alter user a identified by ${S}'; end;`, 'oracle'],
    [`begin execute immediate q'[alter user a identified by ${S}]'; end;`, 'oracle'],
    [`begin execute immediate nq'[alter user a identified by "${S}"]'; end;`, 'oracle'],
    [`/* alter user a identified by ${S} */ select 1 from dual`, 'oracle'],
  ])('%s', (sql, dialect) => {
    const { text, fingerprint } = facts(sql, dialect)
    expect(text).not.toContain(S)
    expect(fingerprint.toUpperCase()).not.toContain(S)
    expect(readStatement(sql, dialect, (t) => t).fingerprint).toBe(fingerprint)
    expect(text).toContain('xxxxx')
    expect(text.replaceAll('xxxxx', S)).toBe(sql)
    expect(readStatement(sql, dialect, (t) => t).text).toBe(sql)
  })

  test.each<[string, Dialect]>([
    ["select name from users where name = 'bob' and age > 3", 'mysql'],
    ["insert into t (a, b) values ('x', 'y')", 'mysql'],
    ["create user 'bob'@'localhost' identified with 'auth_socket'", 'mysql'],
    ["select password from users where name = 'bob'", 'pgsql'],
    ["update users set password = $1, name = 'bob' where id = 7", 'pgsql'],
    ["select max_tokens from m where model = 'x'", 'pgsql'],
  ])('nothing in %s', (sql, dialect) => expect(facts(sql, dialect).text).toBe(sql))

  test.each<[string, string, Dialect]>([
    ['ALTER USER scott IDENTIFIED BY tiger REPLACE "lion"', 'alter user scott identified by ? replace ?', 'oracle'],
    ['ALTER USER scott IDENTIFIED BY begin ACCOUNT UNLOCK', 'alter user scott identified by ? account unlock', 'oracle'],
    ['GRANT CONNECT TO a, b IDENTIFIED BY x, from', 'grant connect to a, b identified by ?, ?', 'oracle'],
    ['ALTER USER scott IDENTIFIED BY !a#b@1$c:d.e PROFILE p', 'alter user scott identified by ? profile p', 'oracle'],
    ['ALTER USER a IDENTIFIED WITH p AS 0x24412430', 'alter user a identified with p as ?', 'mysql'],
    ['ALTER ROLE bob PASSWORD p@ss!w0rd VALID UNTIL now', 'alter role bob password ? valid until now', 'pgsql'],
    ['CREATE USER a IDENTIFIED BY RANDOM PASSWORD PASSWORD EXPIRE', 'create user a identified by random password password expire', 'mysql'],
    ['SET PASSWORD = PASSWORD(x)', 'set password = password(?)', 'mysql'],
    ['create table users (name text, password text)', 'create table users(name text, password text)', 'pgsql'],
    ['ALTER ROLE bob PASSWORD NULL', 'alter role bob password ?', 'pgsql'],
  ])('fingerprint of %s', (sql, fingerprint, dialect) => expect(facts(sql, dialect).fingerprint).toBe(fingerprint))

  test.each<[string, string, Dialect]>([
    ["select crypt('S', gen_salt('bf', 8))", "select crypt('xxxxx', gen_salt('bf', 8))", 'pgsql'],
    ["select crypt('S', '$2a$06$S') = password from u", "select crypt('xxxxx', 'xxxxx') = password from u", 'pgsql'],
    [
      "update u set password = crypt('S', gen_salt('md5')), n = 'x'",
      "update u set password = crypt('xxxxx', gen_salt('md5')), n = 'x'",
      'pgsql',
    ],
    [
      "insert into u (n, pwd) values ('x', crypt('S', gen_salt('bf')))",
      "insert into u (n, pwd) values ('x', crypt('xxxxx', gen_salt('bf')))",
      'pgsql',
    ],
    ["select hmac('S', lower('S'), 'sha256'), 'x'", "select hmac('xxxxx', lower('xxxxx'), 'sha256'), 'x'", 'pgsql'],
    [
      "select pgp_sym_decrypt(dearmor('x'), 'S', 'compress-algo=1')",
      "select pgp_sym_decrypt(dearmor('x'), 'xxxxx', 'compress-algo=1')",
      'pgsql',
    ],
    ["select aes_decrypt(unhex('ab'), 'S')", "select aes_decrypt(unhex('ab'), 'xxxxx')", 'mysql'],
    ["select encode('x', 'hex')", "select encode('x', 'hex')", 'pgsql'],
  ])('arguments of %s', (sql, text, dialect) => expect(facts(sql, dialect).text).toBe(text))

  test('a password that is a keyword changes nothing else', () => {
    const { verb, tables, statements } = facts('ALTER USER scott IDENTIFIED BY begin; select a from t', 'oracle')
    expect([verb, tables, statements]).toEqual(['ALTER', ['t'], 2])
  })

  test('card numbers by their check digit', () => {
    expect(facts("select * from cards where number = '4111 1111 1111 1111' and n = 4111111111111112").text).toBe(
      "select * from cards where number = 'xxxxx' and n = 4111111111111112",
    )
  })

  test.each<[string, Dialect, number[]]>([
    ['update users set password = ?, name = ? where id = ?', 'mysql', [0]],
    ['insert into users (id, name, passwd) values (?, ?, ?), (?, ?, ?)', 'mysql', [2, 5]],
    ['select * from users where name = $2 and password = crypt($1, password)', 'pgsql', [0]],
    ['alter user bob identified by ?', 'mysql', [0]],
    ['insert into users (name, secret) values (:n, :s)', 'oracle', [1]],
    ['select * from t where id = ?', 'mysql', []],
  ])('placeholders of %s', (sql, dialect, params) => expect(facts(sql, dialect).secretParams).toEqual(params))
})

describe('statements', () => {
  test.each<[string, Dialect, string[]]>([
    ['select 1; select 2;', 'pgsql', ['select 1', 'select 2']],
    ['select \';\'; select $$;$$; select ";" /* ; */', 'pgsql', ["select ';'", 'select $$;$$', 'select ";"']],
    [';;', 'pgsql', []],
    [
      'create function f() returns int begin atomic select 1; select 2; end; select 3',
      'pgsql',
      ['create function f() returns int begin atomic select 1; select 2; end', 'select 3'],
    ],
    [
      'create rule r as on insert to t do also (select 1; select 2); select 3',
      'pgsql',
      ['create rule r as on insert to t do also (select 1; select 2)', 'select 3'],
    ],
    ['begin; select 1; commit', 'mysql', ['begin', 'select 1', 'commit']],
    [
      'create procedure p() begin if a then set b = 1; end if; set c = case when 1 then 2 end; end; select 1',
      'mysql',
      ['create procedure p() begin if a then set b = 1; end if; set c = case when 1 then 2 end; end', 'select 1'],
    ],
  ])('%s', (sql, dialect, statements) => {
    expect(splitStatements(sql, dialect, mask)).toEqual(statements)
    expect(facts(sql, dialect).statements).toBe(statements.length)
  })
})

test('transactions', () => {
  const ids = new TransactionIds('f')
  const see = (sql: string) => ids.see(facts(sql, 'pgsql'))
  expect(see('select 1')).toBeUndefined()
  expect(see('begin isolation level serializable')).toBe('f-1')
  expect(see('select 1')).toBe('f-1')
  expect(see('rollback to savepoint a')).toBe('f-1')
  expect(see('commit and chain')).toBe('f-1')
  expect(see('select 1')).toBe('f-2')
  expect(see('rollback')).toBe('f-2')
  expect(see('select 1')).toBeUndefined()
  expect(see('start transaction')).toBe('f-3')
  expect(see('end')).toBe('f-3')
  expect(ids.current).toBeUndefined()
})

test('any text is read to its end', () => {
  const piece = fc.constantFrom(
    "'",
    '"',
    '`',
    '$$',
    '$a$',
    '/*',
    '*/',
    '--',
    '\n',
    '(',
    ')',
    ';',
    'identified by',
    'password',
    '=',
    '?',
    '$1',
    ':n',
    '\\',
    'x',
    ' ',
    'values',
    'insert into t (password)',
    'begin',
    'end',
    '4111111111111111',
    '{',
    ':',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.constantFrom<Dialect>('mysql', 'pgsql', 'cql', 'oracle'), (pieces, dialect) => {
      const sql = pieces.join('')
      expect(readStatement(sql, dialect, (t) => t).text).toBe(sql)
      facts(sql, dialect)
    }),
    { numRuns: 2000 },
  )
})
