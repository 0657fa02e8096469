"""The pages of packets, and the capture file of those that a page selects."""

from collections.abc import AsyncIterator
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from klein import Klein
from twisted.internet.defer import DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from . import capture
from .asked import asked_of
from .facts import ServerFacts
from .fragments import Fragments
from .packet_rows import TYPES, Wanted, answer_of, fits, in_full, outcome_of, row_of, wanted_of
from .packets import Kept, Packets
from .pages import Pages
from .streaming import Stream
from .views import refused
from .visit import Problem, visit_of

PATH: Final = "/console/packets"
ROWS: Final = 100
"""Packets on a page."""
CAPTURES: Final = 4
"""Capture files that are sent at a time: each holds on to the packets that are in it."""
_STEP: Final = 64
"""Packets that are looked at before clients are answered again."""


class Selected(NamedTuple):
    """Packets that fit, the newest first; ``before`` is where to go on, 0 at the end."""

    packets: list[Kept]
    before: int


class PacketViews:
    """Pages below ``/console/packets``."""

    app = Klein()

    def __init__(
        self, facts: ServerFacts, pages: Pages, fragments: Fragments, packets: Packets, reactor: IReactorTime
    ) -> None:
        self._facts = facts
        self._pages = pages
        self._fragments = fragments
        self._packets = packets
        self._reactor = reactor
        # However many ask, one search goes on at a time.
        self._searching = DeferredLock()
        self._captures = 0

    @app.handle_errors(Exception)
    def failed(self, request: Any, failure: Failure) -> bytes:
        """What is told instead of a page."""
        return refused(request, failure)

    @app.route(PATH, methods=["GET"])
    async def packets(self, request: Any) -> bytes:
        """The packets that are wanted, a page at a time."""
        question = visit_of(request).question
        wanted = wanted_of(question)
        before = _number(question.first("before"))
        newest = self._packets.newest
        found = await self._select(wanted, before, ROWS)
        query = {name: value for name, value in wanted._asdict().items() if value}
        since = self._since()
        return await self._page(
            request,
            "packets",
            rows=[row_of(kept, since) for kept in found.packets],
            wanted=wanted,
            types=TYPES,
            outcomes=sorted({word for kept in found.packets for word in (outcome_of(kept), answer_of(kept)) if word}),
            kept=newest - self._packets.oldest + 1,
            newest=newest,
            is_live=not before and not wanted.text,
            pcap=_link(f"{PATH}.pcap", query),
            first=_link(PATH, query) if before else "",
            more=_link(PATH, {**query, "before": str(found.before)}) if found.before else "",
        )

    @app.route(f"{PATH}/<int:number>", methods=["GET"])
    async def packet(self, request: Any, number: int) -> bytes:
        """One packet with its reply, in full."""
        kept = self._packets.at(number)
        if kept is None:
            raise Problem(404, "This packet is not kept any more, or has not come yet.")
        return await self._page(
            request,
            "packet",
            row=row_of(kept, self._since()),
            parts=[(name, in_full(data)) for name, data in (("request", kept.arrival.data), ("reply", kept.reply))
                   if data],
            to=getattr(kept.event, "to", None),
            problem=getattr(kept.event, "problem", ""),
            older=f"{PATH}/{number - 1}" if self._packets.at(number - 1) else "",
            newer=f"{PATH}/{number + 1}" if self._packets.at(number + 1) else "",
        )  # fmt: skip

    @app.route(f"{PATH}.pcap", methods=["GET"])
    async def pcap(self, request: Any) -> bytes:
        """The packets that are wanted, or one by its number, as a capture file."""
        question = visit_of(request).question
        number = _number(question.first("number"))
        if self._captures >= CAPTURES:
            raise Problem(503, "Others are reading such files now: try again in a moment.")
        self._captures += 1
        try:
            if number:
                one = self._packets.at(number)
                packets = [one] if one is not None else []
            else:
                packets = (await self._select(wanted_of(question), 0, self._packets.newest)).packets
            request.setHeader(b"content-type", b"application/vnd.tcpdump.pcap")
            request.setHeader(b"cache-control", b"no-cache, no-store")
            name = f"packets-{number}.pcap" if number else "packets.pcap"
            request.setHeader(b"content-disposition", f'attachment; filename="{name}"'.encode())
            await Stream(request).send(self._pieces(packets))
        finally:
            self._captures -= 1
        return b""

    async def _pieces(self, packets: list[Kept]) -> AsyncIterator[bytes]:
        yield capture.HEADER
        records = capture.records(capture.captured(packets), self._since())
        while piece := b"".join(islice(records, _STEP)):
            yield piece
            await deferLater(self._reactor, 0)

    async def _select(self, wanted: Wanted, before: int, most: int) -> Selected:
        """Up to so many that are wanted; looked for in steps, between which clients are answered."""
        await self._searching.acquire()
        try:
            candidates = self._packets.newest_first(before)
            found: list[Kept] = []
            while True:
                looked = 0
                for kept in islice(candidates, _STEP):
                    looked += 1
                    if fits(kept, wanted):
                        found.append(kept)
                        if len(found) == most:
                            return Selected(found, kept.number if self._packets.at(kept.number - 1) else 0)
                if looked < _STEP:
                    return Selected(found, 0)
                await deferLater(self._reactor, 0)
        finally:
            self._searching.release()

    def _since(self) -> float:
        return self._facts.wall() - self._facts.clock()

    async def _page(self, request: Any, template: str, **values: Any) -> bytes:
        heads = await self._fragments.heads(asked_of(request))
        return await self._pages.write(request, template, PATH, heads, **values)


def _number(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Problem(400, "A packet is asked for by its number.")
    return int(text)


def _link(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
