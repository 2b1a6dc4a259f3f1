"""Writes the zones that samples/dns serves; every byte is the same on every run."""
import os
import random
import sys

folder = sys.argv[1]
rng = random.Random(53)
SOA = '@ IN SOA ns1.harbour.example. hostmaster.harbour.example. 1 3600 600 86400 60\n@ IN NS ns1.harbour.example.\n'


def write(name, origin, text):
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as out:
        out.write(f'$ORIGIN {origin}.\n$TTL 300\n{SOA}{text}')


write('harbour.zone', 'harbour.example', r'''
ns1       IN A     10.20.0.53
          IN AAAA  2001:db8:20::25
@         IN A     10.20.0.80
@         IN MX    10 mail
@         IN MX    20 backup.elsewhere.example.
@         IN CAA   0 issue "ca.example"
@         IN CAA   128 iodef "mailto:security@harbour.example"
@         IN NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp.harbour.example.
@         IN NAPTR 100 51 "u" "E2U+email" "!^.*$!mailto:office@harbour.example!" .
mail      IN A     10.20.0.25
          IN AAAA  2001:db8:20::25
          IN MX    10 mail
www       IN A     10.20.0.80
          IN A     10.20.0.82
          IN AAAA  2001:db8:20::25
          IN TXT   "berths=9" "a \"quoted\" text; with \195\182 and \000"
          IN HTTPS 1 . alpn="h2,http/1.1" ipv4hint=10.20.0.80 ipv6hint=2001:db8:20::25
          IN SSHFP 4 2 9f1c3f6a4c8e5d7b2a90817263544536271809fdecba9876543210aabbccddee
          IN LOC   54 19 22.000 N 10 8 6.000 E 3.00m 10m 100m 10m
          IN HINFO "STEAM" "SAIL"
ftp       IN CNAME www
xn--gre-jna4b IN A 10.20.0.90
*.wild    IN A     10.20.0.91
pier      IN NS    ns.pier
          IN DS    12345 13 2 e2d3c916f6deeac73294e8268fb5885044a833fc5459588f4a9184cfc41a5766
ns.pier   IN A     10.20.0.92
_imaps._tcp     IN SRV  0 5 993 mail
_imaps._tcp     IN SRV  10 5 1993 mail
_25._tcp.mail   IN TLSA 3 1 1 7e8c5b0f1a2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccd
_dns.ns1        IN SVCB 1 ns1 alpn="dot" port=853
''' + ''.join(f'berth{n} IN A 10.20.2.{n}\n' for n in range(9))
    + 'long IN TXT ' + ' '.join('"' + ''.join(rng.choice('abcdefghijklmnopqrstuvwxyz ') for _ in range(200)) + '"' for _ in range(6)) + '\n')
kinds = ['A 10.9.%d.%d', 'TXT "berth %d, quay %d"']
write('big.zone', 'big.example', ''.join(f'ship{n:04} IN ' + rng.choice(kinds) % (n % 250, rng.randint(1, 250)) + '\n' for n in range(1200)))
write('moving.zone', 'moving.example', ''.join(f'ship{n} IN A 10.20.1.{n}\n' for n in range(100, 130)))
write('reverse.zone', '20.10.in-addr.arpa', '80.0 IN PTR www.harbour.example.\n25.0 IN PTR mail.harbour.example.\n')
