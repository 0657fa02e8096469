"""Lines of the log on their way to the feed: the server's own, and those of a site's code."""

from typing import Final

from twisted.logger import ILogObserver, LogEvent, formatEvent
from zope.interface import implementer

from ..severity import LEVELS, rank
from .store import RecordStore, record_of

OWN_MODULE: Final = "dhcp"
"""What the server's own lines come from, as a site's log handlers see them."""
SITE_LOGGER: Final = "site_logger"
"""The key of a log event that has the logger which a site's code wrote to."""
_NAMES: Final = {level: name for name, level in LEVELS.items() if name not in ("WARNING", "FATAL")}


@implementer(ILogObserver)
class FeedOfLog:
    """Keeps lines of the log, in the words of the log, so that what the log tells once is one record here.

    :param severity: the least that is kept, such as "ERROR".
    """

    def __init__(self, store: RecordStore, severity: str) -> None:
        self._store = store
        self._names = {level: name for level, name in _NAMES.items() if rank(name) >= rank(severity)}

    def __call__(self, event: LogEvent) -> None:
        """Take one line, on any thread."""
        name = self._names.get(event["log_level"])
        if name is not None:
            module = event.get(SITE_LOGGER, OWN_MODULE)
            self._store.add(record_of(event["log_time"], name, module, formatEvent(event)))
