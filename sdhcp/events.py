"""What happened, as NamedTuples: made once, formatted only when someone reads them.

``now`` is seconds of the server's monotonic clock. Addresses and hardware addresses are bytes.
"""

from collections.abc import Mapping
from typing import NamedTuple

from .model import Arrival, Definition, Destination, Lease


class Exchange(NamedTuple):
    """One packet that was decoded and admitted, and what was done with it.

    ``method`` is the packet's kind, ``outcome`` a short stable word, ``answer`` the reply's name or
    "" for silence. ``elapsed`` is seconds from decoding to sending. ``reply`` are the octets that were sent, b"" for
    none, and ``to`` is where they went; ``options`` are the packet's, as they came.
    """

    now: float
    method: str
    answer: str
    outcome: str
    accepted: bool
    mac: bytes
    address: bytes
    xid: bytes
    giaddr: bytes
    definition: Definition | None
    arrival: Arrival
    size: int
    elapsed: float
    options: Mapping[int, bytes] | None = None
    reply: bytes = b""
    to: Destination | None = None


class Dropped(NamedTuple):
    """One packet refused by a guard, by the block list or because its client asks too often.

    ``message_type`` is its option 53, 0 if it has none.
    """

    now: float
    reason: str
    detail: str
    mac: bytes
    giaddr: bytes
    arrival: Arrival
    message_type: int = 0


class Malformed(NamedTuple):
    """One datagram that is no DHCP message."""

    now: float
    reason: str
    detail: str
    size: int
    arrival: Arrival


class Blocked(NamedTuple):
    """A client was put on the temporary block list or suspended; ``seconds`` until it is heard again."""

    now: float
    mac: bytes
    seconds: int
    reason: str


class OffLink(NamedTuple):
    """A definition's address does not belong on the link its client was seen on; once per client."""

    now: float
    mac: bytes
    address: bytes
    link: bytes
    withheld: bool


class Ambiguous(NamedTuple):
    """Several reservations of a client belong on the link where it is; the first counts. Once per client."""

    now: float
    mac: bytes
    addresses: tuple[bytes, ...]
    link: bytes


class Declined(NamedTuple):
    """A client found its address in use by another host (RFC 2131 section 4.3.3)."""

    now: float
    mac: bytes
    address: bytes
    subnet: str
    serial: int


class SendFailed(NamedTuple):
    """A reply could not be sent; ``times`` failures of this kind since it was last told."""

    now: float
    interface: str
    ip: bytes
    error: str
    times: int


class SourceFailed(NamedTuple):
    """A source could not answer, or stopped doing so; ``advice`` says what to do.

    ``mac`` is the client for whom alone it failed; empty if it fails for all.
    """

    now: float
    source: str
    problem: str
    advice: str
    mac: bytes = b""


class SourceRecovered(NamedTuple):
    """A source that had failed answers again."""

    now: float
    source: str
    seconds: float


class Shed(NamedTuple):
    """Something bounded was full; ``times`` entries were let go since it was last told."""

    now: float
    what: str
    times: int


class Reloaded(NamedTuple):
    """Sources were read anew; ``problem`` is "" or why the earlier state was kept."""

    now: float
    what: str
    problem: str


class ObserverFailed(NamedTuple):
    """An observer of events raised and gets no more of them; ``trace`` is its traceback."""

    now: float
    observer: str
    trace: str


class HandlingFailed(NamedTuple):
    """A packet met a fault in the server or in site code; ``trace`` is the traceback."""

    now: float
    mac: bytes
    problem: str
    trace: str
    arrival: Arrival | None = None


class LeaseChanged(NamedTuple):
    """Who holds an address of a pool has changed; ``what`` is as in the history of leases."""

    now: float
    what: str
    lease: Lease


class LeaseBound(LeaseChanged):
    """A client was lent an address, or lent it anew: what happens all the time, so that few ask for it."""

    __slots__ = ()


class PoolExhausted(NamedTuple):
    """A client could be given no address, since its pools have none left."""

    now: float
    pools: tuple[str, ...]
    mac: bytes


class PoolFilled(NamedTuple):
    """More of a pool's addresses are in use than its ``alert`` says, or, with ``over``, no longer so many."""

    now: float
    pool: str
    used: int
    size: int
    over: bool


class HookFailed(NamedTuple):
    """A site's code raised something while a packet was answered, which gets no reply.

    ``trace`` is the traceback, "" if the same has been told less than a minute ago.
    """

    now: float
    hook: str
    mac: bytes
    problem: str
    trace: str


class HookSlow(NamedTuple):
    """A site's function held the thread that answers clients; ``moved`` if it is called in threads from now on,
    ``waits`` if it answers later, and held the thread before it began to wait."""

    now: float
    hook: str
    seconds: float
    moved: bool
    waits: bool = False


class ServerHeard(NamedTuple):
    """Somebody's answer to a client was heard, or a client's REQUEST that names another server; see ``answer``.

    ``server`` is its server identifier, or where the answer came from if it has none. ``source`` and ``hardware`` are
    where an answer came from, empty for a REQUEST. ``address`` is what was given to ``mac``, which is empty for an
    answer to this server's own question.
    """

    now: float
    server: bytes
    source: bytes
    hardware: bytes
    interface: str
    giaddr: bytes
    answer: str
    address: bytes
    mac: bytes


class ForeignServer(NamedTuple):
    """A DHCP server answers clients here that is not known to be meant to; again from time to time while it does.

    ``heard`` is what was heard of it last, with all that was learned before of where it is; ``times`` how often
    since it was last told of. ``is_news`` says that it begins, or that more is known of where it is.
    """

    now: float
    heard: ServerHeard
    times: int
    is_news: bool


class ForeignServerSilent(NamedTuple):
    """Nothing was heard of a foreign server for a while; it was for ``seconds``, ``times`` in all."""

    now: float
    server: bytes
    interface: str
    seconds: float
    times: int
    silence: float


class ServerMessage(NamedTuple):
    """Something about the server itself that an operator should read; ``level`` is a severity name.

    ``id`` is the name of its kind in :mod:`sdhcp.messages`, "" if it has none of its own.
    """

    now: float
    level: str
    text: str
    id: str = ""


class Edited(NamedTuple):
    """Somebody has changed a reservation or a lease; ``before`` and ``after`` are its fields as text, "" for none."""

    now: float
    by: str
    origin: str
    what: str
    subject: str
    before: str
    after: str


class SiteCritical(NamedTuple):
    """Code of a site's has logged something as CRITICAL, which stands in the log already; ``times`` since last told.

    ``cause`` is the same for all records of one kind.
    """

    now: float
    logger: str
    cause: str
    text: str
    times: int = 1


Event = (
    Exchange
    | Dropped
    | Malformed
    | Blocked
    | OffLink
    | Ambiguous
    | Declined
    | SendFailed
    | SourceFailed
    | SourceRecovered
    | Shed
    | Reloaded
    | ObserverFailed
    | HandlingFailed
    | LeaseChanged
    | PoolExhausted
    | PoolFilled
    | HookFailed
    | HookSlow
    | ServerHeard
    | ForeignServer
    | ForeignServerSilent
    | ServerMessage
    | Edited
    | SiteCritical
)
