"""The SMTP clients behind samples/smtp: each function below is one story, named on the command line."""
import base64
import hmac
import email.charset
import smtplib
import socket
import ssl
import struct
import sys
import time
import zlib
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.header import Header

SERVER = '10.20.0.25'
SERVER6 = '2001:db8:20::25'
DESK = '10.20.0.11'
STRANGER = '203.0.113.77'
DATE = 'Thu, 05 Mar 2026 10:15:00 +0100'

PDF = (b'%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n'
       b'3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj\n'
       b'4 0 obj<</Length 61>>stream\nBT /F1 18 Tf 72 770 Td (Invoice 2026-0317: 24 lanterns) Tj ET\nendstream endobj\n'
       b'trailer<</Root 1 0 R/Size 5>>\n%%EOF\n')
PACKING = 'item;pieces\nlantern, brass;24\nwick, spare;48\noil, litre;12\n'


def png(size):
    """A grey square, as small as a picture gets."""
    def piece(kind, data):
        return struct.pack('!I', len(data)) + kind + data + struct.pack('!I', zlib.crc32(kind + data))
    rows = b''.join(b'\0' + b'\x80' * size for _ in range(size))
    return b'\x89PNG\r\n\x1a\n' + piece(b'IHDR', struct.pack('!IIBBBBB', size, size, 8, 0, 0, 0, 0)) + piece(b'IDAT', zlib.compress(rows)) + piece(b'IEND', b'')


def connect(local=DESK, host=SERVER, name='desk.nordlicht.example'):
    return smtplib.SMTP(host, 25, local_hostname=name, timeout=20, source_address=(local, 0) if local else None)


def letter(subject, sender, to, text, number):
    message = EmailMessage()
    message['From'] = sender
    message['To'] = to
    message['Subject'] = subject
    message['Date'] = DATE
    message['Message-ID'] = f'<{number}@nordlicht.example>'
    message.set_content(text)
    return message


def story_letter():
    with connect() as server:
        server.send_message(letter('Grüße aus Kiel: Laternen für März ☕', 'Anna Lünd <anna@nordlicht.example>', 'The office <office@harbour.example>',
                                   'Good morning,\n\nwe would like 24 brass lanterns before the end of March.\nCould you send us an offer?\n\nAnna\n', 'story-1'))


def story_invoice():
    message = letter('Invoice 2026-0317 and packing list', 'Anna Lünd <anna@nordlicht.example>', 'office@harbour.example, zoe@harbour.example',
                     'Dear all,\n\nthe invoice and the packing list are attached.\n\nAnna\n', 'story-2')
    message.add_attachment(PDF, maintype='application', subtype='pdf', filename='invoice-2026-0317.pdf')
    message.add_attachment(PACKING, subtype='csv', filename='packing list.csv')
    with connect() as server:
        server.send_message(message)


def story_stranger():
    with connect(STRANGER, name='friendly.spam.example') as server:
        try:
            server.sendmail('win@lottery.example', ['ceo@harbour.example', 'someone@elsewhere.example'], 'Subject: You have won\r\n\r\nClick here.\r\n')
            sys.exit('the stranger was let in')
        except smtplib.SMTPRecipientsRefused:
            pass


def story_auth():
    with connect('10.20.0.12', name='laptop.harbour.example') as server:
        server.login('anna@harbour.example', 'S3CRET-smtp-1')
        server.send_message(letter('Re: Laternen', 'anna@harbour.example', 'buyer@elsewhere.example', 'They sail on Tuesday.\n', 'story-3'))


def plain():
    with connect() as server:
        server.send_message(letter('Berth 7', 'anna@nordlicht.example', 'jon@harbour.example', 'Is berth 7 free on Friday?\n', 'plain-1'))


