"""Server and clients of samples/thrift, over the code that the Thrift compiler makes of harbour.thrift."""
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.environ['GENERATED'])
from harbour import Harbour, Weather                                        # noqa: E402
from harbour.ttypes import Berth, Login, NoSuchBerth, State                 # noqa: E402
from thrift import TMultiplexedProcessor                                    # noqa: E402
from thrift.Thrift import TApplicationException                              # noqa: E402
from thrift.protocol import TBinaryProtocol, TCompactProtocol, THeaderProtocol, TMultiplexedProtocol  # noqa: E402
from thrift.server import TServer                                           # noqa: E402
from thrift.transport import THeaderTransport, TSocket, TTransport          # noqa: E402

HOST = '10.20.0.81'
SECRET = 'S3CRET-thrift-'


class Binary(TBinaryProtocol.TBinaryProtocol):
    """Strict or old, and the old kind's names as text, which the library forgets."""

    def readMessageBegin(self):
        name, kind, seqid = super().readMessageBegin()
        return name.decode() if isinstance(name, bytes) else name, kind, seqid


class BinaryFactory(TBinaryProtocol.TBinaryProtocolFactory):
    def __init__(self, write):
        super().__init__(False, write)

    def getProtocol(self, trans):
        return Binary(trans, False, self.strictWrite)


KINDS = {
    'socket': (9090, TTransport.TBufferedTransportFactory(), BinaryFactory(True)),
    'framed': (9091, TTransport.TFramedTransportFactory(), TBinaryProtocol.TBinaryProtocolFactory()),
    'compact': (9092, TTransport.TFramedTransportFactory(), TCompactProtocol.TCompactProtocolFactory()),
    'bare': (9093, TTransport.TBufferedTransportFactory(), TCompactProtocol.TCompactProtocolFactory()),
    'many': (9094, TTransport.TFramedTransportFactory(), TBinaryProtocol.TBinaryProtocolFactory()),
    'old': (9096, TTransport.TBufferedTransportFactory(), BinaryFactory(False)),
    'header': (9095, None, THeaderProtocol.THeaderProtocolFactory()),
}


class HarbourHandler:
    def ping(self):
        pass

    def find(self, quay):
        if quay > 9:
            raise NoSuchBerth(quay, 'There are nine quays.')
        return Berth(quay, State.TAKEN, 'Gr\u00f8nland', ['north', 'deep'], {'cargo': 41000, 'fuel': -1}, {3, 4}, 7.25, True, b'\xab\x0c\x1d\x28\x1a')

    def all(self, limit):
        return [Berth(n, State.FREE, None, [], {}, set(), 1e-7, False, b'') for n in range(limit)]

    def book(self, berth, ship):
        return 2 ** 40 + berth.quay

    def signIn(self, login, options):
        return login.password == SECRET + '1'

    def log(self, line):
        pass


class WeatherHandler:
    def wind(self, station, hours, since):
        return 12.5

    def report(self, place):
        return 'fog over ' + place


def serve():
    for name, (port, transports, protocols) in KINDS.items():
        processor = Harbour.Processor(HarbourHandler())
        processor._processMap.pop('missing')
        if name == 'many':
            several = TMultiplexedProcessor.TMultiplexedProcessor()
            several.registerProcessor('Harbour', processor)
            several.registerProcessor('Weather', Weather.Processor(WeatherHandler()))
            processor = several
        args = (TSocket.TServerSocket(HOST, port), transports, protocols) if transports else (TSocket.TServerSocket(HOST, port), TTransport.TTransportFactoryBase(), protocols)
        server = TServer.TThreadedServer(processor, *args, daemon=True)
        threading.Thread(target=server.serve, daemon=True).start()
    time.sleep(1e6)


def connect(kind):
    port, transports, protocols = KINDS[kind]
    sock = TSocket.TSocket(HOST, port)
    sock.setTimeout(10000)
    transport = transports.getTransport(sock) if transports else sock
    made = protocols.getProtocol(transport)
    made.trans.open()
    return made


def story(client):
    client.ping()
    client.find(3)
    try:
        client.find(12)
    except NoSuchBerth:
        pass
    client.all(2)
    client.book(Berth(5, State.CLOSED, 'Aurora \u2693 "the old"\n', ['a', 'b'], {'x': 2 ** 40}, {-2, 7}, -0.5, False, bytes(range(6))), 'Aurora')
    client.log('the tide turns')
    try:
        client.missing(1)
    except TApplicationException:
        pass
    client.ping()


def plain(kind):
    protocol = connect(kind)
    story(Harbour.Client(protocol))
    protocol.trans.close()


def many():
    protocol = connect('many')
    harbour = Harbour.Client(TMultiplexedProtocol.TMultiplexedProtocol(protocol, 'Harbour'))
    weather = Weather.Client(TMultiplexedProtocol.TMultiplexedProtocol(protocol, 'Weather'))
    harbour.ping()
    weather.wind(-3, 12, -2 ** 40)
    harbour.find(1)
    weather.report('quay 7')
    protocol.trans.close()


def header():
    for compact in (False, True):
        protocol = connect('header')
        transport = protocol.trans
        if compact:
            protocol = THeaderProtocol.THeaderProtocol(TSocket.TSocket(HOST, KINDS['header'][0]), [THeaderTransport.THeaderClientType.HEADERS],
                                                       default_protocol=THeaderTransport.THeaderSubprotocolID.COMPACT)
            protocol.trans.open()
            protocol.trans.add_transform(THeaderTransport.THeaderTransformID.ZLIB)
        protocol.trans.set_header(b'client', b'desk-4')
        protocol.trans.set_header(b'authorization', (SECRET + '5').encode())
        client = Harbour.Client(protocol)
        client.ping()
        client.find(3)
        client.log('behind headers')
        protocol.trans.close()
        transport.close()


def pipelined():
    """Three calls with ids of their own before any reply is read, then one of the old kind without version."""
    protocol = connect('framed')
    client = Harbour.Client(protocol)
    for seqid, quay in ((7, 1), (8, 11), (9, 2)):
        client._seqid = seqid
        client.send_find(quay)
    for _ in range(3):
        try:
            client.recv_find()
        except NoSuchBerth:
            pass
    protocol.trans.close()
    protocol = connect('old')
    client = Harbour.Client(protocol)
    client.ping()
    client.find(4)
    protocol.trans.close()


def secrets():
    protocol = connect('compact')
    client = Harbour.Client(protocol)
    client.signIn(Login('anna', SECRET + '1'), {'token': SECRET + '2', 'from': 'amqp://anna:%s3@desk/' % SECRET})
    client.signIn(Login('anna', SECRET + '6'), {})
    client.log('connecting with password=%s4' % SECRET)
    protocol.trans.close()


def large():
    protocol = connect('socket')
    client = Harbour.Client(protocol)
    client.log('x' * 30000)
    client.all(60)
    client.ping()
    protocol.trans.close()


def cut():
    """A call whose client goes away before it has said all."""
    sock = socket.create_connection((HOST, KINDS['framed'][0]))
    sock.sendall(b'\0\0\0\x30\x80\x01\0\1\0\0\0\4find\0\0\0\1\x08\0\1\0')
    time.sleep(0.2)
    sock.close()


{'serve': serve, 'plain': plain, 'many': many, 'header': header, 'pipelined': pipelined, 'secrets': secrets, 'large': large, 'cut': cut}[sys.argv[1]](*sys.argv[2:])
