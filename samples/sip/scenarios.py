"""Writes the SIPp scenarios of make.sh into the current folder: phones of harbour.example, and what their proxy asks of them."""

HEAD = '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="%s">\n%s</scenario>\n'
SDP = '''v=0
o=%s 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=Harbour call
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio %d RTP/AVP 8 0 101
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=sendrecv'''
SAVP = '''v=0
o=anna 7 8 IN IP[local_ip_type] [local_ip]
s=-
t=0 0
m=audio 41000 RTP/SAVP 0 96
c=IN IP[media_ip_type] [media_ip]
a=rtpmap:96 opus/48000/2
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:S3CRET-sip-4S3CRET-sip-4S3CRET-sip-4AAAA|2^20|1:32
a=ice-pwd:S3CRET-sip-5S3CRET-sip-5
m=video 41002 RTP/AVP 31 97
c=IN IP[media_ip_type] 10.20.0.99
b=AS:512
a=rtpmap:97 H264/90000
a=sendonly'''


def send(text, body='', extra='', retrans=True):
    lines = [line.strip() for line in text.strip().split('\n')] + [line for line in extra.split('\n') if line]
    lines.append('Content-Length: [len]')
    head = '<send retrans="500">' if retrans else '<send>'
    return head + '<![CDATA[\n\n' + '\n'.join(lines) + '\n\n' + body + '\n\n]]></send>\n'


def recv(response, **attributes):
    return '<recv response="%s" %s/>\n' % (response, ' '.join('%s="%s"' % pair for pair in attributes.items()))


def took(request, **attributes):
    return '<recv request="%s" %s/>\n' % (request, ' '.join('%s="%s"' % pair for pair in attributes.items()))


def note(request, name, regexp, where):
    """Takes a request and keeps what matches for later messages as [$name]."""
    return '<recv request="%s" rrs="true"><action><ereg regexp="%s" %s check_it="true" assign_to="%s"/></action></recv>\n' % (request, regexp, where, name)


def pause(ms):
    return '<pause milliseconds="%d"/>\n' % ms


def request(method, cseq, user, to, uri=None, more='', totag='', branch='[branch]'):
    contact = 'Contact: <sip:%s@[local_ip]:[local_port]>' % user
    return '''%s %s SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=%s
    Max-Forwards: 70
    From: "%s" <sip:%s@harbour.example>;tag=[pid]t[call_number]
    To: <sip:%s@harbour.example>%s
    Call-ID: [call_id]
    CSeq: %d %s
    %s
    User-Agent: SIPp phone
    %s''' % (method, uri or 'sip:%s@harbour.example' % to, branch, user.capitalize(), user, to, totag, cseq, method, contact, more)


def auth(user, word):
    return '[authentication username=%s password=%s]' % (user, word)


def write(name, *steps):
    with open(name + '.xml', 'w', encoding='ascii') as out:
        out.write(HEAD % (name, ''.join(steps)))


def register(name, user, word, final, contact=None, expires='3600'):
    def one(cseq, more=''):
        text = request('REGISTER', cseq, user, user, 'sip:harbour.example', 'Expires: %s\n%s' % (expires, more))
        return text if contact is None else text.replace('Contact: <sip:%s@[local_ip]:[local_port]>' % user, contact).replace('\n\n', '\n')
    write(name, send(one(1)), recv(401, auth='true'), send(one(2, auth(user, word))), recv(final))


register('register-anna', 'anna', 'S3CRET-sip-1', 200, 'Contact: <sip:anna@[local_ip]:5070;transport=udp>;q=0.7')
register('register-bob', 'bob', 'S3CRET-sip-2', 200, 'Contact: <sip:bob@10.20.0.12:5060>;expires=300')
register('register-wrong', 'anna', 'S3CRET-sip-3', 401)
register('register-remove', 'anna', 'S3CRET-sip-1', 200, 'Contact: *', '0')
register('register-list', 'bob', 'S3CRET-sip-2', 200, 'P-Access-Network-Info: IEEE-802.3')

TAG = '[peer_tag_param]'


def call(name, to, middle, sdp=SDP % ('anna', 40000), more='', answered=False):
    def invite(cseq, extra=''):
        return send(request('INVITE', cseq, 'anna', to, more='Content-Type: application/sdp\nAllow: INVITE, ACK, BYE, CANCEL\n' + more + extra), sdp)
    write(
        name,
        invite(1),
        recv(407, auth='true'),
        send(request('ACK', 1, 'anna', to, totag=TAG, branch='[branch-2]'), retrans=False),
        invite(2, auth('anna', 'S3CRET-sip-1') + '\n'),
        recv(100, optional='true'),
        *middle,
    )


def in_dialog(method, cseq, to, more='', branch='[branch]'):
    return request(method, cseq, 'anna', to, '[next_url]', '[routes]\n' + more, TAG, branch)


def ack_failure(to):
    return send(request('ACK', 2, 'anna', to, totag=TAG, branch='[branch-3]'), retrans=False)