def attachment():
    inner = letter('The original question', 'zoe@harbour.example', 'anna@nordlicht.example', 'What does the lamp look like?\n', 'attached-0')
    outer = MIMEMultipart('mixed', boundary='=_harbour_outer')
    outer['From'] = f'{Header("Anna Lünd", "utf-8").encode()} <anna@nordlicht.example>'
    outer['To'] = f'{Header("Zoë", "iso-8859-1").encode()} <zoe@harbour.example>'
    outer['Cc'] = 'office@harbour.example'
    outer['Subject'] = Header('Die Lampe, wie gewünscht: Bild, Rechnung und ein sehr langer Betreff, der gefaltet wird', 'utf-8', maxlinelen=70).encode()
    outer['Date'] = DATE
    outer['Message-ID'] = '<attached-1@nordlicht.example>'
    outer['MIME-Version'] = '1.0'
    related = MIMEMultipart('related', boundary='=_harbour_related')
    either = MIMEMultipart('alternative', boundary='=_harbour_either')
    quoted = email.charset.Charset('utf-8')
    quoted.body_encoding = email.charset.QP
    either.attach(MIMEText('Schöne Grüße!\n.\n..dots at the start of a line\n.end\n', 'plain', quoted))
    either.attach(MIMEText('<p>Sch&ouml;ne Gr&uuml;&szlig;e! <img src="cid:lamp"></p>\n', 'html', 'us-ascii'))
    related.attach(either)
    image = MIMEImage(png(8), 'png')
    image.add_header('Content-ID', '<lamp>')
    image.add_header('Content-Disposition', 'inline', filename='lamp.png')
    related.attach(image)
    outer.attach(related)
    # RFC 2231: charset and language, then the same in numbered pieces; RFC 2047 in a parameter, as many clients still do.
    pdf = MIMEApplication(PDF, 'pdf')
    pdf.add_header('Content-Disposition', 'attachment', filename=('utf-8', 'de', 'Rechnung für März.pdf'))
    outer.attach(pdf)
    table = MIMEText(PACKING, 'csv', 'us-ascii')
    table.add_header('Content-Disposition', "attachment; filename*0*=utf-8''Packliste%20f%C3%BCr; filename*1*=%20das%20gro%C3%9Fe%20Schiff; filename*2=.csv")
    outer.attach(table)
    old = MIMEApplication(b'\x00\x01\x02' * 40, 'octet-stream', name=Header('alte Datei ö.bin', 'utf-8').encode())
    old.add_header('Content-Disposition', 'attachment', filename=Header('alte Datei ö.bin', 'utf-8').encode())
    outer.attach(old)
    outer.attach(MIMEMessage(inner))
    with connect() as server:
        server.send_message(outer, 'anna@nordlicht.example', ['zoe@harbour.example', 'office@harbour.example'])


