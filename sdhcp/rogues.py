"""DHCP servers that nobody has put there: told when they begin, and when they have been silent for a while."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from zope.interface import implementer

from .events import Event, ForeignServer, ForeignServerSilent, ServerHeard
from .interfaces import IEventObserver, ISheds

MOST: Final = 16
"""Foreign servers that are told apart; whoever sends packets decides how many there are."""
AGAIN: Final = 60.0
"""Seconds between two events about one that goes on."""


@dataclass(slots=True)
class _Met:
    """One of them."""

    heard: ServerHeard
    since: float
    told: float
    times: int = 0
    told_times: int = 0


@implementer(IEventObserver, ISheds)
class ForeignServers:
    """Tells of servers that answer clients here and are not known.

    :param known: addresses of servers that are meant to be there.
    :param is_own: whether an address is this machine's.
    :param silence: seconds without a packet after which one is taken to be gone.
    """

    def __init__(
        self,
        known: frozenset[bytes],
        is_own: Callable[[bytes], bool],
        silence: float,
        publish: Callable[[Event], None],
    ) -> None:
        self._known = known
        self._is_own = is_own
        self._silence = silence
        self._publish = publish
        self._met: dict[bytes, _Met] = {}
        self._too_many = 0

    def wants(self, kind: type[Event]) -> bool:
        """What is heard of others."""
        return kind is ServerHeard

    def observe(self, event: Event) -> None:
        """Take note of one answer, or of one REQUEST that names another server."""
        assert isinstance(event, ServerHeard)  # noqa: S101  it wants no other
        server = event.server
        if server in self._known or event.source in self._known or not _may_be_a_server(server) or self._is_own(server):
            return
        met = self._met.get(server)
        if met is None:
            if len(self._met) >= MOST:
                self._too_many += 1
                return
            met = self._met[server] = _Met(event, event.now, event.now)
            is_news = True
        else:
            before = met.heard
            is_news = bool(event.source) and not before.source
            if not event.source:
                # A client does not know where the server is; what an answer told stays.
                event = event._replace(source=before.source, hardware=before.hardware)
            met.heard = event
        met.times += 1
        if is_news or event.now - met.told >= AGAIN:
            times = met.times - met.told_times
            met.told, met.told_times = event.now, met.times
            self._publish(ForeignServer(event.now, event, times, is_news))

    def watch(self, now: float) -> None:
        """Tell of those that are silent; call this about once a second.

        :param now: seconds of the clock that events have theirs from.
        """
        for server, met in list(self._met.items()):
            heard = met.heard
            if now - heard.now >= self._silence:
                del self._met[server]
                lasted = heard.now - met.since
                self._publish(ForeignServerSilent(now, server, heard.interface, lasted, met.times, self._silence))

    def shed(self) -> Iterator[tuple[str, int]]:
        """How many packets told of further servers than can be told apart."""
        yield "packets of further foreign DHCP servers", self._too_many


def _may_be_a_server(address: bytes) -> bool:
    return len(address) == 4 and 0 < address[0] < 224 and address[0] != 127
