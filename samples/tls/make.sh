#!/bin/bash
# Regenerates samples/tls/*.pcap: nginx and openssl s_server, with keys and certificates that live as long as the script.
. "$(dirname "$0")/../lab.sh"
lab_need openssl:openssl nginx:nginx-light curl:curl
lab_enter "$@"
lab_cable

# ---- certificates: a root, an office in between, leaves ----------------------------------------------------------------

mkdir -p ca/new
: >ca/index
echo 1a2b3c4d5e6f7081 >ca/serial
cat >ca.cnf <<CNF
[ca]
default_ca = lab
[lab]
database = $LAB/ca/index
serial = $LAB/ca/serial
new_certs_dir = $LAB/ca/new
policy = any
default_md = sha256
copy_extensions = copy
unique_subject = no
[any]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
emailAddress = optional
[authority]
basicConstraints = critical,CA:TRUE
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
CNF

key() { openssl genpkey -quiet -algorithm "$1" ${2:+-pkeyopt "$2"} -out "$3.key" 2>>openssl.log || openssl genpkey -algorithm "$1" ${2:+-pkeyopt "$2"} -out "$3.key" 2>>openssl.log; }
# issue NAME SUBJECT ISSUER EXTENSIONS [subjectAltName] [options of openssl ca...]
issue() {
  local name=$1 subject=$2 issuer=$3 ext=$4 san=$5
  shift 5
  openssl req -new -key "$name.key" -subj "$subject" ${san:+-addext "subjectAltName=$san"} -out "$name.csr" 2>>openssl.log
  openssl ca -batch -notext -config ca.cnf -extensions "$ext" -cert "$issuer.pem" -keyfile "$issuer.key" -in "$name.csr" -out "$name.pem" -days 3000 "$@" 2>>openssl.log
}
self() { # NAME SUBJECT [SAN] [DIGEST]
  openssl req -x509 -new -key "$1.key" -subj "$2" ${3:+-addext "subjectAltName=$3"} -days 3000 "-${4:-sha256}" -out "$1.pem" 2>>openssl.log
}

key RSA rsa_keygen_bits:2048 root
self root '/C=DE/O=Harbour Trust/OU=Roots/CN=Harbour Root'
key EC ec_paramgen_curve:secp384r1 office
issue office '/C=DE/O=Harbour Trust/CN=Harbour Office' root authority ''
key RSA rsa_keygen_bits:2048 www
issue www '/C=DE/ST=Hamburg/L=Hamburg/O=Harbour, Ltd. "Quay"/OU=Web/OU=Operations/CN=www.harbour.example' office leaf 'DNS:www.harbour.example,DNS:*.quay.harbour.example,IP:10.20.0.80,IP:2001:db8:20::25,email:web@harbour.example'
key EC ec_paramgen_curve:prime256v1 app
issue app '/O=Harbour/CN=app.harbour.example' office leaf 'DNS:app.harbour.example'
key EC ec_paramgen_curve:prime256v1 anna
issue anna '/C=DE/O=Harbour/CN=anna/emailAddress=anna@harbour.example' office leaf 'email:anna@harbour.example'
key EC ec_paramgen_curve:prime256v1 old
issue old '/O=Harbour/CN=old.harbour.example' office leaf 'DNS:old.harbour.example' -startdate 20150101000000Z -enddate 20160101000000Z
key RSA rsa_keygen_bits:1024 weak
issue weak '/O=Harbour/CN=weak.harbour.example' root leaf 'DNS:weak.harbour.example' -md sha1
key ED25519 '' alone
self alone '/CN=alone.harbour.example' 'DNS:alone.harbour.example'
cat www.pem office.pem >www-chain.pem
cat anna.pem office.pem >anna-chain.pem

# ---- servers and clients -----------------------------------------------------------------------------------------------

LOOSE='ALL:@SECLEVEL=0'
# -rev answers with the line turned round; some options know only the mode that waits for standard input.
MODE=-rev
serve() { # NAME OPTIONS...: openssl s_server on 10.20.0.81
  local name=$1 i
  shift
  openssl s_server -cert "$name.pem" -key "$name.key" $MODE "$@" < <(sleep 100) >>server.log 2>&1 &
  SERVER=$!
  for i in $(seq 100); do ss -Hnltu | grep -q '10.20.0.81:' && return; sleep 0.05; done
  return 1
}
stop() { kill "$SERVER" 2>/dev/null; wait "$SERVER" 2>/dev/null || true; }
# ask OPTIONS...: one line to the server, then goodbye
ask() { (echo "${SAY:-the tide is in}"; sleep 0.4) | there timeout 5 openssl s_client -connect 10.20.0.81:443 -bind 10.20.0.11 "$@" >>client.log 2>&1 || true; }
get() { there curl -sS -o /dev/null --interface 10.20.0.11 --max-time 5 "$@" >>client.log 2>&1 || true; }

