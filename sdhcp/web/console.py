"""The web console: everything that it is made of, put together."""

import socket
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..interfaces import IDashboardPanel, IEventObserver, IServerReactor, IWebMethod
from ..scripting import web_core
from ..scripting.site import SiteCallbacks
from . import panels
from .access import Access
from .activity import Activity
from .api import Api
from .callers import Callers
from .client_views import ClientViews
from .dispatch import Front
from .facts import ServerFacts
from .fragments import Fragments
from .leases import Leases
from .limits import LimitedSite
from .listening import Listening, Tell
from .log_lines import LogLines
from .origin import Tokens
from .pages import Pages
from .trails import Trails
from .troubles import Troubles
from .views import Views


class Console:
    """Shows the server to people and programs.

    :param facts: the server.
    :param site: what the site's code has registered, and registers later.
    :param lines: the end of the log.
    :param log: takes what goes wrong; :param tell: the same, a severity and a line.
    :ivar observers: those that want the server's events.
    """

    def __init__(
        self,
        facts: ServerFacts,
        site: SiteCallbacks,
        lines: LogLines,
        reactor: IServerReactor,
        log: Logger,
        tell: Tell,
    ) -> None:
        configuration = facts.configuration
        self._site = site
        self._lines = lines
        self._callers = Callers(reactor)
        self._access = Access(configuration.web, configuration.process.name, facts.clock)
        activity, troubles = Activity(), Troubles(facts.clock)
        trails = Trails()
        self.observers: Sequence[IEventObserver] = (activity, troubles, trails)
        tokens = Tokens(facts.clock)
        self._leases = leases = Leases(facts, reactor)
        self._pages = pages = Pages(facts, site)
        fragments = Fragments(site, self._callers)
        clients = ClientViews(facts, trails, leases, reactor)
        views = Views(facts, site, pages, fragments, lines, tokens, leases, clients)
        api = Api(facts, leases, clients, tokens, site.started)
        self._front = Front(
            configuration, site, self._access, pages, fragments, views.app.resource(), api.app.resource(), reactor, log
        )
        self._factory = LimitedSite(self._front, reactor)
        self._listening = Listening(configuration, self._factory, reactor, tell)
        self._is_strict = not self._access.has_password and not configuration.web.insecure
        template = pages.fragment
        for panel in (
            panels.TroublesPanel(template, troubles, facts),
            panels.HealthPanel(template, facts),
            panels.PoolsPanel(template, leases),
            panels.TrafficPanel(template, facts),
            panels.ActivityPanel(template, activity, facts),
        ):
            self.add_panel(panel)

    def register(self) -> None:
        """Register what the console has of its own, as conf.py wants it: call this before ``init()`` of conf.py, which
        may replace it."""
        web_core.register(self._site, self._lines.newest_first)

    def add_panel(self, panel: IDashboardPanel) -> None:
        """Show a panel on the dashboard, at its ordering."""
        self._front.add_panel(panel)

    def add_method(self, method: IWebMethod) -> None:
        """Serve a page; what the site has registered for the same path goes before it."""
        self._front.add_method(method)

    def add_head(self, head: str) -> None:
        """Have well-formed XHTML, such as a link to a feed, in the head of the dashboard and of all methods' pages."""
        self._front.heads.append(head)

    def open(self) -> None:
        """Open the sockets, while the process may. What cannot be opened is told; never raises."""
        self._listening.open()

    def start(self) -> None:
        """Say where it is served. Requests are answered as soon as the reactor runs."""
        own = [("/", "dashboard"), ("/console/log", "log"), ("/console/sources", "sources and caches")]
        own.append(("/console/clients", "clients"))
        own += [("/console/leases", "leases")] if self._leases.names() else []
        own.append(("/console/configuration", "configuration"))
        self._pages.list_own(own, self._front.methods.values())
        if self._is_strict and self._listening.is_local:
            self._front.own_names = _own_names()
        self._listening.tell()

    def stop(self) -> "Deferred[Any]":
        """Close everything; fires when that is done. What a site's functions still do is not waited for."""
        self._callers.stop()
        return self._listening.close()

    def ports(self) -> Sequence[Any]:
        """Where it is served, as Twisted's addresses."""
        return self._listening.hosts()


def _own_names(name: Callable[[], str] = socket.gethostname) -> tuple[str, ...]:
    whole = name().lower()
    return (whole, whole.partition(".")[0])
