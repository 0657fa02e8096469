"""What is to be delivered, and what came of an attempt."""

from typing import NamedTuple


class Parcel(NamedTuple):
    """One text on its way.

    :ivar name: the same for every attempt and after a restart, and no other's.
    :ivar at: when it was handed in, seconds since the epoch.
    :ivar to: who has not got it yet.
    """

    name: str
    at: float
    to: tuple[str, ...]
    text: str


class Attempt(NamedTuple):
    """What came of one attempt.

    :ivar taken: who has it now; :ivar refused: who is never to get it.
    :ivar problem: what went wrong, "" if nothing did; everybody else gets another attempt.
    :ivar is_away: whether every other parcel would meet the same, so that all wait.
    :ivar answer: what the other side said in the end.
    :ivar is_tls_trouble: whether TLS, or who the server is by it, is what went wrong.
    :ivar is_in_clear: whether a password went over the network as it is.
    """

    taken: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    problem: str = ""
    is_away: bool = False
    answer: str = ""
    is_tls_trouble: bool = False
    is_in_clear: bool = False


def told(text: object) -> str:
    """What another program said, as text of one line that is not long."""
    line = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return "".join(one if one.isprintable() else " " for one in line[:300]).strip()
