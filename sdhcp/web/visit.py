"""One request on its way through the console."""

from typing import Any, Final, NamedTuple

from ..interfaces import WebQuestion
from .access import Caller

_PLACE: Final = "sdhcp_visit"


class Visit(NamedTuple):
    """What was asked, and by whom."""

    question: WebQuestion
    caller: Caller

    @property
    def path(self) -> str:
        """What stands before the question mark."""
        return self.question.path


class Problem(Exception):
    """A request gets this instead of what it asked for; the text is a sentence for people."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def put(request: Any, visit: Visit) -> None:
    """Keep a visit with its request."""
    setattr(request, _PLACE, visit)


def visit_of(request: Any) -> Visit:
    """The visit that a request is."""
    visit: Visit = getattr(request, _PLACE)
    return visit
