"""All that a server with pools runs besides answering: put together here."""

from collections.abc import Callable, Iterable
from functools import partial
from time import CLOCK_BOOTTIME, clock_gettime, perf_counter, time
from typing import Any

from twisted.application.service import IServiceCollection
from twisted.internet.defer import Deferred

from .config import Configuration
from .control import Command
from .engine.addresses import Addresses
from .interfaces import IDefinitionSource, ILeaseStore, IServerReactor
from .lease_commands import control_service
from .lease_service import LeaseService
from .leases.lender import Lender
from .leases.memory import MemoryLeases
from .leasing import build_lender, build_store, socket_path, wants_prober
from .scripting.site import SiteCallbacks
from .site_pools import SitePools
from .source_health import SourceHealth
from .transport.prober import Prober


def passed() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine sleeps."""
    return clock_gettime(CLOCK_BOOTTIME)


class PoolServices:
    """Pools of a configuration, and of its code, whose ``init()`` has been called. Sockets that need root are opened.

    :param publish: takes events; :param tell: takes a severity and a line for the log.
    :raises SourceLoadError: if leases cannot be kept where the configuration says.
    :ivar lender: who lends; None if there are no pools.
    """

    def __init__(
        self,
        configuration: Configuration,
        site: SiteCallbacks,
        publish: Callable[[Any], None],
        tell: Callable[[str, str], None],
        reactor: IServerReactor,
    ) -> None:
        self._configuration = configuration
        self._site = site
        self._publish = publish
        self._say = tell
        self._reactor = reactor
        self._prober: Prober | None = None
        if wants_prober(configuration) or any(pool.probes for pool in site.pools):
            self._prober = Prober(reactor, perf_counter, publish, configuration.listen.qtags)
            self._prober.open()
        self.lender = build_lender(configuration, self._prober, publish, reactor, perf_counter, time, passed)
        if self.lender is None and site.pools:
            self.lender = Lender((), self._store(), None, publish, time, perf_counter)

    def _store(self) -> ILeaseStore:
        """Where pools of the site's code have their leases, if there are no others."""
        if all(pool.redis is not None for pool in self._site.pools):
            return MemoryLeases()
        return build_store(self._configuration, self._reactor, perf_counter, time, passed=passed)

    def serve(
        self,
        parent: IServiceCollection,
        health: SourceHealth,
        source: Callable[[], IDefinitionSource],
        look_again: Callable[[], "Deferred[Any] | None"],
        explain: Command | None = None,
    ) -> LeaseService:
        """Give a service its children: leases, pools of the site's code, the control socket.

        :param health: whether leases can be kept; :param source: who knows reservations, as it is now.
        :param look_again: has the server learn of reservations that were changed.
        :param explain: a command of the control socket.
        :raises SourceLoadError: if pools have addresses in common, or a store cannot be used.
        """
        lender, configuration, reactor = self.lender, self._configuration, self._reactor
        assert lender is not None  # noqa: S101  there is nothing to serve otherwise
        build = partial(build_store, reactor=reactor, clock=perf_counter, wall=time)
        others = [pool.addresses for pool in lender.pools]
        pools = SitePools(
            self._site, configuration, lender.store, others, build, self._prober, reactor, time, self._say
        )
        history = configuration.leases.history
        leases = LeaseService(lender, source, history, health, reactor, time, self._say, self._prober, pools.addresses)
        leases.setServiceParent(parent)
        pools.setServiceParent(parent)
        leases.kept = partial(_kept, lender, pools)
        self.control(parent, leases.kept, look_again, explain)
        return leases

    def control(
        self,
        parent: IServiceCollection,
        kept: Callable[[], Iterable[tuple[Addresses, ILeaseStore]]],
        look_again: Callable[[], "Deferred[Any] | None"],
        explain: Command | None,
    ) -> None:
        """Give a service the control socket, if conf.py wants one; arguments as for :meth:`serve`.

        :param kept: every pool as it is now, and where its leases are.
        """
        path = socket_path(self._configuration)
        if path:
            control = control_service(path, kept, look_again, self._publish, self._reactor, self._say, explain)
            control.setServiceParent(parent)


def _kept(lender: Lender, pools: SitePools) -> Iterable[tuple[Addresses, ILeaseStore]]:
    return [*((pool.addresses, lender.store) for pool in lender.pools), *pools.kept()]
