"""Browsers that look on: each is sent events while it takes them, and told how many it has lost while it did not."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

VIEWERS: Final = 256
"""Viewers at a time."""
PER_ADDRESS: Final = 32
"""Viewers of one address at a time."""
PATIENCE: Final = 60.0
"""Seconds after which one that takes nothing is cut off."""
STEP: Final = 4
"""Viewers that are sent something before clients are answered again."""
_BEGIN: Final = b"retry: 3000\n\n"


@implementer(IPushProducer)
class Viewer:
    """One browser. What it does not take while its connection is full is lost to it, and kept nowhere.

    :param topics: the events that it wants, by name.
    :param clock: seconds of a monotonic clock.
    :ivar lost: events since it was last told how many.
    """

    def __init__(self, request: Any, topics: frozenset[str], clock: Callable[[], float]) -> None:
        self.topics = topics
        self._request = request
        self._clock = clock
        self._full_since: float | None = None
        self.is_over = False
        self.lost = 0

    def begin(self) -> None:
        """Send the head of the answer."""
        request = self._request
        request.setHeader(b"content-type", b"text/event-stream; charset=utf-8")
        request.setHeader(b"cache-control", b"no-cache, no-store")
        request.setHeader(b"x-accel-buffering", b"no")
        request.channel.begin_stream()
        request.registerProducer(self, True)
        request.write(_BEGIN)

    def send(self, data: bytes, events: int = 1) -> None:
        """Send so many events, if there is room for them."""
        if self._full_since is not None:
            self.lost += events
        elif not self.is_over:
            self._request.write(data)

    def is_stuck(self) -> bool:
        """Whether it has taken nothing for long."""
        return self._full_since is not None and self._clock() - self._full_since > PATIENCE

    def cut_off(self) -> None:
        """End its connection."""
        self._request.channel.forceAbortClient()

    def end(self) -> None:
        """It has gone."""
        self.is_over = True

    def pauseProducing(self) -> None:  # noqa: N802  as Twisted calls it
        """Its connection is full."""
        if self._full_since is None:
            self._full_since = self._clock()

    def resumeProducing(self) -> None:  # noqa: N802  as above
        """There is room again."""
        self._full_since = None
        lost, self.lost = self.lost, 0
        if lost:
            self.send(told("lost", lost))

    def stopProducing(self) -> None:  # noqa: N802  as above
        """Nobody takes anything any more."""
        self.is_over = True


class Viewers:
    """All of them, up to a number, and up to another from one address."""

    def __init__(self) -> None:
        self._by_address: Counter[str] = Counter()
        self._all: dict[Viewer, str] = {}

    def __len__(self) -> int:
        return len(self._all)

    def has_room(self, address: str) -> bool:
        """Whether one more may come from an address, "" for who has none."""
        return len(self._all) < VIEWERS and (not address or self._by_address[address] < PER_ADDRESS)

    def add(self, viewer: Viewer, address: str) -> None:
        """One has come."""
        self._all[viewer] = address
        self._by_address[address] += 1

    def remove(self, viewer: Viewer) -> None:
        """It has gone."""
        address = self._all.pop(viewer)
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def want(self, topic: str) -> bool:
        """Whether anybody wants an event."""
        return any(topic in viewer.topics for viewer in self._all)

    def send(self, events: Sequence[tuple[str, bytes]], beat: bytes = b"") -> Iterator[None]:
        """Send all who want them events, by topic, and cut off who has taken nothing for long; some at each step.

        :param beat: what all are sent besides, so that they know of the connection.
        """
        pieces: dict[frozenset[str], tuple[bytes, int]] = {}
        for number, viewer in enumerate(tuple(self._all), 1):
            if viewer.is_stuck():
                viewer.cut_off()
                continue
            if viewer.topics not in pieces:
                wanted = [data for topic, data in events if topic in viewer.topics]
                pieces[viewer.topics] = b"".join((*wanted, beat)), len(wanted)
            data, count = pieces[viewer.topics]
            if data:
                viewer.send(data, count)
            if number % STEP == 0:
                yield


def told(topic: str, value: Any) -> bytes:
    """An event as it is sent: its name, and a value as JSON, which has no line breaks."""
    return f"event: {topic}\ndata: {json.dumps(value, separators=(',', ':'))}\n\n".encode()
