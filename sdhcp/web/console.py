"""The web console: everything that it is made of, put together."""

import socket
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..config.difference import Change
from ..config.settings import Configuration
from ..interfaces import IDashboardPanel, IEventObserver, IServerReactor, IWebMethod
from ..scripting import web_core
from ..scripting.site import SiteCallbacks
from . import panels
from .access import Access
from .activity import Activity
from .api import Api
from .callers import Callers
from .choice import Choice
from .client_views import ClientViews
from .dispatch import Front
from .facts import ServerFacts
from .fragments import Fragments
from .lease_changes import LeaseChanges
from .leases import Leases
from .limits import LimitedSite
from .listening import Listening, Tell
from .live import DASHBOARD, EVERYTHING, Live
from .log_lines import LogLines
from .origin import Tokens
from .packet_views import PATH, PacketViews
from .packets import Packets
from .pages import Pages
from .reload_page import ReloadPage
from .reservations import ReservationPages
from .reservations_api import ReservationApi
from .trails import Trails
from .troubles import Troubles
from .views import Views
from .writing import Writer


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
        self._facts = facts
        self._site = site
        self._lines = lines
        self._callers = Callers(reactor)
        self._access = Access(configuration.web, configuration.process.name, facts.clock, tell)
        activity, troubles = Activity(), Troubles(facts.clock)
        packets, trails = Packets(), Trails()
        tokens = Tokens(facts.clock)
        self._leases = leases = Leases(facts, reactor)
        self._pages = pages = Pages(facts, site, reactor)
        fragments = Fragments(site, self._callers)
        clients = ClientViews(facts, trails, leases, reactor)
        views = Views(facts, site, pages, fragments, lines, tokens, leases, clients)
        api = Api(facts, leases, clients, tokens, site.started)
        writer = Writer(pages, fragments, tokens)
        more: dict[str, Any] = {"/console/reload": ReloadPage(facts, writer).app.resource()}
        programs: dict[str, Any] = {}
        if facts.editing is not None:
            reservations = ReservationPages(facts.editing, writer)
            more["/console/reservations"] = reservations.app.resource()
            changes = LeaseChanges(facts.editing, writer, reservations).app.resource()
            more |= {f"/console/leases/{what}": changes for what in ("release", "clear", "promote")}
            programs["/api/v1/reservations"] = ReservationApi(facts.editing, tokens).app.resource()
        all_views = Choice(views.app.resource(), more)
        all_api = Choice(api.app.resource(), programs)
        self._front = Front(configuration, site, self._access, pages, fragments, all_views, all_api, reactor, log)
        self._factory = LimitedSite(self._front, reactor)
        self._listening = Listening(configuration, self._factory, reactor, tell)
        self._is_strict = not self._access.has_password and not configuration.web.insecure
        template = pages.fragment
        shown: dict[str, Callable[[], str | None]] = {}
        for panel in (
            panels.TroublesPanel(template, troubles, facts),
            panels.HealthPanel(template, facts),
            panels.PoolsPanel(template, leases),
            panels.TrafficPanel(template, facts),
            panels.ActivityPanel(template, activity, facts),
        ):
            self.add_panel(panel)
            if isinstance(panel, panels.HealthPanel | panels.TrafficPanel | panels.ActivityPanel):
                shown[panel.name] = panel.render
        self._live = live = Live(facts, packets, lines, leases, shown, reactor)
        self._front.streams.update({DASHBOARD: live.serve, EVERYTHING: live.serve})
        self._front.parts[PATH] = PacketViews(facts, pages, fragments, packets, reactor).app.resource()
        self.observers: Sequence[IEventObserver] = (activity, troubles, packets, trails, live)

    def register(self, site: SiteCallbacks | None = None) -> None:
        """Register what the console has of its own, as conf.py wants it: call this before ``init()`` of conf.py, which
        may replace it.

        :param site: of a conf.py that is about to take the place of the one in force.
        """
        web_core.register(site or self._site, self._lines.newest_first)

    def use(self, configuration: Configuration, waiting: Sequence[Change]) -> None:
        """Go by another configuration, as far as that needs no other sockets.

        :param waiting: settings that count at the next start.
        """
        self._facts.configuration, self._facts.waiting = configuration, waiting
        self._access.use(configuration.web)
        self._front.use(configuration)
        self._pages.use(configuration.web)

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
        own = [
            ("/", "dashboard"),
            ("/console/clients", "clients"),
            (PATH, "packets"),
            ("/console/log", "log"),
            ("/console/sources", "sources and caches"),
        ]
        own += [("/console/leases", "leases")] if self._leases.names() else []
        own += [("/console/reservations", "reservations")] if self._facts.editing is not None else []
        own.append(("/console/explain", "explain"))
        own += [("/console/configuration", "configuration"), ("/console/reload", "read anew")]
        self._pages.list_own(own, self._front.methods.values())
        if self._is_strict and self._listening.is_local:
            self._front.own_names = _own_names()
        self._listening.tell()

    def stop(self) -> "Deferred[Any]":
        """Close everything; fires when that is done. What a site's functions still do is not waited for."""
        self._callers.stop()
        self._live.stop()
        return self._listening.close()

    def ports(self) -> Sequence[Any]:
        """Where it is served, as Twisted's addresses."""
        return self._listening.hosts()


def _own_names(name: Callable[[], str] = socket.gethostname) -> tuple[str, ...]:
    whole = name().lower()
    return (whole, whole.partition(".")[0])
