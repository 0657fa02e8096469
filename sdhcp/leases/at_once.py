"""Coroutines that seldom wait: what is known at once costs no Deferred."""

from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from ..interfaces import Later

T = TypeVar("T")


def run(coroutine: "Coroutine[Deferred[Any], Any, T]") -> "Later[T]":
    """What a coroutine returns, at once if it has nothing to wait for.

    A tenth of what :meth:`Deferred.fromCoroutine` costs where nothing is waited for, half of it otherwise.

    :returns: the value, or a Deferred of it; one that has failed if the coroutine raises. To cancel it is to cancel
        what it waits for.
    """
    try:
        waits_for = coroutine.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    except BaseException:  # whatever it is, who waits is told
        failed: Deferred[T] = Deferred()
        failed.errback(Failure())  # type: ignore[no-untyped-call]  # as Twisted has it
        return failed
    return _Waiting(coroutine, waits_for).result


class _Waiting:
    """A coroutine that waits for a Deferred, and the Deferred of what it will return."""

    __slots__ = ("_coroutine", "_waits_for", "result")

    def __init__(self, coroutine: "Coroutine[Deferred[Any], Any, Any]", waits_for: "Deferred[Any]") -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for
        self.result: Deferred[Any] = Deferred(self._cancel)
        waits_for.addBoth(self._go_on)

    def _go_on(self, got: Any) -> None:
        """Go on with what was waited for, up to the end or the next wait."""
        try:
            if isinstance(got, Failure):
                waits_for = self._coroutine.throw(cast(BaseException, got.value))
            else:
                waits_for = self._coroutine.send(got)
        except StopIteration as done:
            self.result.callback(done.value)
            return
        except BaseException:  # as above
            self.result.errback(Failure())  # type: ignore[no-untyped-call]  # as above
            return
        self._waits_for = waits_for
        waits_for.addBoth(self._go_on)

    def _cancel(self, _: "Deferred[Any]") -> None:
        self._waits_for.cancel()
