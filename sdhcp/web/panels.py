"""The server's own parts of the dashboard."""

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred
from zope.interface import implementer

from ..events import Exchange
from ..interfaces import IDashboardPanel
from ..wire.describe import address, hardware
from .activity import Activity
from .facts import ServerFacts
from .leases import Leases
from .troubles import Troubles

TROUBLES: Final = 100
HEALTH: Final = 200
POOLS: Final = 300
TRAFFIC: Final = 400
ACTIVITY: Final = 500
_SHOWN: Final = 30

Template = Callable[..., str]


@implementer(IDashboardPanel)
class TroublesPanel:
    """What is wrong now, and was lately; nothing if nothing is."""

    name = "troubles"
    ordering = TROUBLES

    def __init__(self, template: Template, troubles: Troubles, facts: ServerFacts) -> None:
        self._template, self._troubles, self._facts = template, troubles, facts

    def render(self) -> str | None:
        """See :class:`IDashboardPanel`."""
        since = self._facts.wall() - self._facts.clock()
        troubles = [one._replace(at=one.at + since) for one in self._troubles.newest_first()]
        return self._template("troubles", troubles=troubles) if troubles else None


@implementer(IDashboardPanel)
class HealthPanel:
    """Whether the server answers, and whether its sources do."""

    name = "health"
    ordering = HEALTH

    def __init__(self, template: Template, facts: ServerFacts) -> None:
        self._template, self._facts = template, facts

    def render(self) -> str:
        """See :class:`IDashboardPanel`."""
        return self._template("health", sources=self._facts.sources(), serving=self._facts.is_serving())


@implementer(IDashboardPanel)
class PoolsPanel:
    """How full the pools are; nothing if there are none."""

    name = "pools"
    ordering = POOLS

    def __init__(self, template: Template, leases: Leases) -> None:
        self._template, self._leases = template, leases

    def render(self) -> "Deferred[str | None]":
        """See :class:`IDashboardPanel`."""
        return Deferred.fromCoroutine(self._render())

    async def _render(self) -> str | None:
        if not self._leases.names():
            return None
        return self._template("pools", pools=[(name, await self._leases.counts(name)) for name in self._leases.names()])


@implementer(IDashboardPanel)
class TrafficPanel:
    """What came in since the start, by method and outcome."""

    name = "traffic"
    ordering = TRAFFIC

    def __init__(self, template: Template, facts: ServerFacts) -> None:
        self._template, self._counters = template, facts.counters

    def render(self) -> str:
        """See :class:`IDashboardPanel`."""
        counters = self._counters
        rows = [(kind, outcome, count) for (kind, outcome), count in sorted(counters.exchanges.items())]
        others = [("refused", why, count) for why, count in sorted(counters.dropped.items())]
        others += [("no DHCP message", why, count) for why, count in sorted(counters.malformed.items())]
        total = sum(count for *_, count in (*rows, *others))
        return self._template("traffic", rows=rows, others=others, total=total)


@implementer(IDashboardPanel)
class ActivityPanel:
    """The last exchange of each of the clients that were heard last."""

    name = "recent activity"
    ordering = ACTIVITY

    def __init__(self, template: Template, activity: Activity, facts: ServerFacts) -> None:
        self._template, self._activity, self._facts = template, activity, facts

    def render(self) -> str:
        """See :class:`IDashboardPanel`."""
        since = self._facts.wall() - self._facts.clock()
        rows = [row_of(one, since) for one, _ in zip(self._activity.newest_first(), range(_SHOWN), strict=False)]
        return self._template("activity", rows=rows)


def row_of(event: Exchange, since: float) -> dict[str, Any]:
    """An exchange in words; ``since`` is what its clock lags behind that of the day."""
    return {
        "at": event.now + since,
        "mac": hardware(event.mac),
        "client": event.mac.hex(":"),
        "method": event.method,
        "answer": event.answer,
        "outcome": event.outcome,
        "address": address(event.address) if len(event.address) == 4 else "",
        "subnet": event.definition.subnet if event.definition is not None else "",
    }
