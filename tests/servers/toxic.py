"""A network that is half dead: a TCP proxy in front of a server, which does to connections what a test wants."""

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.protocol import Factory, Protocol


class _End(Protocol):
    """One end of a connection; what it takes goes to ``other``."""

    def __init__(self, proxy, is_server):
        self.proxy = proxy
        self.is_server = is_server
        self.other = None
        self.waiting = []

    def connectionMade(self):  # noqa: N802
        self.proxy.ends.add(self)
        if not self.is_server:
            there = TCP4ClientEndpoint(reactor, "127.0.0.1", self.proxy.target)
            server = _End(self.proxy, True)
            server.other = self
            connectProtocol(there, server).addCallbacks(self.joined, lambda _: self.transport.abortConnection())

    def joined(self, server):
        self.other = server
        for data in self.waiting:
            self.dataReceived(data)

    def dataReceived(self, data):
        if self.other is None:
            self.waiting.append(data)
        elif self.proxy.silent:
            self.proxy.swallowed += len(data)
        elif self.is_server and self.proxy.half:
            self.proxy.silent = True
            self.other.transport.write(data[: len(data) // 2])
        elif self.is_server and self.proxy.delay:
            self.proxy.later(self.other.transport.write, data)
        else:
            self.other.transport.write(data)

    def connectionLost(self, reason):
        self.proxy.ends.discard(self)
        if self.other is not None and self.other.transport and not self.proxy.silent:
            self.other.transport.loseConnection()


class Toxic:
    """Forwards to a port of 127.0.0.1.

    :ivar delay: seconds by which each piece of an answer is late.
    :ivar silent: whether nothing goes through any more, though all connections stay, and new ones are taken.
    :ivar half: whether of the next piece of an answer the first half goes through, and nothing after it.
    :ivar swallowed: octets that went nowhere.
    :ivar ends: the ends of connections there are.
    """

    def __init__(self, target):
        self.target = target
        self.delay = 0.0
        self.silent = self.half = False
        self.swallowed = 0
        self.ends = set()
        self._late = []

    async def start(self):
        """Listen, on :attr:`port`."""
        factory = Factory.forProtocol(lambda: _End(self, False))
        factory.noisy = False
        self.listening = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
        self.port = self.listening.getHost().port
        return self

    def later(self, what, *arguments):
        """Do something after :attr:`delay`."""
        self._late = [call for call in self._late if call.active()]
        self._late.append(reactor.callLater(self.delay, what, *arguments))

    def cut(self):
        """Reset all connections."""
        for end in list(self.ends):
            end.transport.abortConnection()

    async def stop(self):
        """Take no connections any more, and end those there are."""
        await self.listening.stopListening()
        self.silent = False
        for call in self._late:
            if call.active():
                call.cancel()
        self.cut()
