"""One loaded conf.py with everything that its code has registered."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter, time
from types import ModuleType
from typing import Any, Final

from .registries import Functions
from .web_registries import Dashboard, Methods

_PLACE: Final = "__sdhcp__"
"""The attribute of the module ``conf`` that holds its site."""
_CALLBACKS: Final = "__sdhcp_callbacks__"
_serving: tuple[ModuleType | None, int] | None = None
"""While another conf.py is executed: the one that serves, and the thread that has the other one, 0 for none."""


class SiteCallbacks:
    """What the code of one conf.py, and of the files that it imports, wants to be called for, and has assigned.

    :ivar reinit: functions without an argument, for when sources are read anew.
    :ivar ticks: functions without an argument, for about once a second.
    :ivar statistics: functions that take one :class:`sdhcp.scripting.statistics.Statistics`.
    :ivar headers: functions that give fragments for the head of every page.
    :ivar dashboard: elements of the dashboard; :ivar methods: pages.
    :ivar assigned: what code has assigned to names of ``staticdhcpdlib.config``.
    :ivar started: when it was made, in seconds since the epoch.
    :ivar alive: whether the server is to go on.
    :ivar pools: pools of :mod:`sdhcp.scripting.dynamic_pool` that code has made.
    :ivar lending: what these lend by, a :class:`sdhcp.scripting.dynamic_pool.Lending`; None unless a server runs.
    :ivar run_all: runs these functions with arguments; the server's own thread replaces it, which tells of faults.
    :ivar reinitialise: reads everything anew and says how many seconds that took; replaced likewise.
    :ivar emit: hands one of the statistics on; replaced likewise.
    """

    def __init__(self) -> None:
        self.reinit = Functions("reinitialisation callback", "system")
        self.ticks = Functions("tick callback", "system")
        self.statistics = Functions("statistics callback", "statistics")
        self.headers = Functions("header callback", "web")
        self.dashboard = Dashboard()
        self.methods = Methods()
        self.assigned: dict[str, Any] = {}
        self.started = time()
        self.alive = True
        self.pools: list[Any] = []
        self.lending: Any = None
        self.run_all: Callable[..., None] = _run_all
        self.reinitialise: Callable[[], float] = self._reinitialise
        self.emit: Callable[[Any], None] = self._emit
        self._lock = threading.Lock()
        self._listeners: tuple[Callable[[str, Any], None], ...] = ()

    def assign(self, name: str, value: Any) -> None:
        """Code assigns to a name of ``staticdhcpdlib.config``: it is read there from now on, and listeners are told."""
        self.assigned[name] = value
        for listener in self._listeners:
            listener(name, value)

    def on_assign(self, listener: Callable[[str, Any], None]) -> None:
        """Call this with the name and the value of each assignment, on the thread that makes it."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def take_over(self, conf: ModuleType, stays: Callable[[Callable[..., Any]], bool]) -> None:
        """Have all that another conf.py has registered with a site of its own in the place of what is here.

        That conf.py has this site from now on, whatever registers with it later.

        :param stays: whether a function that is here stays, since its file is not executed again.
        """
        other = site_of(conf)
        for own, new in (
            (self.reinit, other.reinit),
            (self.ticks, other.ticks),
            (self.statistics, other.statistics),
            (self.headers, other.headers),
        ):
            kept = tuple(one for one in own.all() if stays(one) and one not in new.all())
            own.replace((*kept, *new.all()))
        self.dashboard.replace(other.dashboard, stays)
        self.methods.replace(other.methods, stays)
        self.assigned = dict(other.assigned)
        self.pools = list(other.pools)
        for pool in self.pools:
            pool.belongs_to(self)
        vars(conf)[_PLACE] = self
        register_with(conf, self)

    def _reinitialise(self) -> float:
        start = perf_counter()
        self.run_all(self.reinit.all())
        return perf_counter() - start

    def _emit(self, statistics: Any) -> None:
        self.run_all(self.statistics.all(), statistics)


def _run_all(functions: tuple[Callable[..., Any], ...], *arguments: Any) -> None:
    for function in functions:
        function(*arguments)


def site_of(conf: ModuleType | None) -> SiteCallbacks:
    """The site of a conf.py, which is made if it has none.

    :raises RuntimeError: if there is no conf.py.
    """
    if conf is None:
        raise RuntimeError("no conf.py is loaded")
    site = vars(conf).get(_PLACE)
    if not isinstance(site, SiteCallbacks):
        site = SiteCallbacks()
        vars(conf)[_PLACE] = site
    return site


def conf_module() -> ModuleType | None:
    """The conf.py that was loaded last; None if there is none."""
    serving = _serving
    if serving is not None and threading.get_ident() != serving[1]:
        return serving[0]
    return sys.modules.get("conf")


@contextmanager
def still_serving(conf: ModuleType | None, but_here: bool = True) -> Iterator[None]:
    """While another conf.py is executed or prepared, all code has the one that serves. For one of them at a time.

    :param but_here: whether this thread has the other one, since it executes it.
    """
    global _serving
    _serving = conf, threading.get_ident() if but_here else 0
    try:
        yield
    finally:
        _serving = None


def register_with(conf: ModuleType | None, site: SiteCallbacks) -> None:
    """Have all who got ``callbacks`` from a conf.py register with a site from now on."""
    callbacks = vars(conf).get(_CALLBACKS) if conf is not None else None
    if callbacks is not None:
        callbacks.register_with(site)


def current_site() -> SiteCallbacks:
    """The site of the conf.py that was loaded last.

    :raises RuntimeError: if there is none.
    """
    return site_of(conf_module())
