"""The console's own pages."""

import logging
import re
import traceback
from typing import Any, Final
from urllib.parse import urlencode

from klein import Klein
from twisted.python.failure import Failure
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from ..interfaces import SourceError
from ..scripting.site import SiteCallbacks
from . import configuration, explain, leases
from .asked import asked_of, path_of
from .client_views import ClientViews
from .facts import ServerFacts
from .fragments import Fragments
from .leases import Leases, NoSuchPool, Search
from .log_lines import LogLines
from .origin import Tokens, is_own
from .pages import Pages, refusal
from .streaming import Stream
from .visit import Problem, visit_of

_logger: Final = logging.getLogger("web.server")
ROWS: Final = 100
"""Leases on a page."""
_OCTET: Final = re.compile("[0-9]{1,3}")
SEVERITIES: Final = ("DEBUG", "INFO", "WARN", "ERROR", "CRITICAL")
_LEAST: Final = dict(zip(SEVERITIES, (0, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL), strict=True))


class Views:
    """Pages below ``/console``."""

    app = Klein()

    def __init__(
        self,
        facts: ServerFacts,
        site: SiteCallbacks,
        pages: Pages,
        fragments: Fragments,
        lines: LogLines,
        tokens: Tokens,
        stored: Leases,
        clients: ClientViews,
    ) -> None:
        self._facts = facts
        self._site = site
        self._pages = pages
        self._fragments = fragments
        self._lines = lines
        self._tokens = tokens
        self._leases = stored
        self._clients = clients

    @app.handle_errors(Exception)
    def failed(self, request: Any, failure: Failure) -> bytes:
        """What is told instead of a page."""
        return refused(request, failure)

    @app.route("/console/log", methods=["GET"])
    async def log(self, request: Any) -> bytes:
        """The lines of the log, from a severity on."""
        wanted = visit_of(request).question.first("severity", SEVERITIES[0]).upper()
        severity = wanted if wanted in SEVERITIES else SEVERITIES[0]
        least = _LEAST[severity]
        lines = ((_kind(number), text) for number, text in self._lines.one_by_one(least))
        return await self._page(request, "log", lines=lines, severity=severity, severities=SEVERITIES)

    @app.route("/console/configuration", methods=["GET"])
    async def configuration(self, request: Any) -> bytes:
        """The settings in force."""
        known = self._facts.configuration
        rows = configuration.rows_of(known, self._site.assigned, self._facts.waiting)
        return await self._page(request, "configuration", rows=rows, path=known.path, notices=known.notices)

    @app.route("/console/sources", methods=["GET"])
    async def sources(self, request: Any) -> bytes:
        """Sources and caches, and a button to read them anew."""
        token = self._tokens.make(visit_of(request).caller.name)
        return await self._page(request, "sources", sources=self._facts.sources(), token=token)

    @app.route("/console/confirm", methods=["GET"])
    async def confirm(self, request: Any) -> bytes:
        """A question before a method of the site's is called, for browsers without scripts."""
        path = visit_of(request).question.first("path")
        method = self._site.methods.get(path)
        if method is None or not method.confirm:
            raise Problem(404, "There is no such page.")
        return await self._page(request, "confirm", name=path.rpartition("/")[2], action=path)

    @app.route("/console/explain", methods=["GET"])
    async def explain(self, request: Any) -> bytes:
        """Why a client gets its answer, and a form to ask by."""
        question = visit_of(request).question
        asked = explain.asked_in(question)
        report, problem = None, ""
        if asked and is_own(question):
            try:
                report = await explain.told(self._facts, asked)
            except Problem as error:
                problem = str(error)
        shown = {**dict.fromkeys((*explain.FIELDS, "broadcast"), ""), **asked}
        return await self._page(request, "explain", asked=shown, types=explain.TYPES, report=report, problem=problem)

    @app.route("/console/leases", methods=["GET"])
    async def leases(self, request: Any) -> bytes:
        """The leases of a pool."""
        names = self._leases.names()
        question = visit_of(request).question
        pool = question.first("pool", names[0] if names else "")
        search = search_of(question)
        query = {"pool": pool, **{name: value for name, value in search._asdict().items() if value}}
        try:
            found = await self._leases.page(pool, search, address_of(question.first("after")), ROWS)
            counts = await self._leases.counts(pool)
        except NoSuchPool:
            raise Problem(404, "There is no such pool.") from None
        except SourceError as error:
            raise Problem(503, f"The leases cannot be read now: {error}.") from None
        if counts is None:
            raise Problem(503, "The leases cannot be read now.")
        after = ".".join(map(str, found.after))
        here = "/console/leases"
        return await self._page(
            request,
            "leases",
            rows=found.rows,
            counts=counts,
            pools=names,
            pool=pool,
            find=search.find,
            state=search.state,
            states=leases.STATES,
            changes=self._facts.editing is not None,
            csv=f"{here}.csv?{urlencode(query)}",
            first=f"{here}?{urlencode(query)}" if question.first("after") else "",
            more=f"{here}?{urlencode({**query, 'after': after})}" if after else "",
        )

    @app.route("/console/leases.csv", methods=["GET"])
    async def csv(self, request: Any) -> bytes:
        """The same, all of them, as CSV."""
        question = visit_of(request).question
        pool = question.first("pool")
        if pool not in self._leases.names():
            raise Problem(404, "There is no such pool.")
        request.setHeader(b"content-type", b"text/csv; charset=utf-8")
        request.setHeader(b"cache-control", b"no-cache, no-store")
        name = re.sub("[^A-Za-z0-9._-]", "_", pool)
        request.setHeader(b"content-disposition", f'attachment; filename="leases-{name}.csv"'.encode())
        try:
            await Stream(request).send(self._leases.csv(pool, search_of(question)))
        except SourceError:
            # Nobody is to take a part for the whole.
            request.channel.forceAbortClient()
        return b""

    @app.route("/console/clients", methods=["GET"])
    async def clients(self, request: Any) -> bytes:
        """Clients that are searched for."""
        return await self._page(request, "clients", **await self._clients.table(visit_of(request).question))

    @app.route("/console/client/<path:name>", methods=["GET"])
    async def client(self, request: Any, name: str) -> bytes:
        """One client."""
        return await self._page(request, "client", **await self._clients.shown(name))

    async def _page(self, request: Any, template: str, **values: Any) -> bytes:
        heads = await self._fragments.heads(asked_of(request))
        return await self._pages.write(request, template, visit_of(request).path, heads, **values)


