"""The contracts: what the parts of sdhcp, and a site's own code, promise each other."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorCore, IReactorFDSet, IReactorThreads, IReactorTime
from twisted.plugin import IPlugin
from zope.interface import Attribute, Interface

from .config.settings import SourceSettings
from .engine.addresses import Addresses
from .engine.edited import Reply
from .events import Event
from .model import Arrival, Definition, Destination, Holder, Lease, PoolCounts, Query, Remembered, Subnet
from .wire.describe import address as dotted
from .wire.message import Message


class Unknown(Enum):
    """The answer of a source that cannot tell at once; ask :meth:`IDefinitionSource.lookup`."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

Found = Definition | Sequence[Definition] | None
"""One definition, several that all name this client, or None for a client nobody knows."""


class SourceError(Exception):
    """A source could not answer; the text says what is wrong in plain words, without secrets.

    :ivar advice: what the operator can do.
    :ivar passing: whether this happens in the ordinary run of things, and is over in a moment.
    """

    def __init__(self, problem: str, advice: str = "", passing: bool = False) -> None:
        super().__init__(problem)
        self.advice = advice
        self.passing = passing


class SourceLoadError(SourceError):
    """A source cannot be used at all, or what it was told to read anew is not in order.

    :ivar problems: one line each, ``file:line: what, expected`` where there is a line.
    """

    def __init__(self, problems: Sequence[str], advice: str = "") -> None:
        super().__init__("\n".join(problems), advice)
        self.problems = tuple(problems)


class BadReservation(SourceError):
    """One client's entry is not in order, though the source is; the text names the entry and the field."""


class ClientFailed(SourceError):
    """A source failed for one client; nobody knows yet whether it would for others."""


class IServerReactor(IReactorCore, IReactorFDSet, IReactorThreads, IReactorTime):
    """What the server needs of a reactor."""


class IDefinitionSource(Interface):
    """Where the truth about clients is kept."""

    name = Attribute("What operators call it, as in DATABASE_ENGINE.")

    def lookup(query: Query) -> "Deferred[Found]":
        """Find the definitions for a client.

        The Deferred fires with one :class:`Definition`, a sequence of several, or None for a client
        that is not known. It fails with :class:`SourceError` if the source cannot tell now.
        """


class IBackendFactory(IPlugin):
    """A plugin of Twisted that builds a source for a name in DATABASE_ENGINE."""

    name = Attribute("The name.")

    def build(settings: SourceSettings, reactor: IServerReactor, clock: Callable[[], float]) -> IDefinitionSource:
        """Build the source. May read files; must not ask a store, which may be away.

        :param settings: ``settings.settings`` has all upper-case names of conf.py.
        :param clock: seconds of a monotonic clock.
        :raises SourceLoadError: if the source cannot be used.
        """


T = TypeVar("T")
Later: TypeAlias = T | Deferred[T]
"""A value, or a Deferred of it."""

Answered = Callable[[Found | SourceError], None]
"""Called with what was found for a client, or with why that cannot be told."""


class ICallsBack(Interface):
    """A source that can be asked without a Deferred, each of which costs as much as to read a packet."""

    def look_up(query: Query, answered: Answered) -> Callable[[], None]:
        """As ``lookup``, with a function that is called once, at once or later.

        What is returned ends the waiting.
        """


class IHealth(Interface):
    """Something that knows whether it is well."""

    def problem() -> str:
        """What is wrong now, in plain words, "" if nothing is."""


class ILayered(Interface):
    """A source with parts that may be unwell while it is well itself, and with a memory."""

    hits = Attribute("Answers from memory that were as good as the store's, since the start.")
    stale = Attribute("Answers that were given in the absence of the store.")

    def count() -> int:
        """Clients whose answers are in memory."""

    def layers() -> "Iterable[ICache]":
        """The parts, whose health is watched and told apart from the source's."""


class IWarns(Interface):
    """Something that was loaded, though not all of it is as an operator may have meant it."""

    warnings = Attribute("One line each, ``file:line: what``, as of the last loading.")


