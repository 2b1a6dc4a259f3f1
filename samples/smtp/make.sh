#!/bin/bash
# Regenerates samples/smtp.pcap and samples/smtp/*.pcap: a Postfix server and the clients that talk to it.
. "$(dirname "$0")/../lab.sh"
lab_need postfix:postfix postconf:postfix saslpasswd2:sasl2-bin swaks:swaks curl:curl openssl:openssl
lab_enter "$@"
lab_cable

postfix_start() {
  mkdir -p postfix/conf/postfix-files.d postfix/conf/dynamicmaps.cf.d postfix/conf/sasl postfix/spool postfix/data sasl
  chown postfix postfix/data
  cp /etc/postfix/postfix-files /etc/postfix/dynamicmaps.cf postfix/conf/ 2>/dev/null || true
  # Our own master.cf: only the services that receive a mail and drop it.
  cat >postfix/conf/master.cf <<'CF'
smtp      inet  n - n - -   smtpd
cleanup   unix  n - n - 0   cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - -   trivial-rewrite
anvil     unix  - - n - 1   anvil
tlsmgr    unix  - - n 1000? 1 tlsmgr
bounce    unix  - - n - 0   bounce
defer     unix  - - n - 0   bounce
trace     unix  - - n - 0   bounce
proxymap  unix  - - n - -   proxymap
discard   unix  - - n - -   discard
error     unix  - - n - -   error
retry     unix  - - n - -   error
scache    unix  - - n - 1   scache
postlog   unix-dgram n - n - 1 postlogd
CF
  cat >postfix/conf/main.cf <<CF
compatibility_level = 3.6
queue_directory = $LAB/postfix/spool
data_directory = $LAB/postfix/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file_prefixes = $LAB
maillog_file = $LAB/postfix.log
myhostname = mail.harbour.example
mydestination =
inet_interfaces = 10.20.0.25, [2001:db8:20::25]
inet_protocols = all
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = harbour.example
virtual_mailbox_maps = regexp:$LAB/people
virtual_transport = discard:
default_transport = discard:
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_sender_restrictions = check_sender_access regexp:$LAB/senders
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
header_checks = regexp:$LAB/headers
message_size_limit = 40000
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = harbour.example
smtpd_client_connection_rate_limit = 0
CF
  echo '/^(office|anna|jon|zoe|quay[0-9]+|postmaster)@harbour\.example$/ there' >people
  echo '/@spam\.example$/ 554 5.7.1 We have had enough of this sender' >senders
  echo '/^Subject:.*wire transfer/ REJECT This is not how we pay' >headers
  # Debian's Postfix looks for smtpd.conf beside its main.cf.
  printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: %s\n' "$LAB/sasl/people.db" >postfix/conf/sasl/smtpd.conf
  echo -n S3CRET-smtp-1 | saslpasswd2 -p -c -f "$LAB/sasl/people.db" -u harbour.example anna
  echo -n S3CRET-smtp-2 | saslpasswd2 -p -c -f "$LAB/sasl/people.db" -u harbour.example jon
  chown postfix sasl/people.db
  postfix -c "$LAB/postfix/conf" start >postfix.start 2>&1 || { cat postfix.start postfix.log >&2; return 1; }
  lab_port 10.20.0.25 25
}

client() { there python3 "$HERE/client.py" "$@"; }
knock() { there swaks --server 10.20.0.25 --local-interface 10.20.0.11 --suppress-data --timeout 10 "$@" >swaks.log 2>&1; }
refused() { if "$@"; then echo "expected to be refused: $*" >&2; return 1; fi; }

postfix_start
SERVER="Postfix $(postconf -h mail_version)"
PY="Python $(python3 -c 'import platform; print(platform.python_version())') smtplib"
RAW="Python $(python3 -c 'import platform; print(platform.python_version())') socket"
SWAKS="swaks $(swaks --version | sed -n 's/^swaks version //p')"
CURL="curl $(curl --version | sed -n '1s/^curl \([0-9.]*\).*/\1/p')"

record smtp tcp port 25
client story-letter
sleep 0.7
client story-invoice
sleep 0.4
client story-stranger
sleep 0.5
client story-auth
keep 'The first example: a letter with a UTF-8 subject, an invoice with a PDF and a packing list, a stranger whose recipients are refused (550, 554), and a mail relayed after AUTH PLAIN (password `S3CRET-smtp-1`)' "$SERVER, $PY" "$SAMPLES"

record plain tcp port 25
client plain
keep 'One mail, one recipient, ASCII only; EHLO to QUIT' "$SERVER, $PY"

