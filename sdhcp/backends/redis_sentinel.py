"""Sentinels: they tell which of several Redis servers is the master now."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import LoopingCall

from ..interfaces import SourceError
from .redis_connection import command, connect
from .redis_errors import refused
from .redis_pool import Pool
from .redis_settings import Server

LOOK: Final = 1.0
"""Seconds between two looks who is the master."""
WAIT: Final = 1.0
"""Seconds that one sentinel has to answer before the next one is asked."""


class Sentinels:
    """Asks sentinels for the master, the one first that answered last.

    :param server: how the master is reached, but for its place.
    :param moved: is called when the master has become another.
    """

    def __init__(
        self,
        sentinels: tuple[Server, ...],
        service: str,
        server: Server,
        reactor: Any,
        clock: Callable[[], float],
        moved: Callable[[], None],
    ) -> None:
        shorter = [replace(one, connect_timeout=WAIT, reply_timeout=WAIT) for one in sentinels]
        self._pools = [(one.place, Pool(partial(connect, one, reactor), clock, 1)) for one in shorter]
        self._question = command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", service)
        self._service = service
        self._server = server
        self._moved = moved
        self._master: Server | None = None
        self._looking = LoopingCall(self._look)
        self._looking.clock = reactor

    def start(self) -> None:
        """Look from now on whether the master has become another."""
        self._looking.start(LOOK, now=False)

    def stop(self) -> "Deferred[None]":
        """Ask no more; fires when no connection is left."""
        if self._looking.running:
            self._looking.stop()
        return DeferredList([pool.stop() for _, pool in self._pools]).addCallback(lambda _: None)

    async def master(self) -> Server:
        """The master now.

        :raises SourceError: if no sentinel tells.
        """
        problem = SourceError("no sentinel tells")
        for number, (place, pool) in enumerate(self._pools):
            try:
                (reply,) = await pool.ask([self._question])
            except SourceError as error:
                problem = SourceError(f"sentinel: {error}", error.advice)
                continue
            if isinstance(reply, Exception):
                said = refused(place, reply, "SENTINEL")
                problem = SourceError(f"sentinel: {said}", said.advice)
            elif not isinstance(reply, list) or len(reply) != 2:
                problem = SourceError(
                    f'sentinel: {place} knows no master "{self._service}"', "see X_REDISDB_SENTINEL_SERVICE"
                )
            else:
                self._pools.insert(0, self._pools.pop(number))
                return self._is_now(replace(self._server, host=reply[0].decode(), port=int(reply[1])))
        raise problem

    def _is_now(self, master: Server) -> Server:
        before, self._master = self._master, master
        if before not in (None, master):
            self._moved()
        return master

    async def _look(self) -> None:
        try:
            await self.master()
        except SourceError:
            # The master may well serve without them; who cannot reach it asks again.
            pass
