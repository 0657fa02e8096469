"""A site's own function: called, its answer turned into definitions, and what it raises told with its line."""

import os
import traceback
from collections.abc import Callable, Coroutine
from typing import Any, Final

from twisted.internet.defer import Deferred

from ..interfaces import BadReservation, ClientFailed, Found, SourceError
from ..model import Arrival, Local, Query
from ..wire.constants import MESSAGE_TYPE, ZERO_ADDRESS
from ..wire.message import Message
from .records import Records
from .reservation import BadField

_LONGEST: Final = 200
_OWN: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
NOBODY: Final = Query(
    Message(chaddr=bytes(6), options={MESSAGE_TYPE: b"\1"}), Arrival(Local(ZERO_ADDRESS, "", ()), ZERO_ADDRESS, 68, 0.0)
)
"""The question about a client that nobody has, with the hardware address 00:00:00:00:00:00."""

Later = Coroutine[Any, Any, Any] | Deferred[Any]
"""What some functions return: the answer will come."""


class SiteCode:
    """A function of a site's that knows clients.

    :param name: what it is called in messages.
    :param folder: where the site's files are.
    :param argument: what the function is given for a client; None for a client that it cannot know.
    """

    def __init__(
        self, function: Callable[[Any], Any], name: str, folder: str, argument: Callable[[Query], Any]
    ) -> None:
        self.name = name
        self._function = function
        self._folder = folder
        self._argument = argument
        self._records = Records()

    def ask(self, query: Query) -> "Found | Later":
        """What the function says of a client, or what will say it.

        :raises BadReservation: if that is no reservation.
        :raises SourceError: if the function raises something, with where it did.
        """
        argument = self._argument(query)
        if argument is None:
            return None
        try:
            answer = self._function(argument)
        except (Exception, SystemExit) as error:  # a site's code ends nothing but its own answer
            raise self.explain(error) from None
        if isinstance(answer, Coroutine | Deferred):
            return answer
        return self.found(query, answer)

    def found(self, query: Query, answer: Any) -> Found:
        """The definitions of an answer; raises as :meth:`ask`."""
        try:
            return self._records.found(answer)
        except BadField as error:
            problem = f"{self.name}: {query.key}: {error}"
            raise BadReservation(problem, "mend what the code returns for this client") from None
        except (
            Exception,
            SystemExit,
        ) as error:  # an answer is the site's too, and may do anything when it is looked at
            raise self.explain(error) from None

    def explain(self, error: BaseException) -> SourceError:
        """What the site's code raised, and where."""
        return error if isinstance(error, SourceError) else raised(self.name, error, self._folder)


def raised(name: str, error: BaseException, folder: str) -> SourceError:
    """What an exception of a site's code is told as: in one line, with the innermost line of the site's own."""
    try:
        text = " ".join(str(error).split())[:_LONGEST]
    except Exception:  # an exception of a site's own may be unable to say what it is
        text = ""
    told = f"{type(error).__name__}: {text}" if text else type(error).__name__
    place = _place(error, folder)
    where = f"; see {place[0]}:{place[1]}" if place is not None else ""
    return ClientFailed(f"site code {name} raised {told}{where}")


def _place(error: BaseException, folder: str) -> tuple[str, int] | None:
    """The innermost line of the site's own that an exception came through, else of whatever is not ours."""
    below = os.path.abspath(folder) + os.sep if folder else None
    inside = outside = None
    # Not traceback.extract_tb, which reads each line's text: a function may raise for every packet.
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = os.path.abspath(frame.f_code.co_filename)
        if below is not None and file.startswith(below):
            inside = file, line
        elif not file.startswith(_OWN):
            outside = file, line
    return inside or outside