record pipelined tcp port 25
knock --pipeline --helo desk.nordlicht.example --from anna@nordlicht.example --to quay1@harbour.example,quay2@harbour.example,nobody@harbour.example,quay3@harbour.example \
  --header 'Subject: Berths for Thursday' --body 'Quays one, two and three are free from noon.' || true
client pipelined
keep 'RFC 2920: MAIL, four RCPT (one refused with 550) and DATA in one segment; then two whole transactions and QUIT sent without waiting' "$SERVER, $SWAKS and $RAW"

record attachment tcp port 25
client attachment
keep 'multipart/mixed: text and HTML alternatives, an inline image, base64 attachments with RFC 2047 and RFC 2231 names (one of them in continuations), a nested message/rfc822; dot-stuffed lines' "$SERVER, $PY"

record auth tcp port 25
knock --helo desk.nordlicht.example --auth PLAIN --auth-user anna@harbour.example --auth-password S3CRET-smtp-1 --from anna@harbour.example --to buyer@elsewhere.example --header 'Subject: sent with PLAIN'
knock --helo desk.nordlicht.example --auth LOGIN --auth-user jon@harbour.example --auth-password S3CRET-smtp-2 --from jon@harbour.example --to buyer@elsewhere.example --header 'Subject: sent with LOGIN'
refused knock --helo desk.nordlicht.example --auth PLAIN --auth-user anna@harbour.example --auth-password S3CRET-smtp-3 --from anna@harbour.example --to buyer@elsewhere.example
refused knock --helo desk.nordlicht.example --auth LOGIN --auth-user jon@harbour.example --auth-password S3CRET-smtp-4 --from jon@harbour.example --to buyer@elsewhere.example
client auth-odd
keep 'AUTH PLAIN and LOGIN: both work (`S3CRET-smtp-1`, `-2`), both fail with 535 (`-3`, `-4`); PLAIN without initial response, cancelled with `*`, an unknown mechanism, then PLAIN after all' "$SERVER, Cyrus SASL sasldb, $SWAKS and $RAW"

record refused tcp port 25
client refused
keep 'Every way to be refused: recipient 550, relay 554, sender 554 (said at RCPT, as Postfix does), message after DATA 550, SIZE too large 552 at MAIL and after DATA, all recipients refused then DATA 554' "$SERVER, $PY and $RAW"

record two-mails tcp port 25
client two-mails
keep 'Two mails in one session, between them a transaction given up with RSET; NOOP, VRFY and HELP on the way' "$SERVER, $PY"

record bdat tcp port 25
client bdat
keep 'RFC 3030 CHUNKING: a mail in three BDAT chunks (binary bytes, bare LF), one in a single pipelined BDAT LAST, one given up by RSET between chunks' "$SERVER, $RAW"

record ipv6 tcp port 25
client ipv6
there curl -sS --url smtp://mail6.harbour.example/desk.nordlicht.example --mail-from anna@nordlicht.example --mail-rcpt zoe@harbour.example -T "$HERE/letter.txt"
keep 'The same over IPv6, with an address literal in EHLO' "$SERVER, $PY and $CURL"

record half tcp port 25
client half-fin
client half-reset
keep 'Clients that die in the middle of DATA: one connection closed (FIN), one reset (RST)' "$SERVER, $RAW"

printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN CRAM-MD5\nsasldb_path: %s\n' "$LAB/sasl/people.db" >postfix/conf/sasl/smtpd.conf
postfix -c "$LAB/postfix/conf" reload >>postfix.start 2>&1
sleep 1
record secrets tcp port 25
client secrets
keep 'A secret in every place that can hold one: AUTH PLAIN at once and when asked, LOGIN with and without the user at once, CRAM-MD5, a bearer token for a mechanism the server does not have, each refused one as well, and the password sent as a command by mistake' "$SERVER, Cyrus SASL sasldb, $RAW"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=mail.harbour.example -keyout key.pem -out cert.pem 2>openssl.log
postconf -c "$LAB/postfix/conf" -e "smtpd_tls_security_level=may" "smtpd_tls_cert_file=$LAB/cert.pem" "smtpd_tls_key_file=$LAB/key.pem" "smtpd_tls_auth_only=yes"
postfix -c "$LAB/postfix/conf" reload >>postfix.start 2>&1
sleep 1
record starttls tcp port 25
client starttls
keep 'STARTTLS with a self-signed certificate, AUTH and the mail inside; once TLS 1.3, once TLS 1.2; and a client that never says STARTTLS, whose AUTH is refused with 503 (password `S3CRET-smtp-2`, in the clear)' "$SERVER, $(openssl version | cut -d' ' -f1,2), $PY and $RAW"

postfix -c "$LAB/postfix/conf" stop >>postfix.start 2>&1
lab_table
