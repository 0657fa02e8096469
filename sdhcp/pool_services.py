"""All that a server with pools runs besides answering: put together here."""

from collections.abc import Callable, Iterable
from functools import partial
from time import CLOCK_BOOTTIME, clock_gettime, perf_counter, time
from typing import Any

from twisted.application.service import IServiceCollection

from .config import Configuration
from .control import Command
from .engine.addresses import Addresses
from .interfaces import IDefinitionSource, ILeaseStore, IServerReactor
from .lease_commands import Reload, control_service
from .lease_service import LeaseService
from .leases.lender import Lender
from .leases.memory import MemoryLeases
from .leasing import build_lender, build_store, check_pools, socket_path, wants_prober
from .scripting.site import SiteCallbacks
from .site_pools import SitePools, see_apart
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
        self._site_pools: SitePools | None = None
        self._prober: Prober | None = None
        if wants_prober(configuration) or any(pool.probes for pool in site.pools):
            self._prober = Prober(reactor, perf_counter, publish, configuration.listen.qtags)
            self._prober.open()
        self.lender = build_lender(configuration, self._prober, publish, reactor, perf_counter, time, passed)
        if self.lender is None and site.pools:
            self.lender = Lender((), self._store(), None, publish, time, perf_counter)

    def can_lend_by(self, configuration: Configuration, has_own: bool) -> bool:
        """Whether the pools of another configuration can take the place of these while the server runs.

        :param has_own: whether its code has made some.
        """
        has_pools = bool(configuration.leases.pools)
        if self.lender is None:
            return not has_pools and not has_own
        return bool(self.lender.pools) == has_pools and (self._prober is not None or not wants_prober(configuration))

    def another_lender(self, configuration: Configuration) -> Lender | None:
        """Who lends by the pools of another configuration, from the same store; None where nobody does.

        :raises ConfigurationError: if they are not in order.
        """
        if self.lender is None:
            return None
        rules = check_pools(configuration)
        lender = Lender(rules, self.lender.store, self._prober, self._publish, time, perf_counter)
        lender.take_over(self.lender)
        return lender

    def lend_by(self, lender: Lender, health: SourceHealth, leases: LeaseService) -> None:
        """Have another lender in the place of the one from before, and whatever pools the site's code has now."""
        self.lender = lender
        leases.lend_by(lender, health)
        if self._site_pools is not None:
            leases.kept = partial(_kept, lender, self._site_pools)
            self._site_pools.renew()

    def check_own(self, configuration: Configuration, own: Iterable[Any]) -> None:
        """See that pools of a site's code have addresses of their own.

        :raises SourceLoadError: if they have not.
        """
        if self.lender is not None:
            rules = check_pools(configuration)
            see_apart([*(rule.addresses for rule in rules), *(pool.addresses for pool in own)])

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
        reload: Reload,
        explain: Command | None = None,
    ) -> LeaseService:
        """Give a service its children: leases, pools of the site's code, the control socket.

        :param health: whether leases can be kept; :param source: who knows reservations, as it is now.
        :param reload: as for :func:`control_service`.
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
        self._site_pools = pools
        leases = LeaseService(lender, source, history, health, reactor, time, self._say, self._prober, pools.addresses)
        leases.setServiceParent(parent)
        pools.setServiceParent(parent)
        leases.kept = partial(_kept, lender, pools)
        self.control(parent, leases.kept, reload, explain)
        return leases

    def control(
        self,
        parent: IServiceCollection,
        kept: Callable[[], Iterable[tuple[Addresses, ILeaseStore]]],
        reload: Reload,
        explain: Command | None,
    ) -> None:
        """Give a service the control socket, if conf.py wants one; arguments as for :meth:`serve`.

        :param kept: every pool as it is now, and where its leases are.
        """
        path = socket_path(self._configuration)
        if path:
            control = control_service(path, kept, reload, self._publish, self._reactor, self._say, explain)
            control.setServiceParent(parent)


def _kept(lender: Lender, pools: SitePools) -> Iterable[tuple[Addresses, ILeaseStore]]:
    return [*((pool.addresses, lender.store) for pool in lender.pools), *pools.kept()]
