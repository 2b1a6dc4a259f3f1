create table goods (id int primary key, name text);
copy goods from stdin;
1	rope
2	sail
3	anchor
\.
copy goods to stdout with (format csv, header);
copy (select id from goods where id > 1) to stdout;
copy goods from stdin;
4	chain
five	buoy
\.
select count(*) from goods;