OPENSSL="$(openssl version | cut -d' ' -f1,2)"
NGINX="nginx $(nginx -v 2>&1 | sed 's/.*\///')"
CURL="curl $(curl --version | sed -n '1s/^curl \([0-9.]*\).*/\1/p')"
RAW="Python $(python3 -c 'import platform; print(platform.python_version())') socket"

openssl ocsp -index ca/index -rsigner office.pem -rkey office.key -CA office.pem -issuer office.pem -cert www.pem -respout www.ocsp -ndays 30 >>openssl.log 2>&1
mkdir -p web && head -c 3000 /dev/zero | tr '\0' 'q' >web/quay.txt
cat >nginx.conf <<CONF
daemon off;
pid $LAB/nginx.pid;
error_log $LAB/nginx.log;
events { }
http {
  access_log off;
  client_body_temp_path $LAB/b; proxy_temp_path $LAB/p; fastcgi_temp_path $LAB/f; uwsgi_temp_path $LAB/u; scgi_temp_path $LAB/s;
  server {
    listen 10.20.0.80:443 ssl http2;
    listen 10.20.0.80:8443 ssl;
    server_name www.harbour.example;
    ssl_certificate $LAB/www-chain.pem;
    ssl_certificate_key $LAB/www.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_stapling on;
    ssl_stapling_file $LAB/www.ocsp;
    root $LAB/web;
  }
}
CONF
nginx -c "$LAB/nginx.conf" -p "$LAB" >>nginx.log 2>&1 &
WEB=$!
lab_port 10.20.0.80 443

record tls12 tcp port 443
get --tls-max 1.2 --cacert root.pem --cert-status https://www.harbour.example/quay.txt
keep 'TLS 1.2: HTTP/2 chosen by ALPN, a chain of two certificates (RSA, issued by ECDSA) with many names, a stapled OCSP response' "$NGINX, $CURL"

record tls13 tcp port 443
get --tlsv1.3 --cacert root.pem https://www.harbour.example/quay.txt
keep 'TLS 1.3: what the server answers is encrypted' "$NGINX, $CURL"

record odd tcp port 443 or tcp port 8443
get http://www.harbour.example:8443/
there python3 "$HERE/client.py" ssl2 10.20.0.80 443
there python3 "$HERE/client.py" hello 10.20.0.80 443
python3 "$HERE/client.py" silent 10.20.0.81 443 &
lab_port 10.20.0.81 443
there python3 "$HERE/client.py" hello 10.20.0.81 443
there python3 "$HERE/client.py" pieces 10.20.0.80 443
wait $!
keep 'Not as usual: HTTP spoken to a TLS port, a ClientHello in the format of SSL 2.0 that is refused, a client that hangs up after the answer, a server that never answers, and a ClientHello of 1.7 KB in records of 100 bytes' "$NGINX, $CURL, $RAW"
kill $WEB; wait $WEB 2>/dev/null || true

record resumption12 tcp port 443
serve app -accept 10.20.0.81:443 -tls1_2 -no_ticket
ask -tls1_2 -servername app.harbour.example -sess_out s1
ask -tls1_2 -servername app.harbour.example -sess_in s1
stop
serve app -accept 10.20.0.81:443 -tls1_2
ask -tls1_2 -servername app.harbour.example -sess_out s2
ask -tls1_2 -servername app.harbour.example -sess_in s2
stop
keep 'TLS 1.2 resumed: by session id, then by ticket; each time the full handshake first' "$OPENSSL s_server and s_client"

