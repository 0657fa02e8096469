"""HTTP with limits: how large requests are, how long they may take, and how many connections there are."""

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.web.http import HTTPChannel
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

REQUEST_TIME: Final = 20.0
"""Seconds for a whole request to come in, from the connection or the last answer on."""
ANSWER_TIME: Final = 180.0
"""Seconds for an answer to be made and sent."""
BODY: Final = 1 << 20
"""Octets of a body."""
BODIES: Final = 32 << 20
"""Octets of all bodies at a time."""
HEADERS: Final = 100
"""Lines in the head of a request; together they have 16,384 octets at most."""
CONNECTIONS: Final = 256
"""Connections at a time."""
PER_ADDRESS: Final = 32
"""Connections of one address at a time."""
_DIGITS: Final = 18


class LimitedRequest(Request):
    """A request whose body has a bound, and is left as it came."""

    channel: "LimitedChannel"
    _is_refused = False
    _kinds: Sequence[bytes] = ()
    _came = 0

    def gotLength(self, length: int | None) -> None:  # noqa: N802  as Twisted calls it
        """The head of the request has said how long its body is; None if it has not."""
        # Twisted would put a large one into a file, and have all clients wait for the disk.
        self.content = BytesIO()
        if length is not None and length > BODY:
            self._refuse(b"413 Content Too Large")

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  as above
        """A part of the body has come."""
        self._came += len(data)
        if self._is_refused:
            return
        if self._came > BODY:
            self._refuse(b"413 Content Too Large")
        elif not self.channel.hold(len(data)):
            self._refuse(b"503 Service Unavailable")
        else:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802  as above
        """All of it has come."""
        if self._is_refused:
            return
        # Without its type a body is not taken apart, in whatever shape it was sent.
        self._kinds = self.requestHeaders.getRawHeaders(b"content-type", [])
        self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)

    def process(self) -> None:
        """Hand it on."""
        if self._kinds:
            self.requestHeaders.setRawHeaders(b"content-type", self._kinds)
        super().process()

    def _refuse(self, status: bytes) -> None:
        self._is_refused = True
        self.content = BytesIO()
        self.channel.refuse(status)


class LimitedChannel(HTTPChannel):
    """A connection whose requests and answers have to be there in time, however steadily they trickle."""

    maxHeaders = HEADERS  # noqa: N815  as Twisted calls it
    site: "LimitedSite"
    transport: Any
    _deadline: IDelayedCall | None = None
    _address = ""
    _is_stream = False
    _held = 0

    def connectionMade(self) -> None:  # noqa: N802  as above
        """Begin to wait for a request."""
        super().connectionMade()
        self._address = peer(self.transport.getPeer())
        self.site.opened(self, self._address)
        self._within(REQUEST_TIME)

    def headerReceived(self, line: bytes) -> bool:  # noqa: N802  as above
        """A line of the head has come; whether it may go on."""
        name, _, value = line.partition(b":")
        name, value = name.strip().lower(), value.strip(b" \t")
        # A length that no number holds is a fault to Twisted; codings that it passes over, a proxy may not.
        if (name == b"content-length" and len(value) > _DIGITS) or (
            name == b"transfer-encoding" and value.lower() != b"chunked"
        ):
            self.refuse(b"400 Bad Request")
            return False
        return bool(super().headerReceived(line))

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802  as above
        """A line has no end."""
        self.refuse(b"400 Bad Request")

    def refuse(self, status: bytes) -> None:
        """Answer without a body, and close."""
        self.transport.write(b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % status)
        self.loseConnection()

    def allContentReceived(self) -> None:  # noqa: N802  as above
        """A request is there; wait for its answer."""
        self._within(ANSWER_TIME)
        super().allContentReceived()

    def requestDone(self, request: Any) -> None:  # noqa: N802  as above
        """It is answered; wait for the next."""
        self._let_go()
        self._within(REQUEST_TIME)
        super().requestDone(request)

    def hold(self, octets: int) -> bool:
        """Whether there is room for so many octets more of the body that comes now."""
        if self.site.bodies + octets > BODIES:
            return False
        self.site.bodies += octets
        self._held += octets
        return True

    def begin_stream(self) -> None:
        """The answer lasts for as long as somebody takes it, and is no more one of the connections that are counted."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._is_stream = True
        self.site.has_become_stream(self._address)

    def connectionLost(self, reason: Any = connectionDone) -> None:
        """It is over."""
        self._let_go()
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self.site.closed(self, self._address, self._is_stream)
        super().connectionLost(reason)

    def _let_go(self) -> None:
        self.site.bodies -= self._held
        self._held = 0

    def _within(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.reset(seconds)
        elif self.transport.connected:
            self._deadline = self.site.reactor.callLater(seconds, self._late)

    def _late(self) -> None:
        self._deadline = None
        self.transport.abortConnection()


class LimitedSite(Site):
    """Serves one resource to as many connections as there may be; others are closed at once."""

    noisy = False
    displayTracebacks = False  # noqa: N815  as Twisted calls it

    def __init__(self, resource: IResource, reactor: IReactorTime) -> None:
        # Idle connections are closed by the deadline, which octets that trickle in do not put off.
        super().__init__(resource, LimitedRequest, timeout=None, reactor=reactor)
        self._connections: Counter[str] = Counter()
        self._channels: set[LimitedChannel] = set()
        self.refused = 0
        self.bodies = 0

    def buildProtocol(self, address: IAddress | None) -> Any:  # noqa: N802  as above
        """A channel; None if there are too many already."""
        where = peer(address)
        if self._connections.total() >= CONNECTIONS or (where and self._connections[where] >= PER_ADDRESS):
            self.refused += 1
            return None
        channel: Any = LimitedChannel()
        channel.factory = self
        channel.site = self
        channel.requestFactory = self.requestFactory
        channel.timeOut = None
        channel.callLater = self.reactor.callLater
        return channel

    def opened(self, channel: LimitedChannel, address: str) -> None:
        """A connection of an address has begun."""
        self._channels.add(channel)
        self._connections[address] += 1

    def closed(self, channel: LimitedChannel, address: str, was_stream: bool = False) -> None:
        """A connection of an address has ended."""
        self._channels.discard(channel)
        if not was_stream:
            self.has_become_stream(address)

    def has_become_stream(self, address: str) -> None:
        """A connection of an address is counted elsewhere from now on."""
        self._connections[address] -= 1
        if self._connections[address] <= 0:
            del self._connections[address]

    def close_all(self) -> None:
        """End all connections, whatever is under way."""
        for channel in list(self._channels):
            channel.transport.abortConnection()

    def logPrefix(self) -> str:
        """What Twisted calls it in the log."""
        return "web console"

    def startFactory(self) -> None:  # noqa: N802  as above
        """Nothing is written for each request."""

    def stopFactory(self) -> None:  # noqa: N802  as above
        """As above."""

    def log(self, request: Any) -> None:
        """As above."""


def peer(address: Any) -> str:
    """Where a connection comes from; "" for one that has no address."""
    return str(getattr(address, "host", "") or "")
