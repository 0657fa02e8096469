"""The parts of a server that another conf.py has a say in."""

from collections.abc import Callable
from dataclasses import dataclass

from twisted.application.service import MultiService

from ..alerting import Alerting
from ..config.settings import Configuration
from ..console import ConsoleService, Parts
from ..interfaces import IServerReactor
from ..lease_service import LeaseService
from ..logs import EventLog
from ..outputs import LogOutputs
from ..pool_services import PoolServices
from ..publisher import Publisher
from ..reports.reports import Reports
from ..scripting.site import SiteCallbacks
from ..scripting.site_thread import SiteThread
from ..stats import Counters
from ..web.log_lines import LogLines
from .serving import Serving


@dataclass(slots=True)
class Running:
    """A server as it is now.

    :ivar parent: the service that all others are children of.
    :ivar serving: who answers clients; :ivar pools: who lends; None until the server has been assembled.
    :ivar leases: the leases of pools, if there are some.
    """

    configuration: Configuration
    site: SiteCallbacks
    site_thread: SiteThread
    publisher: Publisher
    counters: Counters
    reports: Reports
    lines: LogLines
    outputs: LogOutputs
    event_log: EventLog
    alerting: Alerting
    console: ConsoleService
    parts: Parts
    parent: MultiService
    reactor: IServerReactor
    tell: Callable[[str, str], None]
    serving: Serving | None = None
    pools: PoolServices | None = None
    leases: LeaseService | None = None
