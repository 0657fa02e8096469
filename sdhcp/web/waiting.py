"""Values that are there now or come later."""

from collections.abc import Iterable
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IReactorTime

PATIENCE: Final = 8.0
"""Seconds that a page waits for one of its parts."""


async def now(value: Any) -> Any:
    """What a value is, or becomes."""
    return await value if isinstance(value, Deferred) else value


async def all_of(parts: Iterable["Deferred[Any]"]) -> list[Any]:
    """What all of them become: values, or Failures."""
    return [result for _, result in await DeferredList(list(parts), consumeErrors=True)]


def soon(function: Any, reactor: IReactorTime) -> "Deferred[Any]":
    """Call a function; what it gives, or a Failure if it raises, fails, or takes too long."""
    later: Deferred[Any] = maybeDeferred(function)
    later.addTimeout(PATIENCE, reactor)
    return later
