"""The last log records, for elements that show them."""

import logging
from collections import deque


class FIFOHandler(logging.Handler):
    """Keeps the last records, the newest first.

    :param capacity: how many.
    """

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self._records: deque[logging.LogRecord] = deque(maxlen=max(0, capacity))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record, in place of the oldest if there is no room."""
        self._records.appendleft(record)

    def readContents(self) -> list[tuple[int, str]]:
        """The number of the level and the formatted text of each."""
        self.acquire()
        try:
            records = list(self._records)
        finally:
            self.release()
        return [(record.levelno, self.format(record)) for record in records]

    def flush(self) -> None:
        """Forget all."""
        self.acquire()
        try:
            self._records.clear()
        finally:
            self.release()

    def close(self) -> None:
        """Forget all, and be closed."""
        self.flush()
        super().close()
