"""The feed as a document, with what HTTP says of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from typing import Final, NamedTuple

from feedgen.feed import FeedGenerator

from .. import __version__
from .store import Record, printable

MIMETYPE: Final = "application/atom+xml"


class FeedAddress(NamedTuple):
    """What a feed is and where it is.

    ``uid`` is a UUID; ``base`` is the console's address without a slash at its end, such as http://127.0.0.1:30880;
    ``atom`` and ``record`` are the paths of the feed, and of the page of one record.
    """

    uid: str
    title: str
    author: str
    base: str
    atom: str
    record: str


class AtomDocument(NamedTuple):
    """A feed that can be sent; ``changed`` is when anything in it changed last, in seconds since the epoch."""

    data: bytes
    changed: float

    @property
    def etag(self) -> str:
        """A strong entity tag (RFC 9110 section 8.8.3)."""
        return f'"{sha256(self.data).hexdigest()[:32]}"'

    @property
    def headers(self) -> dict[str, str]:
        """What to send beside it: readers may keep it, and ask whether it still holds."""
        changed = formatdate(int(self.changed), usegmt=True)
        return {"ETag": self.etag, "Last-Modified": changed, "Cache-Control": "private, no-cache"}

    def is_known(self, headers: Mapping[str, str]) -> bool:
        """Whether who asks with these headers has it already (RFC 9110 sections 13.1.2 and 13.1.3)."""
        tags = headers.get("if-none-match")
        if tags is not None:
            return any(tag.strip().removeprefix("W/") in (self.etag, "*") for tag in tags.split(","))
        since = headers.get("if-modified-since")
        if since is None:
            return False
        try:
            return int(self.changed) <= parsedate_to_datetime(since).timestamp()
        except (ValueError, OverflowError):
            return False


def as_atom(address: FeedAddress, records: Sequence[Record], changed: float) -> AtomDocument:
    """The document of some records, the newest first; the same records give the same octets."""
    feed = FeedGenerator()
    feed.id(f"urn:uuid:{address.uid}")
    feed.title(printable(address.title).replace("\n", " "))
    feed.updated(_moment(changed))
    feed.author(name=printable(address.author).replace("\n", " "))
    feed.generator("sdhcp", version=__version__)
    feed.link(href=address.base + address.atom, rel="self", type=MIMETYPE)
    feed.link(href=f"{address.base}/", rel="alternate", type="text/html")
    for record in records:
        entry = feed.add_entry(order="append")
        entry.id(f"urn:uuid:{record.uid}")
        entry.title(f"{record.severity}: {record.title}")
        entry.updated(_moment(record.time))
        entry.published(_moment(record.time))
        entry.link(href=f"{address.base}{address.record}?uid={record.uid}", rel="alternate", type="text/html")
        entry.category(term=record.severity, label=record.module)
        entry.content(record.text, type="text")
    return AtomDocument(feed.atom_str(pretty=True), changed)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
