"""Pages of the console as XHTML: what stands around what they show."""

import json
import re
from collections.abc import Iterable, Sequence
from email.utils import formatdate
from itertools import groupby, islice
from pathlib import Path
from time import localtime, strftime
from typing import Any, Final, NamedTuple
from urllib.parse import quote
from xml.parsers import expat

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from .. import __version__
from ..config.settings import WebSettings
from ..scripting.site import SiteCallbacks
from .facts import ServerFacts
from .fragments import Fragment, trusted
from .policy import content_policy
from .wanted import href_of

API: Final = "/api/v1/"
"""What the paths of the API begin with."""
XHTML: Final = "application/xhtml+xml; charset=utf-8"
_HTML: Final = "text/html; charset=utf-8"
_NO_CHARACTERS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_STEP: Final = 150
"""Pieces of a page that are made before clients are answered again."""
_LONG_AGO: Final = "Thu, 01 Jan 1970 00:00:00 GMT"


class Entry(NamedTuple):
    """A line of the side-bar: ``confirm`` is where it leads to after a question that a script asks."""

    href: str
    name: Markup
    confirm: str = ""
    is_here: bool = False


class Pages:
    """Makes pages from the templates beside this file.

    :ivar styles: style attributes of our own, which the policy of pages allows.
    """

    def __init__(self, facts: ServerFacts, site: SiteCallbacks, reactor: IReactorTime) -> None:
        self._facts = facts
        self._reactor = reactor
        self._site = site
        self.use(facts.configuration.web)
        self._own: list[tuple[str, str]] = []
        self._methods: list[Any] = []
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            keep_trailing_newline=True,
        )
        self._environment.filters.update(moment=moment, duration=duration, client_href=href_of)

    def use(self, settings: WebSettings) -> None:
        """Go by other settings."""
        height = settings.log_max_height
        self._styles = (f"max-height: {height}px;",) if height else ()

    def fragment(self, template: str, **values: Any) -> str:
        """A part of a page."""
        return self._environment.get_template(f"{template}.xhtml").render(**values)

    def list_own(self, entries: Sequence[tuple[str, str]], methods: Iterable[Any]) -> None:
        """What the side-bar has before the site's methods: paths with names, and :class:`IWebMethod` s."""
        self._own, self._methods = list(entries), list(methods)

    async def write(
        self,
        request: Any,
        template: str,
        here: str,
        heads: Sequence[Fragment],
        shown: Sequence[Fragment] = (),
        **values: Any,
    ) -> bytes:
        """A whole page, and the head of its answer; clients are answered while a long one is made.

        :param here: the path of the page itself; :param heads: what the site wants in its head.
        :param shown: what else on it was made by registered functions.
        """
        facts = self._facts
        now = facts.wall()
        pieces = self._environment.get_template(f"{template}.xhtml").generate(
            heads=[head.text for head in heads],
            system=facts.configuration.process.name,
            now=now,
            up=max(0, int(now - self._site.started)),
            started=self._site.started,
            menu=self._menu(here),
            version=__version__,
            **{"shown_as": "", **values},
        )
        foreign = [str(head.text) for head in heads if not head.is_own]
        has_fragments = any(not one.is_own for one in shown)
        policy = content_policy(foreign, has_fragments, self._styles)
        request.setHeader(b"content-security-policy", policy.encode())
        reader = _Reader() if foreign or has_fragments else None
        made: list[bytes] = []
        while step := list(islice(pieces, _STEP)):
            if made:
                await deferLater(self._reactor, 0)
            made.append(readable("".join(step)).encode())
            if reader is not None:
                reader.read(made[-1])
        is_well_formed = reader is None or reader.is_well_formed()
        return answer(request, XHTML if is_well_formed else _HTML, b"".join(made))

    def _menu(self, here: str) -> list[tuple[Markup, list[Entry]]]:
        """The side-bar: headings, each with its lines."""
        menu = [(Markup("console"), [Entry(path, escape(name), "", path == here) for path, name in self._own])]
        lines: list[tuple[str, str, Entry]] = []
        for one in self._methods:
            if not one.hidden:
                entry = Entry(quote(one.path), escape(one.name), "", one.path == here)
                lines.append((str(escape(one.module)), str(entry.name), entry))
        for method in self._site.methods.visible():
            href = quote(method.path, safe="/%:@!$&'()*+,;=~")
            name = trusted(method.name) if method.name else escape(method.path)
            confirm = href if method.confirm else ""
            asking = f"/console/confirm?path={quote(method.path, safe='')}"
            entry = Entry(asking if confirm else href, name, confirm, method.path == here)
            lines.append((method.module or "", str(name), entry))
        lines.sort(key=lambda line: line[:2])
        for module, group in groupby(lines, lambda line: line[0]):
            menu.append((trusted(module), [entry for _, _, entry in group]))
        return menu


def answer(request: Any, mimetype: str, data: bytes, cacheable: bool = False, status: int = 0) -> bytes:
    """Write the head of an answer; what is to be its body."""
    if status:
        request.setResponseCode(status)
    request.setHeader(b"content-type", mimetype.encode())
    request.setHeader(b"content-length", str(len(data)).encode())
    request.setHeader(b"last-modified", formatdate(usegmt=True).encode())
    if not cacheable:
        request.setHeader(b"expires", _LONG_AGO.encode())
        request.setHeader(b"cache-control", b"no-cache, no-store")
    return data


def refusal(request: Any, status: int, text: str) -> bytes:
    """An answer that says why there is no other: JSON for programs, text for people."""
    if status == 405 and not request.responseHeaders.hasHeader(b"allow"):
        request.setHeader(b"allow", b"GET, HEAD")
    if request.uri.decode("latin-1").startswith(API):
        return answer(request, "application/json", json.dumps({"error": text}).encode(), status=status)
    return answer(request, "text/plain; charset=utf-8", f"{text}\n".encode(), status=status)


def readable(text: str) -> str:
    """Text without characters that no page may have."""
    return _NO_CHARACTERS.sub("\ufffd", text)


def moment(seconds: float) -> str:
    """A time of day, by this machine's clock."""
    try:
        return strftime("%Y-%m-%d %H:%M:%S", localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "never"


def duration(seconds: float) -> str:
    """How long something takes."""
    days, rest = divmod(max(0, int(seconds)), 86400)
    return f"{days} d {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


class _Reader:
    """Finds out whether a page may be called XHTML: of one that is not well-formed browsers show an error alone."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._is_good = True

    def read(self, data: bytes, is_last: bool = False) -> None:
        """Go on."""
        try:
            if self._is_good:
                self._parser.Parse(data, is_last)
        except expat.ExpatError:
            self._is_good = False

    def is_well_formed(self) -> bool:
        """Whether it is, now that all was read."""
        self.read(b"", True)
        return self._is_good
