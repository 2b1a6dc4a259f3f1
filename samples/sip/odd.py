"""Both ends of samples/sip/odd.pcap: messages by the letter, and some against it."""
import socket
import sys
import time

SERVER, CLIENT = '10.20.0.25', '10.20.0.11'
SERVER6, CLIENT6 = '2001:db8:20::25', '2001:db8:20::11'


def message(text, body=''):
    lines = [line for line in text.strip('\n').split('\n')]
    return ('\r\n'.join(lines) + '\r\n\r\n' + body).encode('latin1')


def request(method, n, call, extra='', body='', branch=True, length=None):
    via = ';branch=z9hG4bKodd%s%d' % (call, n) if branch else ''
    size = len(body) if length is None else length
    return message('%s sip:bob@10.20.0.25 SIP/2.0\nVia: SIP/2.0/UDP 10.20.0.11:5070%s\nMax-Forwards: 70\nFrom: <sip:anna@10.20.0.11>;tag=a%s\nTo: <sip:bob@10.20.0.25>\nCall-ID: %s@odd\nCSeq: %d %s%s\nContent-Length: %s' % (method, via, call, call, n, method, extra, size), body)


def reply(asked, code, phrase, tag='b', extra='', body=''):
    keep = [line for line in asked.decode('latin1').split('\r\n\r\n')[0].split('\r\n') if line.lower().startswith(('via', 'v:', 'from', 'f:', 'call-id', 'i:', 'cseq', ' ;', '\t'))]
    to = '\r\nTo: <sip:bob@10.20.0.25>;tag=%s' % tag
    return ('SIP/2.0 %d %s\r\n%s%s%s\r\nContent-Length: %d\r\n\r\n%s' % (code, phrase, '\r\n'.join(keep), to, extra, len(body), body)).encode('latin1')


SDP = 'v=0\r\no=- 1 1 IN IP4 10.20.0.11\r\ns=-\r\nc=IN IP4 10.20.0.11\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n'
MIXED = '--harbour\r\nContent-Type: application/sdp\r\n\r\n' + SDP + '\r\n--harbour\r\nContent-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x11\x48\x00\r\n--harbour--\r\n'
COMPACT = message('INVITE sip:bob@10.20.0.25 SIP/2.0\nv: SIP/2.0/UDP 10.20.0.11:5070\n ;branch=z9hG4bKcompact, SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKinner\nv: SIP/2.0/UDP 10.9.9.8;branch=z9hG4bKinnermost\nf: "Anna, at the\n\tdesk" <sip:anna@10.20.0.11>;tag=fold\nt: <sip:bob@10.20.0.25>\ni: compact@odd\nCSeq: 7 INVITE\nm: <sip:anna@10.20.0.11:5070>\ns: Tide tables\nk: timer, 100rel\nk: replaces\nx: 1800\nMax-Forwards: 70\nc: application/sdp\nl: %d' % len(SDP), SDP)


def answer():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((SERVER, 5060))
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    six.bind((SERVER6, 5060))
    tcp = socket.socket()
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind((SERVER, 5060))
    tcp.listen()

    def take(sock=udp):
        while True:
            data, peer = sock.recvfrom(65535)
            if data[:1].isalpha():
                return data, peer

    asked, peer = take()                                # compact
    udp.sendto(reply(asked, 100, 'Trying'), peer)
    udp.sendto(reply(asked, 183, 'Session Progress', 'x', '\r\nRSeq: 1\r\nRequire: 100rel'), peer)
    udp.sendto(reply(asked, 200, 'OK', 'phone1', '\r\nm: <sip:bob@10.20.0.91>'), peer)
    udp.sendto(reply(asked, 200, 'OK', 'phone2', '\r\nm: <sip:bob@10.20.0.92>'), peer)
    udp.sendto(reply(asked, 200, 'OK', 'phone1', '\r\nm: <sip:bob@10.20.0.91>'), peer)
    take(), take()                                      # two ACKs
    asked, peer = take()                                # no branch
    udp.sendto(reply(asked, 200, 'OK'), peer)
    asked, peer = take()                                # multipart
    udp.sendto(reply(asked, 603, 'Decline', extra='\r\nWarning: 399 10.20.0.25 "Not today"\r\nReason: Q.850;cause=21'), peer)
    take()
    for _ in range(2):                                  # bad lengths
        asked, peer = take()
        udp.sendto(reply(asked, 400, 'Bad Request'), peer)
    udp.sendto(message('SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.20.0.11:5070;branch=z9hG4bKnobody\nFrom: <sip:x@y>;tag=1\nTo: <sip:z@y>;tag=2\nCall-ID: nobody@odd\nCSeq: 1 OPTIONS\nContent-Length: 0'), peer)
    asked, peer = take(six)
    six.sendto(reply(asked, 200, 'OK', extra='\r\nAccept: application/sdp\r\nAllow: INVITE, ACK'), peer)
    conn, _ = tcp.accept()
    data = b''
    seen = 0
    while seen < 4:
        data += conn.recv(65535)
        while True:
            data = data.lstrip(b'\r\n')
            end = data.find(b'\r\n\r\n')
            if end < 0:
                break
            size = int(data[:end].lower().split(b'content-length:')[1].split(b'\r\n')[0])
            if len(data) < end + 4 + size:
                break
            conn.sendall(reply(data[: end + 2], 200, 'OK'))
            data = data[end + 4 + size :]
            seen += 1
    conn.close()


def ask():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((CLIENT, 5070))

    def say(data, replies):
        udp.sendto(data, (SERVER, 5060))
        for _ in range(replies):
            udp.recv(65535)

    say(COMPACT, 5)
    for tag in ('phone1', 'phone2'):
        say(request('ACK', 7, 'compact').replace(b'<sip:bob@10.20.0.25>\r\nCall', b'<sip:bob@10.20.0.25>;tag=%s\r\nCall' % tag.encode()), 0)
    say(b'\r\n\r\n', 0)
    say(bytes.fromhex('000100002112a442') + b'harbour-stun', 0)
    say(request('OPTIONS', 1, 'old', branch=False), 1)
    say(request('INVITE', 1, 'mixed', '\nContent-Type: multipart/mixed;boundary=harbour\nP-Asserted-Identity: "Anna" <sip:anna@harbour.example>, <tel:+441234567>', MIXED), 1)
    say(request('ACK', 1, 'mixed'), 0)
    say(request('OPTIONS', 1, 'letters', length='bad'), 1)
    say(request('OPTIONS', 1, 'longer', length=900, body='short'), 2)
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    six.bind((CLIENT6, 5070))
    six.sendto(request('OPTIONS', 1, 'six').replace(b'10.20.0.25', b'[2001:db8:20::25]').replace(b'10.20.0.11:5070', b'[2001:db8:20::11]:5070'), (SERVER6, 5060))
    six.recv(65535)
    tcp = socket.create_connection((SERVER, 5060))
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    text = '\nContent-Type: text/plain'
    tcp.sendall(b'\r\n\r\n' + request('OPTIONS', 1, 'seg') + request('MESSAGE', 2, 'seg', text, 'Low water at noon.') + request('OPTIONS', 3, 'seg'))
    time.sleep(0.2)
    whole = request('MESSAGE', 4, 'seg', text, 'High water at six.')
    for at in range(0, len(whole), 37):
        tcp.sendall(whole[at : at + 37])
        time.sleep(0.01)
    while tcp.recv(65535):
        pass


ask() if sys.argv[1] == 'ask' else answer()
