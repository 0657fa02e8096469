"""Clients that ask too often, or were refused: how long they are not heard."""

from typing import Final, NamedTuple

from ..recent import Recent
from .policy import Policy

CLIENTS: Final = 65536
"""How many clients each table holds; the one entered first goes when it is full."""

UNKNOWN_CLIENT: Final = "unknown client"
TOO_MANY: Final = "too many packets"


class Block(NamedTuple):
    """Until when, on the monotonic clock, a client is not heard, and why."""

    until: float
    reason: str


class Abuse:
    """Counts what each client sends and remembers who is not heard for a while.

    A client's level rises by one with a packet and falls by one a second. Above the threshold it is
    suspended for ``misbehaving_timeout`` seconds. Time is an argument; memory is bounded whatever is
    sent, and :attr:`shed` counts entries that had to go early. :attr:`policy` may be replaced at any time.
    """

    __slots__ = ("_levels", "blocks", "policy")

    def __init__(self, policy: Policy, size: int = CLIENTS) -> None:
        self.policy = policy
        self._levels: Recent[tuple[float, float]] = Recent(size)
        self.blocks: Recent[Block] = Recent(size)

    @property
    def shed(self) -> int:
        """How many entries had to go early."""
        return self._levels.shed + self.blocks.shed

    def level(self, client: bytes, now: float) -> float:
        """How many packets a client has to its account."""
        level, since = self._levels.get(client) or (0.0, now)
        return max(0.0, level - (now - since))

    def of_one(self, client: bytes) -> "Abuse":
        """What is known of one client, to go on with apart from this."""
        alone = Abuse(self.policy, 2)
        block, level = self.blocks.get(client), self._levels.get(client)
        if block is not None:
            alone.blocks.put(client, block)
        if level is not None:
            alone._levels.put(client, level)
        return alone

    def blocked(self, client: bytes, now: float) -> Block | None:
        """The block that a client is under, if it is under one."""
        block = self.blocks.get(client)
        if block is None:
            return None
        if now < block.until:
            return block
        self.blocks.pop(client)
        return None

    def too_many(self, client: bytes, now: float) -> bool:
        """Count one packet; True if it brought the client over the threshold and got it suspended."""
        level, since = self._levels.get(client) or (0.0, now)
        level -= now - since
        level = 1.0 if level < 0.0 else level + 1.0
        if level > self.policy.suspend_threshold:
            self._levels.pop(client)
            self.block(client, now, self.policy.misbehaving_timeout, TOO_MANY)
            return True
        self._levels.put(client, (level, now))
        return False

    def block(self, client: bytes, now: float, seconds: int, reason: str) -> None:
        """Do not hear a client for some seconds; a longer block that it is under stays."""
        until = now + seconds
        present = self.blocks.get(client)
        if present is None or present.until <= until:
            self.blocks.put(client, Block(until, reason))

    def forgive(self, client: bytes) -> None:
        """Lift a block, because its reason is gone."""
        self.blocks.pop(client)
