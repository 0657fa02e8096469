"""A whole server in memory: octets in, octets and destinations out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from twisted.internet.task import Clock

from sdhcp.backends.memory import MemorySource
from sdhcp.engine.policy import Policy
from sdhcp.events import Event
from sdhcp.interfaces import IDefinitionSource
from sdhcp.model import Destination, Local, Subnet
from sdhcp.publisher import Publisher
from sdhcp.responder import Responder
from sdhcp.wire.message import Message, decode, encode

from .samples import FRAMES, MAC, OTHER, RELAY, definition, ip, message

STRANGER = bytes.fromhex("02005e0000ff")
OTHER_MAC = bytes.fromhex("02005e000102")
LOCAL_MAC = bytes.fromhex("02005e000103")
HERE = ip("10.77.0.50")
"""The address of the client with LOCAL_MAC, on the server's own link."""

POLICY = Policy(allow_relays=True, link_check=True, suspend=False, unauthorized_timeout=0)
DEFAULTS = Policy(allow_relays=True)
"""What a site has that sets nothing, but for the relay agents that most tests ask through."""
BROADCAST_SIDE = FRAMES._replace(hears_broadcasts=True)


class Reply(NamedTuple):
    """One reply: read, where it went, and its octets."""

    message: Message
    to: Destination
    octets: bytes


class Sent:
    """A sender that keeps what it is given."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    def send(self, data: bytes, destination: Destination) -> bool:
        self.replies.append(Reply(decode(data), destination, data))
        return True

    def hold(self) -> None:
        """Replies count when they are given."""

    def flush(self) -> None:
        """As above."""


class Observed:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def wants(self, kind: type) -> bool:
        return True

    def observe(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def usual() -> MemorySource:
    """Two clients behind the relay agent, one on the server's own link."""
    here = definition(ip=HERE, subnet="10.77.0.0/24", gateways=(ip("10.77.0.1"),), hostname="here")
    return MemorySource(
        {MAC: definition(), OTHER_MAC: definition(ip=OTHER, hostname="other"), LOCAL_MAC: here},
        [Subnet(0x0A4D0100, 0xFFFFFF00, definition(ip=bytes(4), hostname=None))],
    )


@dataclass
class World:
    """A responder with its source, and what came of it."""

    policy: Policy = POLICY
    source: IDefinitionSource = field(default_factory=usual)
    local: Local = FRAMES

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.observed = Observed()
        publisher = Publisher(self.clock.seconds)
        publisher.add(self.observed)
        self.responder = Responder(self.source, self.policy, publisher, self.clock.seconds, self.clock)

    def send(self, data: bytes, local: Local | None = None, source: str = "10.77.1.1", port: int = 67) -> list[Reply]:
        """All replies to one datagram."""
        sent = Sent()
        self.responder.receive([(data, ip(source), port)], local or self.local, sent)
        return sent.replies

    def ask(self, kind: int | None, options: dict[int, bytes] | None = None, **fields: object) -> Reply | None:
        """The reply to a message through the relay agent, None for silence."""
        fields.setdefault("giaddr", RELAY)
        return self.ask_directly(kind, options, **fields)

    def ask_directly(
        self,
        kind: int | None,
        options: dict[int, bytes] | None = None,
        local: Local | None = None,
        source: str = "0.0.0.0",
        port: int = 68,
        **fields: object,
    ) -> Reply | None:
        """The reply to a message as it is, None for silence."""
        replies = self.send(encode(message(kind, options, **fields)), local, source, port)
        assert len(replies) < 2, replies
        return replies[0] if replies else None


def served(replies: Iterable[Reply]) -> list[int]:
    """The message types of replies."""
    return [reply.message.message_type for reply in replies]


def written(area: bytes) -> list[tuple[int, bytes]]:
    """The options of one area as they stand, code and value, up to its End; nothing but zeros may follow that."""
    found, position = [], 0
    while area[position] != 255:
        end = position + 2 + area[position + 1]
        found.append((area[position], area[position + 2 : end]))
        position = end
    assert not any(area[position + 1 :]), area[position:]
    return found
