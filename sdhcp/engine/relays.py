"""What relay agents told about clients, for renewals that bypass them (RFC 3046 section 2.1, RFC 5107)."""

from typing import Final

from ..model import Remembered
from ..recent import Recent
from ..wire.constants import RELAY_AGENT
from ..wire.message import Message

CLIENTS: Final = 65536
"""How many clients are remembered; those heard longest ago go when the table is full."""

_new: Final = tuple.__new__


class RelayMemory:
    """By client: the relay agent's address and option 82 of the packet that got it its address."""

    __slots__ = ("_clients", "recall")

    def __init__(self, size: int = CLIENTS) -> None:
        self._clients: Recent[Remembered] = Recent(size)
        self.recall = self._clients.get
        """What is known about a client, or None."""

    @property
    def shed(self) -> int:
        """How many clients had to be forgotten."""
        return self._clients.shed

    def remember(self, client: bytes, message: Message) -> None:
        """Keep what a relayed message tells, replacing what was known."""
        self._clients.put(client, _new(Remembered, (message.giaddr, message.options.get(RELAY_AGENT))))