class IPeekable(Interface):
    """A source that can often answer at once, without a Deferred."""

    def peek(query: Query) -> "Found | Unknown":
        """The same answer as ``lookup`` would give now, or UNKNOWN. Never blocks.

        :raises SourceError: if the source cannot tell now.
        """


class IRefreshable(Interface):
    """A peekable source that can look once whether what it keeps still holds, and then answer many."""

    def refresh() -> None:
        """Look now. What was changed before this is in every answer after it."""

    def peek_refreshed(query: Query) -> "Found | Unknown":
        """As :meth:`IPeekable.peek`, as fresh as the last :meth:`refresh`.

        :raises SourceError: if the source cannot tell now.
        """

    def settle() -> None:
        """The answers that were wanted since the last :meth:`refresh` have been given."""


class IReadAhead(Interface):
    """A source that answers sooner for clients that it has looked up before they ask."""

    def read_ahead() -> "Iterator[None]":
        """Look up what clients may ask for, a fraction of a millisecond's work with each step.

        Never raises. Ends at once if there is nothing new since the last time.
        """


class ISubnetSource(Interface):
    """A source that knows its subnets, apart from the clients in them."""

    def subnet_of(address: bytes) -> Subnet | None:
        """The narrowest subnet, and of several the lowest serial, that holds a 4-byte address."""


class IEnumerableSource(Interface):
    """A source that can list what it holds."""

    def reservations() -> "Iterable[tuple[str, Definition]]":
        """Every (key, definition), in the source's own order. May block: not for the reactor thread."""


class Sought(NamedTuple):
    """Which clients are searched for: those with ``text`` in their key or host name, in any case, with one of
    ``key_parts`` in their key, or with ``address`` in their address; all of them if nothing is given.

    ``text`` and ``key_parts`` are in lower case. ``is_whole`` says that ``address`` is one, not a part of some.
    """

    text: str = ""
    key_parts: tuple[str, ...] = ()
    address: str = ""
    is_whole: bool = False

    def holds(self, key: str, definition: Definition) -> bool:
        """Whether a reservation is one of them."""
        if self.address:
            own = dotted(definition.ip)
            if own == self.address if self.is_whole else self.address in own:
                return True
        if not self.text:
            return not self.address
        folded = key.lower()
        if self.text in folded or any(part in folded for part in self.key_parts):
            return True
        return definition.hostname is not None and self.text in definition.hostname.lower()


class Listed(NamedTuple):
    """Some of what was searched for, each with its key; ``after`` is where to go on, "" at the end.

    It may be less than was asked for, or nothing, though there is more: then the time for it was over.
    """

    found: Sequence[tuple[str, Definition]]
    after: str


class ISearchableSource(Interface):
    """A source that can search what it holds, however much that is."""

    def search(
        sought: Sought, after: str, most: int, seconds: float, in_thread: "Callable[..., Deferred[Any]]"
    ) -> "Deferred[Listed]":
        """Reservations that are searched for, ascending by key, behind ``after``, "" for the first.

        Fails with :class:`SourceError` if the source cannot tell now.

        :param most: clients; one may have several reservations.
        :param seconds: after which what has been found by then is enough.
        :param in_thread: calls a function with arguments in a thread, for sources that have none of their own.
        """


class IRemoteSource(IDefinitionSource):
    """A source that is asked over a network or in threads: it may be slow, or away for a while.

    It knows its clients by ``query.key``. Nothing is opened before :meth:`start`. ``lookup`` gives up after
    some seconds of its own, and stops what it asked when its Deferred is cancelled.
    """

    def start() -> None:
        """Begin to hold connections. Never raises, never blocks; a store that is away is no fault."""

    def stop() -> "Deferred[None]":
        """Let go of all connections; fires, soon, when nothing of it runs any more. Never fails."""

    def probe() -> "Deferred[None]":
        """Ask the store what lookups ask, so that what would fail for them fails here.

        Fails with :class:`SourceError`, whose text says what is wrong with the store or what it holds.
        """


class IChanges(Interface):
    """Who wants to know what has changed in a store. All methods return at once and never raise."""

    def watched(yes: bool) -> None:
        """Whether from now on every change is told of. What was read before "yes" is not vouched for."""

    def changed(key: str) -> None:
        """A client's own entry was added, changed or removed."""

    def subnet_changed(subnet: str, serial: int) -> None:
        """What all clients of a subnet share was added, changed or removed."""

    def all_changed() -> None:
        """So much has changed that it is not told one by one."""