call('call', 'bob', [
    recv(180, optional='true'), recv(200, rrs='true'), send(in_dialog('ACK', 2, 'bob'), retrans=False), pause(1200),
    send(in_dialog('INFO', 3, 'bob', 'Content-Type: application/dtmf-relay\n'), 'Signal=S3CRET-sip-7\nDuration=160'), recv(200), pause(300),
    send(in_dialog('BYE', 4, 'bob', 'Reason: Q.850;cause=16;text="Normal call clearing"\n')), recv(200),
])
call('call-ended', 'bob', [
    recv(180, optional='true'), recv(200, rrs='true'), send(in_dialog('ACK', 2, 'bob'), retrans=False), took('BYE'),
    '<send><![CDATA[\n\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n]]></send>\n',
], SAVP, 'X-Api-Key: S3CRET-sip-6\nP-Preferred-Identity: <sip:anna:S3CRET-sip-8@harbour.example>\n')
call('call-failed', 'bob', [recv(486), ack_failure('bob')])
call('call-nobody', 'carol', [recv(404), ack_failure('carol')])
call('call-silent', 'bob', [recv(408), ack_failure('bob')])
call('call-cancelled', 'bob', [
    recv(180), pause(700),
    send(request('CANCEL', 2, 'anna', 'bob', branch='[branch-4]').replace('User-Agent', 'Reason: SIP;cause=200;text="Call completed elsewhere"\nUser-Agent')),
    recv(200), recv(487), ack_failure('bob'),
])


def answer(code, phrase, sdp=None, retrans=True):
    body = 'Content-Type: application/sdp\n' if sdp else ''
    return send('SIP/2.0 %d %s\n[last_Via:]\n[last_Record-Route:]\n[last_From:]\n[last_To:];tag=[pid]b[call_number]\n[last_Call-ID:]\n[last_CSeq:]\nContact: <sip:bob@10.20.0.12:5060>\nServer: SIPp desk set\nAllow: INVITE, ACK, BYE, CANCEL, INFO\n%s' % (code, phrase, body), sdp or '', retrans=retrans and code >= 200)


OK = '<send><![CDATA[\n\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nServer: SIPp desk set\nContent-Length: 0\n\n]]></send>\n'
write('answer', took('INVITE', rrs='true'), answer(180, 'Ringing'), pause(600), answer(200, 'OK', SDP % ('bob', 42000)), took('ACK'), took('INFO'), OK, took('BYE'), OK)
write(
    'answer-and-end', note('INVITE', 'tag', ';tag=.*', 'search_in="hdr" header="From:"'), answer(180, 'Ringing'), pause(300), answer(200, 'OK', SDP % ('bob', 42000)), took('ACK'), pause(800),
    send('BYE [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n[routes]\nMax-Forwards: 70\nFrom: <sip:bob@harbour.example>;tag=[pid]b[call_number]\nTo: "Anna" <sip:anna@harbour.example>[$tag]\nCall-ID: [call_id]\nCSeq: 9 BYE\nReason: Q.850;cause=31'), recv(200),
)
write('busy', took('INVITE'), answer(486, 'Busy Here'), took('ACK'))
write('ring', note('INVITE', 'vias', 'Via: [^[:cntrl:]]*[[:cntrl:]]+Via: [^[:cntrl:]]*', 'search_in="msg"'), answer(180, 'Ringing'), took('CANCEL'), OK,
      '<send retrans="500"><![CDATA[\n\nSIP/2.0 487 Request Terminated\n[$vias]\n[last_From:]\n[last_To:];tag=[pid]b[call_number]\n[last_Call-ID:]\nCSeq: 2 INVITE\nContent-Length: 0\n\n]]></send>\n', took('ACK'))
for method, word, more, body in [
    ('MESSAGE', 200, 'Content-Type: text/plain\n', 'The gate opens with password=S3CRET-sip-9 from six.'),
    ('PUBLISH', 489, 'Event: presence\nContent-Type: application/pidf+xml\n', '<presence entity="sip:anna@harbour.example"><token>S3CRET-sip-10</token></presence>'),
    ('SUBSCRIBE', 489, 'Event: dialog\nExpires: 60\n', ''),
    ('REFER', 202, 'Refer-To: <sip:carol@harbour.example>\nReferred-By: <sip:anna@harbour.example>\n', ''),
]:
    write(
        method.lower(),
        send(request(method, 1, 'anna', 'bob', more=more), body), recv(407, auth='true'),
        send(request(method, 2, 'anna', 'bob', more=more + auth('anna', 'S3CRET-sip-1') + '\n'), body), recv(word),
    )
write('take-message', took('MESSAGE'), OK)
write(
    'take-refer', note('REFER', 'tag', ';tag=.*', 'search_in="hdr" header="From:"'), answer(202, 'Accepted', retrans=False),
    send('NOTIFY [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n[routes]\nMax-Forwards: 70\nFrom: <sip:bob@harbour.example>;tag=[pid]b[call_number]\nTo: "Anna" <sip:anna@harbour.example>[$tag]\nCall-ID: [call_id]\nCSeq: 1 NOTIFY\nEvent: refer\nSubscription-State: terminated;reason=noresource\nContent-Type: message/sipfrag', 'SIP/2.0 503 Service Unavailable', retrans=False),
)
