create role visitor login password 'S3CRET-pgsql-8';
alter role visitor with encrypted password 'S3CRET-pgsql-9' valid until 'infinity';
create user visitor2 password $$S3CRET-pgsql-10$$;
insert into accounts (id, name, password) values (5, 'lotse', 'S3CRET-pgsql-11');
insert into accounts (id, name, password) values (6, 'lotse', 'S3CRET-pgsql-11');
insert into accounts (id, name, password) values (-7, 'lotse', 'S3CRET-pgsql-12');
update accounts set password = 'S3CRET-pgsql-13' where password = 'S3CRET-pgsql-11';
select id, password from accounts;
select dblink_connect('far', 'host=10.20.0.99 user=anna password=S3CRET-pgsql-14 connect_timeout=1');
create server far foreign data wrapper postgres_fdw options (host '10.20.0.99');
create user mapping for anna server far options (user 'anna', password 'S3CRET-pgsql-15');
create subscription far connection 'host=10.20.0.99 user=anna password=S3CRET-pgsql-16' publication p with (connect = false);
select crypt('S3CRET-pgsql-17', gen_salt('md5')) is not null;
do $$ begin execute 'alter role visitor password ''S3CRET-pgsql-18'''; raise notice 'password=S3CRET-pgsql-19'; end $$;
listen news;
notify news, 'token=S3CRET-pgsql-21';
set app.api_key = 'S3CRET-pgsql-22';
prepare p (text) as select id from accounts where password = $1;
execute p('S3CRET-pgsql-13');
copy accounts (id, password) from stdin;
9	S3CRET-pgsql-23
\.
select rolname, rolpassword from pg_authid where rolname = 'visitor';
alter role visitor password 'S3CRET-pgsql-24' oops;
select 'postgres://anna:S3CRET-pgsql-25@10.20.0.25/shop' as address;
drop subscription far;