class ITellsChanges(Interface):
    """A remote source that can hear from its store what was changed."""

    def tell(changes: IChanges) -> None:
        """Whom to tell; called once, before ``start``. It is told between two packets only."""

    def hear() -> None:
        """Take in what the store has told by now. Never blocks, never raises; called before packets are answered."""


class IConfirms(Interface):
    """A source that tells changes, and can be asked whether it has told all of them."""

    def confirm(heard: Callable[[], None]) -> bool:
        """Have a function called, soon, when everything has been heard that was changed before now.

        False if that cannot be had, and the function will not be called.
        """


class Kept(NamedTuple):
    """An answer from a cache: what was found, and how many seconds ago; ``age`` is infinite if nobody knows."""

    found: Found
    age: float


class ICache(IHealth):
    """Answers that are kept outside the process's memory. Nothing here raises or fails."""

    name = Attribute("What operators call it.")

    def start() -> None:
        """Open it."""

    def stop() -> "Deferred[None]":
        """Write what is waiting and close it; fires when that is done."""

    def get(key: str) -> "Deferred[Kept | None]":
        """What is kept for a client; None for nothing, and while the cache itself cannot be asked."""

    def put(key: str, found: Found) -> None:
        """Keep what was found for a client; None that it is not known."""

    def drop(key: str) -> None:
        """Forget one client."""

    def clear() -> "Deferred[None]":
        """Forget everybody."""

    def count() -> int:
        """How many clients are kept, as far as is known without asking."""


class ISheds(Interface):
    """Something with tables that are bounded."""

    def shed() -> "Iterable[tuple[str, int]]":
        """What each full table has let go of, in plain words, and how many times since the start."""


class IRequest(Interface):
    """One packet of a client, as a site's code sees it from the first hook to the last."""

    packet = Attribute("The packet: what the client sent, and in a reply editor the reply. What is set in it is sent.")
    source_packet = Attribute("Another packet: what the client sent, whatever was done to ``packet``.")
    method = Attribute("What the client wants, such as DISCOVER or REQUEST:RENEW.")
    mac = Attribute("Its hardware address, a ``MAC``.")
    client_ip = Attribute("The address that it names as its own or asks for by a REQUEST, an ``IPv4``, or None.")
    relay_ip = Attribute("The address of the relay agent, an ``IPv4``; None if it came without one.")
    port = Attribute("The port of the server that it came to.")
    query = Attribute("What sources are asked: keys, client identifier, circuit and remote id, link.")


class IPacketFilter(Interface):
    """Has a say in which packets are answered."""

    def admits(request: IRequest) -> Any:
        """True to go on with a packet, False to leave it alone, None to leave its client alone for a while.

        May be a coroutine function, or return a Deferred.
        """


class IUnknownClient(Interface):
    """Knows clients that no source does."""

    def find(request: IRequest) -> Any:
        """What a client gets: a ``Definition``, several, or None. Called in a thread unless it is a coroutine
        function or marked ``@inline``."""


class IDefinitionChooser(Interface):
    """Decides between several definitions of one client."""

    def choose(definitions: Any, request: IRequest) -> Any:
        """The one that counts, or None for a client that gets nothing. May answer later, as a filter may."""


class IReplyEditor(Interface):
    """Changes replies before they are sent."""

    def edit(request: IRequest, definition: Any) -> Any:
        """Change ``request.packet``; True to send it, anything that is not true to keep it back.

        May answer later, as a filter may.
        """


class SiteCodeFailed(Exception):
    """A site's code raised something, or gave what cannot be used; it has been told of."""


class MadeReply(NamedTuple):
    """What a site's code has made of a reply: its octets, None if they are as they were; its message type, 0 if it has
    none; the header fields that were set; and where it goes, as far as that was set."""

    data: bytes | None
    answer: int
    fields: Mapping[str, bytes]
    ip: bytes | None
    port: int | None
    source_port: int | None
    hardware: bytes | None