class Wire:
    """A line-by-line client, for what smtplib would not say."""

    def __init__(self, name='desk.nordlicht.example'):
        self.socket = socket.create_connection((SERVER, 25), 20, (DESK, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.socket.makefile('rb')
        self.reply(b'220')
        self.say(f'EHLO {name}', b'250')

    def reply(self, code):
        while True:
            line = self.lines.readline()
            if line[3:4] != b'-':
                break
        if not line.startswith(code):
            sys.exit(f'expected {code}, got {line}')
        return line

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def say(self, line, *codes):
        self.send(line + '\r\n')
        for code in codes:
            self.reply(code)

    def ask(self, line):
        self.send(line + '\r\n')
        return self.reply(b'334')

    def quit(self):
        self.say('QUIT', b'221')
        self.socket.close()


def pipelined():
    wire = Wire()
    wire.send(''.join(f'MAIL FROM:<anna@nordlicht.example>\r\nRCPT TO:<{to}@harbour.example>\r\nDATA\r\n' for to in ['quay4']))
    for code in (b'250', b'250', b'354'):
        wire.reply(code)
    # After the final dot the next transaction follows in the same breath, and so does QUIT at the end.
    wire.send('Subject: Quay 4\r\n\r\nThursday.\r\n.\r\nMAIL FROM:<anna@nordlicht.example>\r\nRCPT TO:<quay5@harbour.example>\r\nRCPT TO:<quay6@harbour.example>\r\nDATA\r\n')
    for code in (b'250', b'250', b'250', b'250', b'354'):
        wire.reply(code)
    wire.send('Subject: Quays 5 and 6\r\n\r\nFriday.\r\n.\r\nQUIT\r\n')
    wire.reply(b'250')
    wire.reply(b'221')


def auth_odd():
    wire = Wire()
    wire.say('AUTH GSSAPI', b'535')
    wire.say('AUTH LOGIN', b'334')
    wire.say('*', b'501')
    wire.say('AUTH PLAIN', b'334')
    wire.say(base64.b64encode(b'\0anna@harbour.example\0S3CRET-smtp-1').decode(), b'235')
    wire.say('MAIL FROM:<anna@harbour.example>', b'250')
    wire.say('RCPT TO:<buyer@elsewhere.example>', b'250')
    wire.say('DATA', b'354')
    wire.say('Subject: at last\r\n\r\nIn.\r\n.', b'250')
    wire.quit()


def secrets():
    b64 = lambda text: base64.b64encode(text.encode()).decode()

    def cram(wire, user, password, code):
        challenge = wire.ask('AUTH CRAM-MD5')
        proof = hmac.new(password.encode(), base64.b64decode(challenge[4:]), 'md5').hexdigest()
        wire.say(b64(f'{user} {proof}'), code)

    def send(wire, subject):
        wire.say('MAIL FROM:<anna@harbour.example>', b'250')
        wire.say('RCPT TO:<buyer@elsewhere.example>', b'250')
        wire.say('DATA', b'354')
        wire.say(f'Subject: {subject}\r\n\r\nIn.\r\n.', b'250')

    anna, jon = 'anna@harbour.example', 'jon@harbour.example'
    for number, login in enumerate([
        lambda wire: wire.say('AUTH PLAIN ' + b64(f'\0{anna}\0S3CRET-smtp-1'), b'235'),
        lambda wire: (wire.say('AUTH PLAIN', b'334'), wire.say(b64(f'\0{anna}\0S3CRET-smtp-1'), b'235')),
        lambda wire: (wire.say('AUTH LOGIN', b'334'), wire.say(b64(jon), b'334'), wire.say(b64('S3CRET-smtp-2'), b'235')),
        lambda wire: (wire.say('AUTH LOGIN ' + b64(jon), b'334'), wire.say(b64('S3CRET-smtp-2'), b'235')),
        lambda wire: cram(wire, anna, 'S3CRET-smtp-1', b'235'),
    ]):
        wire = Wire()
        login(wire)
        send(wire, f'signed in, {number}')
        wire.quit()
    wire = Wire()
    wire.say('AUTH PLAIN ' + b64(f'\0{anna}\0S3CRET-smtp-5'), b'535')
    wire.say('AUTH LOGIN', b'334')
    wire.say(b64(jon), b'334')
    wire.say(b64('S3CRET-smtp-6'), b'535')
    cram(wire, anna, 'S3CRET-smtp-7', b'535')
    wire.say('AUTH XOAUTH2 ' + b64(f'user={anna}\x01auth=Bearer S3CRET-smtp-8\x01\x01'), b'535')
    # A client that believes it is still asked.
    wire.say(b64('S3CRET-smtp-9'), b'500')
    wire.quit()


def refused():
    with connect() as server:
        server.sendmail('anna@nordlicht.example', ['zoe@harbour.example', 'nobody@harbour.example', 'someone@elsewhere.example'],
                        'Subject: one of three arrives\r\n\r\nHello.\r\n')
    with connect() as server:
        try:
            server.sendmail('offers@spam.example', ['zoe@harbour.example'], 'Subject: offers\r\n\r\n')
            sys.exit('the sender was accepted')
        except (smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused):
            pass
    with connect() as server:
        try:
            server.send_message(letter('Urgent wire transfer', 'boss@nordlicht.example', 'office@harbour.example', 'Pay at once.\n', 'refused-1'))
            sys.exit('the message was accepted')
        except smtplib.SMTPDataError:
            pass
    wire = Wire()
    wire.say('MAIL FROM:<anna@nordlicht.example> SIZE=999999999', b'552')
    # Postfix remembers the size it refused until told to forget.
    wire.say('RSET', b'250')
    wire.say('MAIL FROM:<anna@nordlicht.example>', b'250')
    wire.say('RCPT TO:<nobody@harbour.example>', b'550')
    wire.say('RCPT TO:<no-one@harbour.example>', b'550')
    wire.say('DATA', b'554')
    wire.say('RSET', b'250')
    wire.say('MAIL FROM:<anna@nordlicht.example>', b'250')
    wire.say('RCPT TO:<zoe@harbour.example>', b'250')
    wire.say('DATA', b'354')
    wire.send('Subject: too much\r\n\r\n' + ('lantern ' * 9 + '\r\n') * 600 + '.\r\n')
    wire.reply(b'552')
    wire.quit()


def two_mails():
    with connect() as server:
        server.send_message(letter('First', 'anna@nordlicht.example', 'jon@harbour.example', 'One.\n', 'two-1'))
        server.noop()
        server.mail('anna@nordlicht.example')
        server.rcpt('office@harbour.example')
        server.rset()
        server.verify('zoe@harbour.example')
        server.docmd('HELP')
        server.send_message(letter('Second', 'anna@nordlicht.example', 'zoe@harbour.example', 'Two.\n', 'two-2'))


def bdat():
    wire = Wire()
    wire.say('MAIL FROM:<anna@nordlicht.example> BODY=8BITMIME', b'250')
    wire.say('RCPT TO:<zoe@harbour.example>', b'250')
    chunks = ['From: anna@nordlicht.example\r\nTo: zoe@harbour.example\r\nSubject: In three chunks\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'.encode(),
              'Grüße,\r\n.\r\nno dot-stuffing here,\r\nQUIT\r\n'.encode(), bytes(range(1, 10)) + b'bare\nline feeds\r\n']
    for number, chunk in enumerate(chunks):
        wire.send(f'BDAT {len(chunk)}{" LAST" if number == 2 else ""}\r\n'.encode() + chunk)
        wire.reply(b'250')
    whole = b'Subject: In one\r\n\r\nAll at once.\r\n'
    wire.send(b'MAIL FROM:<anna@nordlicht.example>\r\nRCPT TO:<jon@harbour.example>\r\nRCPT TO:<zoe@harbour.example>\r\n' + b'BDAT %d LAST\r\n' % len(whole) + whole)
    for code in (b'250', b'250', b'250', b'250'):
        wire.reply(code)
    wire.say('MAIL FROM:<anna@nordlicht.example>', b'250')
    wire.say('RCPT TO:<zoe@harbour.example>', b'250')
    wire.send(b'BDAT 12\r\nnever mind\r\n')
    wire.reply(b'250')
    wire.say('RSET', b'250')
    wire.quit()


def ipv6():
    with connect(None, SERVER6, '[IPv6:2001:db8:20::11]') as server:
        server.send_message(letter('Over the long address', 'anna@nordlicht.example', 'zoe@harbour.example', 'Same harbour, sixth version.\n', 'six-1'))


def starttls():
    for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        with connect() as server:
            server.starttls(context=context)
            server.login('anna@harbour.example', 'S3CRET-smtp-1')
            server.send_message(letter('Nobody sees this', 'anna@harbour.example', 'buyer@elsewhere.example', 'Sealed.\n', 'sealed-1'))
    wire = Wire()
    wire.say('AUTH PLAIN ' + base64.b64encode(b'\0jon@harbour.example\0S3CRET-smtp-2').decode(), b'503')
    wire.quit()


def half(reset):
    wire = Wire()
    wire.say('MAIL FROM:<anna@nordlicht.example>', b'250')
    wire.say('RCPT TO:<zoe@harbour.example>', b'250')
    wire.say('DATA', b'354')
    wire.send('From: anna@nordlicht.example\r\nSubject: Before the lights went out\r\n\r\nThe last thing I wanted to say is th')
    time.sleep(0.3)
    if reset:
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    wire.lines.close()
    wire.socket.close()


def half_fin():
    half(False)


def half_reset():
    half(True)


globals()[sys.argv[1].replace('-', '_')]()
