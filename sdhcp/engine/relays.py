"""What relay agents told about clients, for renewals that bypass them (RFC 3046 section 2.1, RFC 5107)."""

from typing import Final

from ..model import Remembered
from ..recent import Recent
from ..wire.constants import RELAY_AGENT
from ..wire.message import Message

CLIENTS: Final = 65536
"""How many clients are remembered; those heard longest ago go when the table is full."""

_LONGEST: Final = 255
_new: Final = tuple.__new__


class RelayMemory:
    """By client: the relay agent's address and option 82 of the packet that got it its address."""

    __slots__ = ("_clients", "forget", "recall")

    def __init__(self, size: int = CLIENTS) -> None:
        self._clients: Recent[Remembered] = Recent(size)
        self.recall = self._clients.get
        """What is known about a client, or None."""
        self.forget = self._clients.pop
        """Know nothing about a client any more, because it was met without a relay agent."""

    @property
    def shed(self) -> int:
        """How many clients had to be forgotten."""
        return self._clients.shed

    def of_one(self, client: bytes) -> "RelayMemory":
        """What is known of one client, to go on with apart from this."""
        alone = RelayMemory(2)
        known = self.recall(client)
        if known is not None:
            alone._clients.put(client, known)
        return alone

    def remember(self, client: bytes, message: Message) -> None:
        """Keep what a relayed message tells, replacing what was known; of option 82 no more than one option holds."""
        relay_agent = message.options.get(RELAY_AGENT)
        if relay_agent is not None and len(relay_agent) > _LONGEST:
            relay_agent = None
        self._clients.put(client, _new(Remembered, (message.giaddr, relay_agent)))