class ISiteCode(Interface):
    """All of a site's code that takes part in answering. Where it answers later, a Deferred stands for the answer.

    Every method raises :class:`SiteCodeFailed`, or its Deferred fails with it.
    """

    filters = Attribute("Whether there is anything to filter packets.")
    finds = Attribute("Whether there is anything that knows further clients.")
    chooses = Attribute("Whether there is anything that decides between definitions.")
    edits = Attribute("Whether there is anything that changes replies.")

    def request(kind: str, message: Message, arrival: Arrival, remembered: Remembered | None) -> Any:
        """What the other methods are given for a packet, and of which a relay agent has told ``remembered`` before."""

    def admits(request: Any) -> Any:
        """As :class:`IPacketFilter`; all of them have to agree."""

    def find(request: Any) -> Any:
        """The :data:`Found` of the first who knows the client."""

    def choose(found: Sequence[Definition], request: Any) -> Any:
        """A :class:`Definition`, or None."""

    def edit(request: Any, reply: Reply) -> Any:
        """Whether the reply is to be sent, as one editor after the other has left it."""

    def made_of(request: Any) -> MadeReply:
        """What has become of the reply."""

    def stop() -> "Deferred[None]":
        """End what is under way; fires when nothing of it runs. Never fails."""


class ILender(Interface):
    """Lends addresses to clients that no source has one for."""

    name = Attribute("What operators call the place where leases are kept.")

    def answer(kind: str, query: Query, is_known: bool, commits: bool) -> "Later[Definition | None]":
        """What a client gets by a packet of a kind, in the form of a definition, after what the packet means for its
        lease was done and kept. None for nothing, and 0.0.0.0 as its address for a client that has to be refused.

        Fails with :class:`SourceError` if the leases cannot be read or kept now.

        :param is_known: whether a source knows the client, though not where it is.
        :param commits: whether a DISCOVER is answered with an ACK (RFC 4039).
        """

    def has_reservation(query: Query, definition: Definition) -> None:
        """A client is answered by its reservation: what it was lent is free, and the address is lent to nobody."""

    def subnet_of(address: bytes) -> Subnet | None:
        """The subnet of the pool that an address lies in, for who asks for information alone."""


class ILeaseStore(Interface):
    """Who holds which address of the pools, kept so that it survives the process.

    Times are seconds since the epoch, given as arguments. What is called ``Later`` is the value itself or a Deferred
    of it, which fails with :class:`SourceError` if the store cannot tell or keep it now; nothing has happened then.
    Each step is atomic: of two servers, or two clients, that want one address, one gets it.
    """

    name = Attribute("What operators call it.")

    def start() -> "Deferred[None]":
        """Open it; fires when it can be asked. Fails with :class:`SourceError`; it goes on trying if it is remote."""

    def stop() -> "Deferred[None]":
        """Finish what has begun and close it; fires when that is done. Never fails."""

    def offer(pool: Addresses, holder: Holder, wish: bytes | None, now: float, until: float) -> "Later[Lease | None]":
        """Choose an address for a client, and hold it for this client until a time (RFC 2131 section 4.3.1).

        In this order: the one that it holds, or held last, if nobody else does; the one that it wishes for, if free;
        one that was never lent; the one that has been free for the longest. Reserved addresses, quarantined ones, and
        those that are offered to or held by others are never chosen. None if there is none. An offer need not survive
        the process. A client that holds its address keeps its lease's ``expires`` if that is later.
        """

    def bind(pool: Addresses, holder: Holder, address: bytes, now: float, expires: float) -> "Later[Lease | None]":
        """Lend an address to a client until a time, which may be sooner than before; kept, on disk, when this fires.

        None if somebody else holds it, or is offered it, or if it is reserved, quarantined or none of the pool's. One
        that was offered to nobody is lent if it is free. What else the client held in this pool is released.
        """

    def release(pool: Addresses, client: str, address: bytes, now: float) -> "Later[bool]":
        """The client holds it no longer, and is remembered; False if it did not hold it."""

    def decline(pool: Addresses, client: str, address: bytes, now: float, until: float, evidence: str) -> "Later[bool]":
        """The client has found it in use: it is quarantined until a time; False if the client did not hold it."""

    def quarantine(pool: Addresses, address: bytes, now: float, until: float, evidence: str) -> "Later[bool]":
        """The server has found it in use; False if somebody holds it by a lease."""

    def clear(pool: Addresses, address: bytes, now: float) -> "Later[bool]":
        """Forget who holds or held it, or that it is quarantined: it is free; False if it was."""

    def of_client(pool: Addresses, client: str, now: float) -> "Later[Lease | None]":
        """What a client holds or held last."""

    def at(pool: Addresses, address: bytes, now: float) -> "Later[Lease | None]":
        """Who holds an address, or held it last; None if it was never lent, or was cleared."""

    def leases(pool: Addresses, after: bytes | None, most: int) -> "Later[Sequence[Lease]]":
        """Up to so many, ascending by address, behind an address; None for the first."""

    def counts(pool: Addresses, now: float) -> "Later[PoolCounts]":
        """How full the pool is."""

    def history(address: bytes | None, client: str | None, most: int) -> "Later[Sequence[LeaseChange]]":
        """What became of an address, or of a client's, the latest first."""

    def forget_history(before: float) -> "Later[int]":
        """Remove what is older than a time; how many entries."""


