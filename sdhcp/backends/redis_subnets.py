"""The subnets that Redis holds, as they were looked through last."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from ..interfaces import SourceError
from ..model import Subnet
from . import subnets
from .redis_connection import command, hgetall
from .redis_hashes import Hashes, subnet_of
from .reservation import BadField

MOST: Final = 4096
"""Subnets that are known; of more, those that are found first."""
EVERY: Final = 30.0
"""Seconds between two looks through the database, unless it tells that nothing was changed."""
PAUSE: Final = 0.02
"""Seconds between two pieces of the database."""
_PIECE: Final = 1000


class KnownSubnets:
    """Looks through the database in small pieces, in the background.

    :param ask: puts commands over a connection.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[bytes]], Coroutine[Any, Any, list[Any]]],
        hashes: Hashes,
        reactor: IReactorTime,
        told: Callable[[], bool],
    ) -> None:
        self._ask = ask
        self._hashes = hashes
        self._reactor = reactor
        self._told = told
        self._known = subnets.Subnets(())
        self._made: dict[str, Subnet] = {}
        self._dirty: set[str] = set()
        self._whole = True
        self._running: Deferred[Any] | None = None
        self._stopped = False

    def holding(self, address: bytes) -> Subnet | None:
        """The narrowest subnet that holds a 4-byte address."""
        return self._known.holding(address)

    def changed(self, name: str) -> None:
        """A subnet's hash was changed; "" for any number of them."""
        if not name or len(self._dirty) >= MOST:
            self._whole = True
        elif not self._whole:
            self._dirty.add(name)

    def start(self) -> None:
        """Look now, and again."""
        self._running = Deferred.fromCoroutine(self._run())
        self._running.addErrback(_ended)

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True
        if self._running is not None:
            self._running.cancel()
            self._running = None

    async def _run(self) -> None:
        waited = 0.0
        while not self._stopped:
            try:
                if self._whole or (waited >= EVERY and not self._told()):
                    waited = 0.0
                    self._whole = False
                    await self.read()
                elif self._dirty:
                    names, self._dirty = self._dirty, set()
                    await self._read(sorted(names))
                    self._known = subnets.Subnets(self._made.values())
            except SourceError:
                self._whole = True
            if self._stopped:
                # Who was asked may have made something else of being cancelled.
                return
            await deferLater(self._reactor, 1.0)
            waited += 1.0

    async def read(self) -> None:
        """Look through the database once.

        :raises SourceError: if it cannot be asked.
        """
        self._dirty.clear()
        found: set[str] = set()
        cursor = b"0"
        while True:
            (reply,) = await self._ask([command("SCAN", cursor, "MATCH", "*|*", "COUNT", _PIECE)])
            if not isinstance(reply, list):
                # A user without SCAN: nobody's subnet is known without its client.
                return
            cursor = reply[0]
            names = (name.decode("utf-8", "replace") for name in reply[1])
            found.update(name for name in names if subnet_of(name) is not None)
            if cursor == b"0" or len(found) >= MOST:
                break
            await deferLater(self._reactor, PAUSE)
        for name in self._made.keys() - found:
            del self._made[name]
        names_found = sorted(found)[:MOST]
        for begin in range(0, len(names_found), _PIECE):
            await self._read(names_found[begin : begin + _PIECE])
        self._known = subnets.Subnets(self._made.values())

    async def _read(self, names: Sequence[str]) -> None:
        for name, reply in zip(names, await self._ask([hgetall(name) for name in names]), strict=True):
            self._made.pop(name, None)
            if not isinstance(reply, list) or not reply or len(self._made) >= MOST:
                continue
            try:
                subnet = subnets.make(self._hashes.subnet(name, reply))
            except BadField:
                continue
            if subnet is not None:
                self._made[name] = subnet


def _ended(failure: Failure) -> Failure | None:
    return None if isinstance(failure.value, CancelledError) else failure