def refused(request: Any, failure: Failure) -> bytes:
    """What is told where there is no page, or a page has a problem; what nobody has foreseen is told to the log."""
    error = failure.value
    if isinstance(error, Problem):
        return refusal(request, error.status, str(error))
    if not isinstance(error, HTTPException):
        trace = "".join(traceback.format_exception(error)).rstrip()
        _logger.error("the console's %s could not be made: %s", path_of(request), trace)
        return refusal(request, 500, "This could not be done; the log says why.")
    if isinstance(error, MethodNotAllowed):
        request.setHeader(b"allow", ", ".join(sorted(error.valid_methods or ())).encode())
        return refusal(request, 405, "This is asked for in another way.")
    return refusal(request, 404, "There is no such page.")


def search_of(question: Any) -> Search:
    """What is searched for."""
    state = question.first("state")
    if state not in leases.STATES:
        raise Problem(400, f"There is no state of this name; there are {', '.join(filter(None, leases.STATES))}.")
    return Search(question.first("find"), state)


def address_of(text: str) -> bytes:
    """An address as 4 bytes, b"" for none."""
    if not text:
        return b""
    parts = text.split(".")
    if len(parts) != 4 or not all(_OCTET.fullmatch(part) and int(part) < 256 for part in parts):
        raise Problem(400, "That is no IPv4 address.")
    return bytes(map(int, parts))


def _kind(number: int) -> str:
    return next((name.lower() for name in reversed(SEVERITIES) if number >= _LEAST[name]), "debug")
