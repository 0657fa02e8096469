"""A reactor of its own in a thread, for a command that waits for what is asynchronous."""

from collections.abc import Callable, Coroutine
from threading import Thread
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.threads import blockingCallFromThread

T = TypeVar("T")


class ReactorThread:
    """Runs coroutines, and has the caller wait. No signal is handled, and no global reactor is touched."""

    def __init__(self) -> None:
        self.reactor: Any = EPollReactor()  # type: ignore[no-untyped-call]
        self._thread = Thread(target=self.reactor.run, kwargs={"installSignalHandlers": False}, daemon=True)
        self._thread.start()

    def wait(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What a coroutine returns, or raises."""

        def begun() -> "Deferred[T]":
            return Deferred.fromCoroutine(begin())

        return cast(T, blockingCallFromThread(self.reactor, cast(Any, begun)))

    def stop(self) -> None:
        """End the reactor; returns when the thread has ended."""
        self.reactor.callFromThread(self.reactor.stop)
        self._thread.join()