class IForesees(Interface):
    """A store of leases that can tell what a step would give without doing it."""

    def would_offer(
        pool: Addresses, holder: Holder, wish: bytes | None, now: float, until: float
    ) -> "Later[Lease | None]":
        """What :meth:`ILeaseStore.offer` would give now; nothing is held by that."""

    def would_bind(
        pool: Addresses, holder: Holder, address: bytes, now: float, expires: float
    ) -> "Later[Lease | None]":
        """What :meth:`ILeaseStore.bind` would give now; nothing is lent by that."""


class LeaseChange(NamedTuple):
    """One entry of the history: ``what`` is "bound", "renewed", "released", "declined", "quarantined" or "cleared"."""

    at: float
    what: str
    lease: Lease


class IReloadable(Interface):
    """Something that can read its contents anew."""

    def reload() -> "Deferred[None]":
        """Check first, then swap whole. Fails with :class:`SourceLoadError` and keeps what was."""


class ISender(Interface):
    """The way out for replies on one side of the server."""

    def send(data: bytes, destination: Destination) -> bool:
        """Send one reply, at once or together with others; False if it could not be sent. Never raises.

        What could not be sent is counted and told in an event.
        """

    def hold() -> None:
        """Hold replies back until :meth:`flush`, as far as there is room for them, to send them together."""

    def flush() -> None:
        """Send what is held back, and hold back no more. Never raises."""


class NotProbed(Enum):
    """The answer where nobody could be asked whether an address is in use."""

    NOT_PROBED = "not probed"


NOT_PROBED: Final = NotProbed.NOT_PROBED

Probed: TypeAlias = bytes | NotProbed | None
"""The hardware address of who uses an address, b"" where only that somebody does is known; None if nobody answered."""


class Scanned(NamedTuple):
    """What became of a scan: how many addresses were asked, and how many of them are in use."""

    asked: int
    answered: int


class IProber(Interface):
    """Finds out whether an address is in use."""

    def probe(
        address: bytes, interface: str | None = None, timeout: float = 0.5, client: bytes = b""
    ) -> "Deferred[Probed]":
        """Ask for an address: by ARP on an interface, by ICMP echo where the address is behind a router.

        The Deferred fires with bytes, b"" among them, as soon as somebody answers; with None if nobody did in
        time; with :data:`NOT_PROBED`, at once, where it cannot be asked or too many are asked for already. It does
        not fail, and may be cancelled.

        :param interface: the link that the address is on; None for one whose network holds it, which also finds out
            whether there is any.
        :param timeout: seconds; the question is repeated after half of it.
        :param client: the hardware address of who is to get it: its own answer does not count. By ICMP nobody can
            tell whose answer it is, so that an address that a client behind a relay agent held is better not probed.
        """

    def scan(
        first: bytes, last: bytes, interface: str, found: Callable[[bytes, bytes], None], rate: float = 256.0
    ) -> "Deferred[Scanned]":
        """Ask for a whole range of addresses by ARP, both ends included; on one interface one scan after the other.

        The Deferred fires when the last has had its time to answer, or when the interface has taken no frames for
        some seconds, and then ``asked`` is less than the range has addresses. It fails with what ``found`` raises,
        and may be cancelled.

        :param found: called with each address that is in use and its hardware address, once, as soon as it answers.
        :param rate: addresses a second, 1 to 10,000.
        :raises ValueError: if the range is empty, or the rate is not in range.
        """


