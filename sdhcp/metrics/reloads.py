"""How readings of sources have ended."""

from zope.interface import implementer

from ..events import Event, Reloaded
from ..interfaces import IEventObserver


@implementer(IEventObserver)
class Reloads:
    """Counts readings anew.

    :ivar good: those that went well; :ivar failed: the others; :ivar last_failed: whether the last is one of these.
    """

    def __init__(self) -> None:
        self.good = self.failed = 0
        self.last_failed = False

    def wants(self, kind: type[Event]) -> bool:
        """Nothing else."""
        return kind is Reloaded

    def observe(self, event: Event) -> None:
        """Count one."""
        self.last_failed = bool(event[2])
        if self.last_failed:
            self.failed += 1
        else:
            self.good += 1
