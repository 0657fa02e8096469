"""The way of a request: who may, which part of the console answers, and what becomes of failures."""

import traceback
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from markupsafe import Markup, escape
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from werkzeug.exceptions import HTTPException

from ..config.settings import Configuration
from ..interfaces import IDashboardPanel, IWebMethod, WebAnswer
from ..scripting import web_core
from ..scripting.site import SiteCallbacks
from ..scripting.web_registries import DASHBOARD, RAW, Method
from .access import Access, Level, Refusal
from .api import HEALTH
from .asked import asked_of, path_of, question_of
from .fragments import CallFailed, Fragment, Fragments, trusted
from .limits import peer
from .origin import is_led, is_own, names_this_machine
from .pages import API, Pages, answer, refusal
from .policy import harden
from .visit import Problem, Visit, put, visit_of
from .waiting import all_of, soon

_METHODS: Final = (b"GET", b"HEAD", b"POST")
_PAGES: Final = "/console/"
_FOR_PROGRAMS: Final = ("/metrics",)
"""Pages of ours that a program's token opens as well as the password."""


class Front(Resource):
    """What stands at every path.

    :param own_names: names by which this machine may be asked for while it is served on the loopback interface; None
        for any.
    :param views: resources of the pages below /console/ and of the API.
    :ivar parts: resources of some of these pages, by what their paths begin with.
    :ivar streams: what answers for as long as it is connected, by path; outside of /console/ for who may see the
        dashboard.
    """

    isLeaf = True

    def __init__(
        self,
        configuration: Configuration,
        site: SiteCallbacks,
        access: Access,
        pages: Pages,
        fragments: Fragments,
        views: Resource,
        api: Resource,
        reactor: Any,
        log: Logger,
    ) -> None:
        super().__init__()
        self._configuration = configuration
        self._web = configuration.web
        self._site = site
        self._access = access
        self._pages = pages
        self._fragments = fragments
        self._views = views
        self._api = api
        self._reactor = reactor
        self._log = log
        self.own_names: tuple[str, ...] | None = None
        self.panels: list[Any] = []
        self.methods: dict[str, Any] = {}
        self.heads: list[str] = []
        self.parts: dict[str, Resource] = {}
        self.streams: dict[str, Callable[[Any], None]] = {}

    def use(self, configuration: Configuration) -> None:
        """Go by another configuration."""
        self._configuration, self._web = configuration, configuration.web

    def add_panel(self, panel: IDashboardPanel) -> None:
        """Show a panel on the dashboard."""
        self.panels.append(panel)

    def add_method(self, method: IWebMethod) -> None:
        """Serve a page; a site's own of the same path goes before it."""
        self.methods[method.path] = method

    def render(self, request: Any) -> int:
        """Answer a request, soon."""
        harden(request)
        doing = Deferred.fromCoroutine(self._answer(request))
        gone: list[object] = []

        def went(reason: object) -> None:
            gone.append(reason)
            doing.cancel()

        def made(data: bytes | None) -> None:
            if data is not None and not gone:
                request.write(data)
                request.finish()

        request.notifyFinish().addErrback(went)
        doing.addErrback(self._failed, request)
        doing.addCallback(made)
        return NOT_DONE_YET

    async def _answer(self, request: Any) -> bytes | None:
        """What to send; None if somebody else sends it."""
        # Of the API each path knows what it may be asked by.
        is_word = request.method.isalpha() and request.method.isupper()
        if request.method not in _METHODS and not (is_word and path_of(request).startswith(API)):
            raise Problem(501, "Only GET, HEAD and POST are answered here, and by the API PUT and DELETE.")
        try:
            question = question_of(request)
        except ValueError:
            raise Problem(400, "The query has too many fields.") from None
        host = question.headers.get("host", "")
        if not host.isascii():
            raise Problem(400, "Host is no name of a machine.")
        if self.own_names is not None and not names_this_machine(host, self.own_names):
            raise Problem(421, "This console is asked for by this machine's address, or as localhost.")
        path = question.path
        site_method = self._site.methods.get(path)
        own_method = self.methods.get(path) if site_method is None else None
        level = self._level(path, site_method, own_method)
        if level is None:
            raise Problem(404, "There is no such page.")
        uri, method = request.uri.decode("utf-8", "replace"), request.method.decode()
        caller = self._access.check(level, question, method, uri, peer(request.getClientAddress()))
        if isinstance(caller, Refusal):
            return _refuse(request, caller)
        put(request, Visit(question._replace(by=caller.name), caller))
        if site_method is not None:
            return await self._of_site(request, site_method)
        if own_method is not None:
            return await self._of_own(request, own_method)
        if path == "/":
            return await self._dashboard(request, None)
        if path in self.streams:
            self.streams[path](request)
            return None
        try:
            unquote_to_bytes(path).decode()
            self._resource(path).render(request)
        except UnicodeDecodeError:
            raise Problem(404, "There is no such page.") from None
        except HTTPException:
            raise Problem(400, "Host is no name of a machine.") from None
        return None

    def _resource(self, path: str) -> Resource:
        if path.startswith(API):
            return self._api
        return next((one for start, one in self.parts.items() if path.startswith(start)), self._views)

    def _level(self, path: str, site_method: Method | None, own_method: Any) -> Level | None:
        """Who a path is for; None if there is none like it."""
        dashboard = Level.SECURE if self._web.dashboard_secure else Level.OPEN
        if site_method is not None:
            secure = Level.SECURE if site_method.secure else Level.OPEN
            return max(secure, dashboard) if site_method.display_mode == DASHBOARD else secure
        if own_method is not None:
            secure = Level.API if path in _FOR_PROGRAMS else Level.SECURE
            return secure if own_method.secure else Level.OPEN
        if path in HEALTH:
            return Level.OPEN
        if path.startswith(API):
            return Level.API
        if path.startswith(_PAGES):
            return Level.SECURE
        return dashboard if path == "/" or path in self.streams else None

    async def _of_site(self, request: Any, method: Method) -> bytes:
        is_posted = request.method == b"POST"
        if is_posted or method.confirm or method.callback is web_core.reinitialise:
            question = visit_of(request).question
            if not is_own(question):
                raise Problem(403, "This was asked for by a page of another site.")
            if not is_posted and is_led(question):
                raise Problem(403, "Ask for this by its link on a page of this console: the browser names no page.")
        asked = asked_of(request)
        if method.display_mode != RAW:
            element = await self._fragments.element(method, asked)
            if method.display_mode == DASHBOARD:
                return await self._dashboard(request, element, "/")
            return await self._elements(request, [element] if element else [])
        try:
            raw = await self._fragments.raw(method, asked)
        except CallFailed as error:
            text = error.trace if error.trace and self._configuration.process.debug else str(error)
            return answer(request, "text/plain; charset=utf-8", text.encode(), status=error.status)
        data = answer(request, raw.mimetype, raw.data, method.cacheable)
        for name, value in raw.headers:
            request.setHeader(name.encode(), value.encode())
        return data

    async def _of_own(self, request: Any, method: Any) -> bytes:
        if request.method == b"POST":
            raise Problem(405, "This page is asked for by GET.")
        given = await soon(lambda: method.render(visit_of(request).question), self._reactor)
        if given is None:
            raise Problem(404, "There is no such page.")
        if isinstance(given, WebAnswer):
            octets = given.data.encode() if isinstance(given.data, str) else given.data
            answer(request, given.mimetype, octets, status=given.status)
            for name, value in given.headers.items():
                request.setHeader(name.encode(), value.encode())
            return octets
        heading = escape(f"{method.module} | {method.name}")
        return await self._elements(request, [Fragment(heading, trusted(given), True)])

    async def _dashboard(self, request: Any, featured: Fragment | None, shown_as: str = "") -> bytes:
        """The dashboard, below what a method of a site's shows if there is one."""
        asked = asked_of(request)
        panels = sorted(self.panels, key=lambda panel: panel.ordering)
        elements = self._site.dashboard.all()
        parts = [soon(panel.render, self._reactor) for panel in panels]
        parts += [Deferred.fromCoroutine(self._fragments.element(one, asked)) for one in elements]
        results = await all_of(parts)
        places = [panel.ordering for panel in panels] + [one.ordering for one in elements]
        shown: list[tuple[float, Fragment]] = []
        for place, result, panel in zip(places, results, [*panels, *(None for _ in elements)], strict=True):
            if isinstance(result, Failure):
                name = panel.name if panel is not None else "an element"
                self._log.error("{text}", text=f"web console: {name} could not be made: {result.getErrorMessage()}")
            elif isinstance(result, Fragment):
                shown.append((place, result))
            elif result is not None and panel is not None:
                shown.append((place, Fragment(escape(panel.name), trusted(result), True)))
        shown.sort(key=lambda one: one[0])
        return await self._elements(request, [fragment for _, fragment in shown], featured, shown_as)

    async def _elements(
        self, request: Any, elements: Sequence[Fragment], featured: Fragment | None = None, shown_as: str = ""
    ) -> bytes:
        heads = await self._fragments.heads(asked_of(request))
        heads += [Fragment(Markup(), trusted(head), True) for head in self.heads]
        shown = [*elements, featured] if featured else elements
        path = visit_of(request).path
        return await self._pages.write(
            request, "elements", path, heads, shown, elements=elements, featured=featured, shown_as=shown_as
        )

    def _failed(self, failure: Failure, request: Any) -> bytes | None:
        error = failure.value
        if isinstance(error, Problem):
            return refusal(request, error.status, str(error))
        if not isinstance(error, CancelledError):
            trace = "".join(traceback.format_exception(error)).rstrip()
            self._log.error("{text}", text=f"web console: a request was not answered: {trace}")
        return refusal(request, 500, "This could not be done; the log says why.")


def _refuse(request: Any, refused: Refusal) -> bytes:
    for challenge in refused.challenges:
        request.responseHeaders.addRawHeader(b"www-authenticate", challenge.encode())
    if refused.wait:
        request.setHeader(b"retry-after", str(refused.wait).encode())
    return refusal(request, refused.status, refused.text)