class IEventObserver(Interface):
    """Someone who wants to know what happened."""

    def wants(kind: type[Event]) -> bool:
        """Whether events of a class are delivered; asked once for each class, and when the publisher is told to."""

    def observe(event: Event) -> None:
        """Take note of one event, at once: this is called between two packets."""


class WebQuestion(NamedTuple):
    """What a browser asks the web console for.

    ``path`` is what stands before the question mark, as it was sent; ``query`` has each name's values, without empty
    ones; ``headers`` are looked up in any case; ``by`` is who asks, "" if nobody had to say.
    """

    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    by: str = ""

    def first(self, name: str, default: str = "") -> str:
        """The first value of a name in the query."""
        return next(iter(self.query.get(name, ())), default)


class WebAnswer(NamedTuple):
    """What is sent as it is. Text is sent as UTF-8, which the type need not say."""

    mimetype: str
    data: bytes | str
    headers: Mapping[str, str] = {}
    status: int = 200


class IDashboardPanel(Interface):
    """A part of the console's dashboard."""

    name = Attribute("Its heading, as plain text.")
    ordering = Attribute(
        "Where it stands, a number: from low to high, among the elements of the site. The server's own have 100 to 500,"
        " the log has WEB_DASHBOARD_ORDER_LOG, and a site's elements that name none come behind it."
    )

    def render() -> "Later[str | None]":
        """Well-formed XHTML to stand below the heading, what came from outside escaped; None to be left out.

        Called on the reactor's thread: it must not block. A panel that raises, or has no answer within some seconds,
        is left out, and the log says so.
        """


class IWebMethod(Interface):
    """A page of the console, or a file that it gives."""

    path = Attribute("Where it is, such as /statistics/averages: matched exactly.")
    module = Attribute("The heading of the side-bar under which it stands, as plain text.")
    name = Attribute("What it is called there, as plain text.")
    hidden = Attribute("Whether it is left out of the side-bar.")
    secure = Attribute("Whether it is for those alone who know the password, if there is one.")

    def render(question: WebQuestion) -> "Later[WebAnswer | str | None]":
        """A file; or well-formed XHTML, that is put on a page of the console; None if there is no such thing.

        Called for GET alone, on the reactor's thread: it must not block, and changes nothing.
        """


class Alert(NamedTuple):
    """One telling of one trouble, of which there is one when it begins, one each now and then, and one when it is over.

    ``trouble`` is the same in all of them, ``number`` counts them from 1. ``stage`` is "begun", "goes on" or "over".
    Times are seconds since the epoch: ``at`` is now, ``since`` when it began, ``until`` when it was met last, or ended.
    ``is_on`` is whether it is there now, ``seconds`` how long it has lasted in all, ``times`` how often it was met,
    ``more`` how often of that since it was told last, ``spells`` how often it began. ``whom`` names some of ``met``,
    those whom it befell.

    ``kind`` is a short stable word, ``title`` one line; ``what`` happened, what is done ``meanwhile``, and the
    ``advice`` are sentences; ``said`` is what else has happened since it was told last, a few cases of it; ``trace`` is
    a traceback, or "".
    """

    trouble: str
    number: int
    stage: str
    is_on: bool
    at: float
    since: float
    until: float
    seconds: float
    times: int
    more: int
    spells: int
    kind: str
    title: str
    what: str
    whom: tuple[str, ...]
    met: int
    meanwhile: str
    advice: str
    said: tuple[str, ...] = ()
    trace: str = ""


class IAlertSink(Interface):
    """A way to tell people of troubles."""

    def send(alert: Alert) -> None:
        """Take an alert, to be delivered as soon as that can be done. Never raises, never waits."""
