"""What goes wrong with leases."""

from ..interfaces import SourceError
from ..model import Lease


class NotKept(SourceError):
    """A step could not be kept, and has not happened.

    :ivar held: the lease that the client has all the same, as it was before the step: a renewal may be answered with
        its ``expires``. None if it has none.
    """

    def __init__(self, error: SourceError, held: Lease | None = None) -> None:
        super().__init__(str(error), error.advice, error.passing)
        self.held = held