record resumption13 tcp port 443
MODE=-quiet
serve app -accept 10.20.0.81:443 -tls1_3 -early_data -max_early_data 4096
ask -tls1_3 -servername app.harbour.example -sess_out s3
ask -tls1_3 -servername app.harbour.example -sess_in s3
echo 'early tide' >early
ask -tls1_3 -servername app.harbour.example -sess_out s4
ask -tls1_3 -servername app.harbour.example -sess_in s4 -early_data early
ask -tls1_3 -servername app.harbour.example -no_middlebox
stop
MODE=-rev
keep 'TLS 1.3: a full handshake whose session id is echoed for show, one resumed by PSK, a third and one resumed with early data, and one without the compatibility mode' "$OPENSSL s_server and s_client"

record retry tcp port 443
serve app -accept 10.20.0.81:443 -groups P-384
ask -servername app.harbour.example -groups X25519:P-384
stop
keep 'HelloRetryRequest: the client guessed x25519, the server wants secp384r1' "$OPENSSL s_server and s_client"

record mutual tcp port 443
serve app -accept 10.20.0.81:443 -Verify 3 -verify_return_error -CAfile root.pem
ask -tls1_2 -servername app.harbour.example -cert anna.pem -key anna.key -cert_chain anna-chain.pem
ask -tls1_2 -servername app.harbour.example
ask -tls1_2 -servername app.harbour.example -cert alone.pem -key alone.key
ask -tls1_3 -servername app.harbour.example -cert anna.pem -key anna.key -cert_chain anna-chain.pem
ask -tls1_3 -servername app.harbour.example
stop
keep 'Client certificates asked for: TLS 1.2 with one and its chain, without one (alert), with one that nobody trusts (alert); TLS 1.3 with and without, where all of it is encrypted' "$OPENSSL s_server and s_client"

record alerts tcp port 443
serve www -accept 10.20.0.81:443 -cipher "$LOOSE" -tls1_2
ask -tls1_2 -servername www.harbour.example -verify_return_error -verify 3
ask -tls1_1 -servername www.harbour.example -cipher "$LOOSE"
ask -tls1_2 -servername www.harbour.example -cipher ECDHE-ECDSA-AES128-GCM-SHA256
ask -tls1_3 -servername www.harbour.example
stop
serve www -accept 10.20.0.81:443 -tls1_3
ask -tls1_3 -servername www.harbour.example -verify_return_error -verify 3
stop
keep 'Handshakes that fail: the client does not know the CA (TLS 1.2 and 1.3; OpenSSL sends either alert in the clear), no common version (1.1, then 1.3), no common cipher' "$OPENSSL s_server and s_client"

record certificates tcp port 443
for name in old weak alone app; do
  serve $name -accept 10.20.0.81:443 -tls1_2 -cipher "$LOOSE"
  wanted=$name
  [ $name = app ] && wanted=www
  ask -tls1_2 -servername $wanted.harbour.example -cipher "$LOOSE"
  stop
done
keep 'Certificates with something wrong, TLS 1.2: expired; RSA of 1024 bits signed with SHA-1; self-signed (Ed25519); for another name than asked for' "$OPENSSL s_server and s_client"

record old tcp port 443
serve weak -accept 10.20.0.81:443 -cipher "$LOOSE" -client_renegotiation
ask -tls1 -cipher "$LOOSE"
(sleep 0.3; echo R; sleep 0.5; echo 'again'; sleep 0.3) | there timeout 5 openssl s_client -connect 10.20.0.81:443 -bind 10.20.0.11 -tls1_1 -cipher 'AES128-SHA:@SECLEVEL=0' -legacy_renegotiation -servername weak.harbour.example >>client.log 2>&1 || true
stop
keep 'TLS 1.0 without SNI, and TLS 1.1 that renegotiates' "$OPENSSL s_server and s_client"

MODE=-quiet
record dtls udp port 4433
serve www -accept 10.20.0.81:4433 -dtls1_2 -mtu 400 -cert_chain www-chain.pem -listen
(echo 'over UDP'; sleep 0.6) | there timeout 5 openssl s_client -connect 10.20.0.81:4433 -dtls1_2 -mtu 400 -servername www.harbour.example -alpn coap >>client.log 2>&1 || true
stop
serve app -accept 10.20.0.81:4433 -dtls -timeout
(echo 'over UDP'; sleep 0.6) | there timeout 5 openssl s_client -connect 10.20.0.81:4433 -dtls1 -cipher "$LOOSE" >>client.log 2>&1 || true
stop
keep 'DTLS 1.2 with HelloVerifyRequest and a certificate in fragments; DTLS 1.0 offered and refused' "$OPENSSL s_server and s_client"

lab_table
