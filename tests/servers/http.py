"""A web service that knows clients, private to a test: on the loopback, in this process, with or without TLS."""

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet import reactor, ssl
from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site


class Asked:
    """One request as the service got it."""

    def __init__(self, request):
        self.method = request.method.decode()
        self.uri = request.uri.decode()
        self.headers = request.requestHeaders
        self.body = request.content.read()
        self.query = {name.decode(): [value.decode() for value in values] for name, values in request.args.items()}
        self.parameters = json.loads(self.body) if self.method == "POST" else self.query

    def header(self, name):
        return self.headers.getRawHeaders(name)


class Service(Resource):
    """Answers from ``records``: key -> what JSON is to say; or as ``behave(request)`` does, if that is set.

    :ivar asked: the requests; :ivar connections: those that were opened; :ivar most: requests at one time.
    """

    isLeaf = True

    def __init__(self, key="mac"):
        super().__init__()
        self.records = {}
        self.behave = None
        self.key = key
        self.asked = []
        self.connections = self.lost = self.under_way = self.most = 0
        self.held = []

    def start(self, context=None):
        """Listen on a free port of the loopback, with TLS if there is a context."""
        site = Site(self)
        build = site.buildProtocol

        def count(address):
            self.connections += 1
            return build(address)

        site.buildProtocol = count
        self.scheme = "https" if context else "http"
        if context:
            self.port = reactor.listenSSL(0, site, context, interface="127.0.0.1")
        else:
            self.port = reactor.listenTCP(0, site, interface="127.0.0.1")
        return self

    @property
    def uri(self):
        return f"{self.scheme}://127.0.0.1:{self.port.getHost().port}/clients"

    def stop(self):
        self.release()
        return self.port.stopListening()

    def render(self, request):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        request.notifyFinish().addBoth(self._over)
        asked = Asked(request)
        self.asked.append(asked)
        if self.behave is not None:
            return self.behave(request)
        key = asked.parameters[self.key]
        found = self.records.get(key if isinstance(key, str) else key[0])
        if found is None:
            request.setResponseCode(404)
            return b"no such client"
        request.setHeader("Content-Type", "application/json")
        return json.dumps(found).encode()

    def _over(self, result):
        self.under_way -= 1
        self.lost += result is not None

    def hold(self, request):
        """Let a request wait, for :meth:`release`."""
        self.held.append(request)
        return NOT_DONE_YET

    def cut(self, request):
        """End a request's connection without a word."""
        request.transport.abortConnection()
        return NOT_DONE_YET

    def release(self):
        """Answer what waits: not known."""
        held, self.held = self.held, []
        for request in held:
            if request.channel is not None and not request._disconnected:
                request.setResponseCode(404)
                request.finish()


class Authority:
    """Issues certificates, as PEM text with their keys."""

    def __init__(self, name="tests"):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraints = [(x509.BasicConstraints(ca=True, path_length=0), True)]
        self._certificate = self._sign(self._name, self._key.public_key(), constraints)
        self.pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def _sign(self, name, key, extensions):
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, hashes.SHA256())

    def issue(self, address="127.0.0.1"):
        """A certificate with its key for an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)]
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
        certificate = self._sign(name, key.public_key(), names)
        pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return pem.decode()

    def context(self, pem, of_clients=None):
        """What a service listens with; with ``of_clients`` a client needs a certificate of that authority."""
        own = ssl.PrivateCertificate.loadPEM(pem)
        return own.options(*([ssl.Certificate.loadPEM(of_clients.pem)] if of_clients else []))


def until(condition, seconds=10.0):
    """Fires once a condition holds; fails when that takes too long."""
    deferred = Deferred()
    end = reactor.seconds() + seconds

    def look():
        if condition():
            deferred.callback(None)
        elif reactor.seconds() > end:
            deferred.errback(AssertionError("the condition never came to hold"))
        else:
            reactor.callLater(0.005, look)

    look()
    return deferred
