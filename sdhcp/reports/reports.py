"""All reports of one server."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from twisted.logger import ILogObserver

from ..config.settings import Configuration
from ..interfaces import IDashboardPanel, IWebMethod
from ..publisher import Publisher
from ..scripting.site import SiteCallbacks
from ..traffic.frames import Traffic
from .traffic import TrafficReports

if TYPE_CHECKING:
    from .feed import FeedReports


class Reports:
    """What a server counts and keeps, as its conf.py asks for.

    :param clock: seconds of the clock that events have their times from.
    :param epoch: seconds since the epoch.
    :ivar traffic: counts packets, as an observer of events.
    :ivar log_observers: take lines of the log, the server's own and a site's.
    """

    def __init__(self, configuration: Configuration, clock: Callable[[], float], epoch: Callable[[], float]) -> None:
        statistics = configuration.statistics
        self.traffic: Final = Traffic(clock(), epoch(), statistics.interval, statistics.frames)
        self._traffic_reports = TrafficReports(self.traffic, clock, epoch, configuration.web.dashboard_secure)
        self._feed = _feed(configuration, epoch) if configuration.feed.enabled else None
        self._clears = configuration.feed.clear_on_reload
        self.log_observers: Final[Sequence[ILogObserver]] = () if self._feed is None else (self._feed.of_log,)

    def register(self, publisher: Publisher, site: SiteCallbacks) -> None:
        """Count packets from now on, and have records forgotten when sources are read anew unless conf.py says no."""
        publisher.add(self.traffic)
        self.register_with(site)

    def register_with(self, site: SiteCallbacks) -> None:
        """Have records forgotten when the sources of a site are read anew, unless conf.py says no."""
        if self._feed is not None and self._clears:
            site.reinit.add(self._feed.clear)

    def heads(self) -> Sequence[str]:
        """For the head of every page: where the feed is, if there is one."""
        return () if self._feed is None else (self._feed.head(),)

    def panels(self) -> Sequence[IDashboardPanel]:
        """For the dashboard."""
        return self._traffic_reports.panels()

    def methods(self) -> Sequence[IWebMethod]:
        """Pages and files; a site's own of the same path go before them."""
        return [*self._traffic_reports.methods(), *(() if self._feed is None else self._feed.methods())]


def _feed(configuration: Configuration, epoch: Callable[[], float]) -> "FeedReports":
    # What makes feeds takes a tenth of a second to load and some memory, and few sites have one.
    from .feed import FeedReports

    return FeedReports(configuration, epoch)
