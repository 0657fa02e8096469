"""What relay agents told about clients, for renewals that bypass them (RFC 3046 section 2.1, RFC 5107)."""

from typing import Final

from ..model import Remembered
from ..wire.constants import RELAY_AGENT
from ..wire.message import Message

CLIENTS: Final = 65536
"""How many clients are remembered; the one heard longest ago goes when the table is full."""


class RelayMemory:
    """By client: the relay agent's address and option 82 of the packet that got it its address."""

    __slots__ = ("_clients", "shed", "size")

    def __init__(self, size: int = CLIENTS) -> None:
        self._clients: dict[bytes, Remembered] = {}
        self.size = size
        self.shed = 0

    def remember(self, client: bytes, message: Message) -> None:
        """Keep what a relayed message tells, replacing what was known."""
        clients = self._clients
        relay_agent = message.options.get(RELAY_AGENT)
        present = clients.get(client)
        if present is not None:
            if present.giaddr == message.giaddr and present.relay_agent == relay_agent:
                return
            del clients[client]
        elif len(clients) >= self.size:
            del clients[next(iter(clients))]
            self.shed += 1
        clients[client] = Remembered(message.giaddr, relay_agent)

    def recall(self, client: bytes) -> Remembered | None:
        """What is known about a client, or None."""
        return self._clients.get(client)
