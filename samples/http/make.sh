#!/bin/bash
# Regenerates samples/http/*.pcap: nginx on 10.20.0.80, and for what nginx cannot say a small Python server on 10.20.0.81.
. "$(dirname "$0")/../lab.sh"
lab_need nginx:nginx-light curl:curl openssl:openssl node:nodejs
lab_enter "$@"
lab_cable

mkdir -p www/upload temp
python3 "$HERE/files.py" www
node -e "
const fs = require('node:fs'), zlib = require('node:zlib')
const text = fs.readFileSync('www/harbour.html')
fs.writeFileSync('harbour.br', zlib.brotliCompressSync(text))
fs.writeFileSync('harbour.zlib', zlib.deflateSync(text))"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=www.harbour.example -keyout key.pem -out cert.pem 2>openssl.log
printf 'anna:%s\n' "$(openssl passwd -apr1 S3CRET-http-2)" >people
chown -R www-data www/upload temp
chmod 644 people

cat >nginx.conf <<CF
user www-data;
worker_processes 1;
pid $LAB/nginx.pid;
error_log $LAB/nginx.log warn;
events { worker_connections 64; }
http {
  include /etc/nginx/mime.types;
  access_log off;
  server_tokens on;
  client_body_temp_path $LAB/temp/body;
  proxy_temp_path $LAB/temp/proxy;
  fastcgi_temp_path $LAB/temp/fastcgi;
  uwsgi_temp_path $LAB/temp/uwsgi;
  scgi_temp_path $LAB/temp/scgi;
  server {
    listen 10.20.0.80:80;
    listen [2001:db8:20::25]:80;
    listen 10.20.0.80:443 ssl;
    server_name www.harbour.example;
    ssl_certificate $LAB/cert.pem;
    ssl_certificate_key $LAB/key.pem;
    root $LAB/www;
    location = /old-timetable { return 302 /timetable.html; }
    location = /harbour.html { gzip on; gzip_min_length 256; }
    location /api/ { default_type application/json; return 200 '{"ok":true,"method":"\$request_method","berth":7}\n'; }
    location = /login {
      add_header Set-Cookie "session=S3CRET-http-3; Path=/; HttpOnly" always;
      add_header Set-Cookie "theme=dark; Path=/" always;
      return 303 /account;
    }
    location = /token { default_type application/json; return 200 '{"access_token":"S3CRET-http-8","token_type":"Bearer","expires_in":3600}\n'; }
    location = /authorize { return 302 "/callback?state=7#id_token=S3CRET-http-9"; }
    location = /settings { default_type application/json; return 200 '{"database":"postgres://harbour:S3CRET-http-10@10.20.0.54/harbour","hook":"{\\\\"api_key\\\\":\\\\"S3CRET-http-11\\\\",\\\\"berth\\\\":7}"}\n'; }
    location = /account { default_type text/plain; return 200 "Welcome aboard.\n"; }
    location /private/ { auth_basic "harbour office"; auth_basic_user_file $LAB/people; alias $LAB/www/; }
    location /upload/ { dav_methods PUT DELETE; client_max_body_size 200k; }
    location /small/ { dav_methods PUT; client_max_body_size 1k; }
    location = /broken { return 500 "Something sank.\n"; }
    location = /closed { add_header Retry-After 120 always; return 503; }
    location = /dead { proxy_pass http://10.20.0.80:9; }
    location = /late { proxy_pass http://10.20.0.81/sleep; proxy_read_timeout 1s; }
    location = /slow { proxy_pass http://10.20.0.81/slow; }
  }
}
CF
nginx -c "$LAB/nginx.conf" -e "$LAB/nginx.log"
python3 "$HERE/server.py" >server.log 2>&1 &
lab_port 10.20.0.80 80
lab_port 10.20.0.81 80
lab_port 10.20.0.80 3128

WWW=http://www.harbour.example
APP=http://app.harbour.example
fetch() { there curl -sS --max-time 20 "$@" >>curl.out 2>>curl.log; }
client() { there python3 "$HERE/client.py" "$@"; }
NGINX="nginx $(nginx -v 2>&1 | sed 's|.*/||')"
CURL="curl $(curl --version | sed -n '1s/^curl \([0-9.]*\).*/\1/p')"
PY="Python $(python3 -c 'import platform; print(platform.python_version())')"

record get tcp port 80
changed=$(there curl -sSI $WWW/timetable.html | tr -d '\r' | sed -n 's/^Last-Modified: //p')
fetch $WWW/ $WWW/timetable.html '-HX-Forwarded-For: 203.0.113.7, 10.20.0.11' "$WWW/api/berths?from=2026-03-05&to=2026-03-06&q=gr%C3%B6%C3%9Fe+7" $WWW/missing.html $WWW/old-timetable
fetch -L $WWW/old-timetable -H "If-Modified-Since: $changed" --next -H "If-Modified-Since: $changed" $WWW/timetable.html --next -r 100-199 $WWW/harbour.html --next -g "http://[2001:db8:20::25]/timetable.html"
keep 'Keep-alive GETs: 200, a query with escapes, `X-Forwarded-For`, 404, 302 and its target, 304, 206 of a range, HEAD first; one over IPv6' "$NGINX, $CURL"

record head tcp port 80
fetch -I $WWW/harbour.html $WWW/missing.html
fetch -I -H "If-Modified-Since: $changed" $WWW/timetable.html
fetch -X OPTIONS $WWW/ --next -X DELETE $WWW/api/berths/7 --next -X PATCH -H 'Content-Type: application/json' -d '{"berth":8}' $WWW/api/berths/7 --next -X TRACE $WWW/ --next -X BREW $WWW/pot
keep 'HEAD: 200 with a Content-Length and no body, 404, 304; then OPTIONS, DELETE, PATCH, TRACE and an unknown method (405)' "$NGINX, $CURL"

record post tcp port 80
fetch -c jar -d 'user=anna&password=S3CRET-http-1&remember=yes' "$WWW/login"
fetch -b jar "$WWW/account"
fetch --json '{"user":"anna","password":"S3CRET-http-1","berth":7}' "$WWW/api/book"
fetch -u anna:S3CRET-http-2 $WWW/private/timetable.html
fetch -u anna:S3CRET-http-6 $WWW/private/timetable.html
fetch "$WWW/api/berths?token=S3CRET-http-4&berth=7"
fetch -H 'Authorization: Bearer S3CRET-http-7' $WWW/api/berths
fetch -F 'note=two files' -F 'list=@'"$LAB"'/www/packing.csv;type=text/csv' -F 'picture=@'"$LAB"'/www/lamp.png' $APP/echo
keep 'A urlencoded login (`password=S3CRET-http-1`), its session cookie (`S3CRET-http-3`) set and sent back, JSON (`S3CRET-http-1`), Basic auth right (`S3CRET-http-2`) and wrong (`S3CRET-http-6`, 401), a token in the query (`S3CRET-http-4`), a bearer token (`S3CRET-http-7`), multipart/form-data with two files, sent back by our Python server' "$NGINX and $PY socket server, $CURL"

record chunked tcp port 80
client chunked
fetch -H 'Transfer-Encoding: chunked' -T "$LAB/www/packing.csv" $APP/echo
keep 'A chunked response with a chunk extension and trailers, chunks cut across segments; a chunked upload (the server is ours: nginx sends no trailers)' "$PY socket server and client, $CURL"

record gzip tcp port 80
fetch --compressed $WWW/harbour.html
fetch -H 'Accept-Encoding: br' $APP/harbour.br --next -H 'Accept-Encoding: deflate' $APP/harbour.deflate
keep 'The same page as gzip (chunked, from nginx), br and deflate (from our Python server)' "$NGINX and $PY socket server, $CURL"

record pipelined tcp port 80
client pipelined
keep 'RFC 9112 section 9.3.2: five requests in one segment (GET, HEAD, GET 404, POST, GET), answered in order' "$NGINX, $PY socket"

record continue tcp port 80
fetch -H 'Expect: 100-continue' -T "$LAB/www/packing.csv" $WWW/upload/packing.csv
fetch -H 'Expect: 100-continue' -T "$LAB/www/harbour.html" $WWW/small/harbour.html
fetch -H 'Expect: 100-continue' -d 'a=1' $APP/hints
keep 'Expect: 100-continue: an upload that is let in (100, 201), one refused by its size before the body (413), and one that gets 100 and then 103 before its 200' "$NGINX and $PY socket server, $CURL"

record connect tcp port 3128
fetch -p -x http://proxy.harbour.example:3128 $WWW/timetable.html
fetch -k -x http://proxy.harbour.example:3128 https://www.harbour.example/timetable.html
fetch -p -x http://proxy.harbour.example:3128 -U anna:S3CRET-http-5 http://forbidden.harbour.example:25/ || true
fetch -x http://proxy.harbour.example:3128 $WWW/timetable.html
keep 'CONNECT through a proxy on port 3128: plain HTTP inside, TLS inside, one refused with 403 (`Proxy-Authorization` with `S3CRET-http-5`), and a GET with an absolute target' "$PY socket proxy before $NGINX, $CURL"

record upgrade tcp port 80
client websocket
keep 'RFC 6455: a WebSocket handshake (101), masked and unmasked text, a fragmented message, ping and pong, a binary frame of 300 bytes, close' "$PY socket server and client"

record close-delimited tcp port 80
fetch -0 $APP/until-close
fetch -0 $WWW/timetable.html
client ancient
keep 'HTTP/1.0: a body that ends with the connection, nginx answering 1.0, and a 1.0 request without any header' "$PY socket server and $NGINX, $CURL and $PY socket"

record large tcp port 80
fetch -o download $WWW/chart.bin
fetch -T "$LAB/www/log.bin" $WWW/upload/log.bin
cmp download www/chart.bin
keep 'A download of 220,000 bytes and an upload of 90,000 bytes, incompressible' "$NGINX, $CURL"

record errors tcp port 80
fetch $WWW/broken --next $WWW/closed --next $WWW/dead
fetch $WWW/slow
fetch $WWW/late
client broken-off
keep '500, 503 with Retry-After, 502 from a dead upstream, a slow 200 (0.8 s), a 504 after 1 s, a request that is no HTTP (400), a response cut by a reset in the middle of its body, and a request that is never answered' "$NGINX and $PY socket server, $CURL and $PY socket"

record secrets tcp port 80
fetch -c crumbs -d 'user=anna&password=S3CRET-http-1&dsn=mysql://anna:S3CRET-http-12@10.20.0.54/berths' "$WWW/login" --next -b crumbs "$WWW/account"
fetch --json '{"user":"anna","password":"S3CRET-http-1","note":"{\"user\":\"anna\",\"secret\":\"S3CRET-http-13\"}","dsn":"host=10.20.0.54 user=anna password=S3CRET-http-14"}' "$WWW/api/book"
fetch -u anna:S3CRET-http-2 $WWW/private/timetable.html --next -H 'Authorization: Bearer S3CRET-http-7' $WWW/api/berths
fetch --digest -u anna:S3CRET-http-15 $APP/vault
fetch "$WWW/api/berths?token=S3CRET-http-4&filter=%7B%22password%22%3A%22S3CRET-http-16%22%7D" --next --request-target "http://anna:S3CRET-http-17@app.harbour.example/hints" $APP/hints
fetch -e "http://anna:S3CRET-http-18@www.harbour.example/start?session=S3CRET-http-19" -H 'X-Api-Key: S3CRET-http-20' -H 'X-Debug: redis://:S3CRET-http-21@10.20.0.54/0' $WWW/api/berths
fetch -F user=anna -F password=S3CRET-http-22 -F 'settings={"token":"S3CRET-http-23"}' -F 'list=@-;filename=db.env;type=text/plain' $APP/echo <<<'DATABASE_URL=postgres://anna:S3CRET-http-24@10.20.0.54/harbour'
fetch $WWW/token $WWW/authorize $WWW/settings
keep 'A secret in every place that can hold one: Basic, Bearer and Digest, `Cookie` and `Set-Cookie`, query, form, JSON (also inside a string of JSON), connection strings, multipart fields and file, user information in the request target and in `Referer`, `X-Api-Key`, a header nobody knows, tokens in an answer and in a redirect' "$NGINX and $PY socket server, $CURL"

nginx -c "$LAB/nginx.conf" -e "$LAB/nginx.log" -s stop
lab_table
