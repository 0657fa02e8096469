"""The feed, and pages of its records."""

from collections.abc import Callable
from html import escape
from typing import Final
from uuid import UUID, uuid5

from ..config.settings import Configuration, WebSettings
from ..feeds.atom import MIMETYPE, FeedAddress
from ..feeds.feed import Feed
from ..feeds.log_lines import FeedOfLog
from ..feeds.pages import record_page, records_page
from ..feeds.store import RecordStore, printable
from ..interfaces import WebAnswer, WebQuestion
from ..wire.describe import address
from .parts import OLD, Page, at_both

_OWN: Final = "/feed/"
_ATOM: Final = f"{_OWN}atom"
_RECORD: Final = f"{_OWN}record"
_NAMESPACE: Final = UUID("d38d030a-9520-47d6-9b25-e43fa50ef920")
"""What the names of feeds lie in that conf.py gives none; it never changes."""


class FeedReports:
    """The feed that conf.py describes.

    :param epoch: seconds since the epoch.
    :ivar of_log: takes lines of the log, as an observer of Twisted's.
    """

    def __init__(self, configuration: Configuration, epoch: Callable[[], float]) -> None:
        settings = configuration.feed
        self._epoch = epoch
        self._store = RecordStore(epoch(), settings.total, settings.age)
        self._feed = Feed(self._store, address_of(configuration), settings.events)
        self.of_log = FeedOfLog(self._store, settings.severity)

    def methods(self) -> list[Page]:
        """The feed, and the page that lists the records or shows the one whose name is asked for."""
        parts = [("atom", "atom", self._atom), ("record", "records", self._record)]
        return at_both(_OWN, f"{OLD}feedservice/", "feed", parts, secure=True)

    def clear(self) -> None:
        """Forget all records. Any thread may call it."""
        self._store.clear(self._epoch())

    def head(self) -> str:
        """For the head of every page: where the feed is."""
        title = escape(printable(self._feed.address.title))
        return f'<link rel="alternate" type="{MIMETYPE}" title="{title}" href="{_ATOM}"/>'

    def _atom(self, question: WebQuestion) -> WebAnswer:
        document = self._feed.document(self._epoch())
        if document.is_known(question.headers):
            return WebAnswer(MIMETYPE, b"", document.headers, 304)
        return WebAnswer(MIMETYPE, document.data, document.headers)

    def _record(self, question: WebQuestion) -> str | None:
        now, uid = self._epoch(), question.first("uid")
        if not uid:
            return records_page(self._store.records(now), question.path)
        record = self._store.find(uid, now)
        return None if record is None else record_page(record)


def address_of(configuration: Configuration) -> FeedAddress:
    """What the feed is called and where it is; its name stays the same from one start to the next."""
    settings, name = configuration.feed, configuration.process.name
    where = ",".join(sorted(map(address, configuration.listen.addresses)))
    return FeedAddress(
        uid=settings.uid or str(uuid5(_NAMESPACE, f"{name} {where}")),
        title=settings.title or name,
        author=name,
        base=settings.base or _base(configuration.web),
        atom=_ATOM,
        record=_RECORD,
    )


def _base(web: WebSettings) -> str:
    host = "localhost" if web.ip in ("0.0.0.0", "::") else f"[{web.ip}]" if ":" in web.ip else web.ip
    return f"http://{host}:{web.port}"
