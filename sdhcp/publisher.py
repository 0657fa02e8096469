"""Delivers events; an observer that raises is told of once and gets no more."""

import traceback
from collections.abc import Callable

from .events import Event, ObserverFailed
from .interfaces import IEventObserver


class Publisher:
    """Hands every event to every observer, in the order in which they were added.

    :param clock: seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._observers: tuple[IEventObserver, ...] = ()
        self._by_kind: dict[type, tuple[IEventObserver, ...]] = {}

    def add(self, observer: IEventObserver) -> None:
        """Deliver to this observer too, from the next event on."""
        self._observers = (*self._observers, observer)
        self._by_kind = {}

    def remove(self, observer: IEventObserver) -> None:
        """Deliver nothing more to this observer; it may be called while an event is delivered."""
        self._observers = tuple(known for known in self._observers if known is not observer)
        self._by_kind = {}

    def ask_again(self) -> None:
        """Ask every observer anew which kinds of events it wants; for one that has changed its mind.

        Any thread may call it; it counts for the next event.
        """
        self._by_kind = {}

    def publish(self, event: Event) -> None:
        """Deliver one event. Never raises."""
        observers = self._by_kind.get(type(event))
        if observers is None:
            observers = self._choose(type(event))
        for observer in observers:
            try:
                observer.observe(event)
            except BaseException:  # an observer is not ours: whatever it raises must not cost a reply
                self._failed(observer)

    def _choose(self, kind: type[Event]) -> tuple[IEventObserver, ...]:
        # What is asked while somebody changes its mind is not kept for longer.
        by_kind, wanting = self._by_kind, []
        for observer in self._observers:
            try:
                if observer.wants(kind):
                    wanting.append(observer)
            except BaseException:  # as above
                self._failed(observer)
        observers = tuple(wanting)
        by_kind[kind] = observers
        return observers

    def _failed(self, observer: IEventObserver) -> None:
        """Tell of what an observer has raised just now."""
        trace = traceback.format_exc()
        self.remove(observer)
        try:
            name = repr(observer)
        except BaseException:  # as above
            name = f"a {type(observer).__name__}"
        self.publish(ObserverFailed(self._clock(), name, trace))
