"""A site's functions, watched while they are called: what each is told, gives, and changes in the packet."""

import threading
import traceback
from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from ..engine.edited import SIZES
from ..interfaces import IDefinitionChooser
from ..wire.registry import name_of
from .packet import DHCPPacket
from .request import Request
from .site_hooks import Part
from .steps import Change, Step

_DIRECTIONS: Final = (
    "response_ip",
    "response_port",
    "response_source_port",
    "response_mac",
    "word_align",
    "terminal_pad",
)
_CODES: Final = range(1, 255)
_FRAMES: Final = 40
"""Frames of a traceback that are shown."""
_GIVEN_UP: Final = (CancelledError, GeneratorExit)
"""How a call ends that nobody waits for any longer."""


class Call:
    """One call of a function, from its beginning on.

    :param here: the thread that answers clients.
    :ivar problem: what the server has told of it, "" if nothing; :ivar trace: what it raised, with the frames.
    """

    def __init__(self, name: str, request: Request, here: int) -> None:
        self.name = name
        self._here = here
        self._request = request
        self._before = _Seen(request.packet)
        self._after: _Seen | None = None
        self._thread = threading.get_ident()
        self._start = perf_counter()
        self._seconds = 0.0
        self._returned: Any = None
        self._answered = False
        self.problem = self.trace = ""

    @property
    def in_thread(self) -> bool:
        """Whether it was begun in a thread of its own."""
        return self._thread != self._here

    def raises(self, error: BaseException) -> None:
        """It has come to its end with an exception."""
        self.ends()
        # The frame that watches is none of the site's.
        trace = error.__traceback__
        shown = traceback.format_exception(type(error), error, trace and trace.tb_next, limit=-_FRAMES)
        self.trace = "".join(shown)

    def ends(self, result: Any = None) -> None:
        """It has come to its end; ``result`` is what it gave."""
        self._seconds = perf_counter() - self._start
        self._returned = result
        self._after = _Seen(self._request.packet)
        self._answered = True

    def step(self) -> Step:
        """What is known of it by now."""
        request = self._request
        changes = self._before.changes(self._after or _Seen(request.packet))
        raised, _, where = self.problem.removeprefix(f"site code {self.name} raised ").rpartition("; see ")
        return Step(
            self.name,
            str(request.mac),
            request.method,
            _text(request.client_ip),
            _text(request.relay_ip),
            request.port,
            self._answered,
            self._returned,
            self._seconds if self._answered else perf_counter() - self._start,
            self.in_thread,
            changes,
            raised or where,
            where if raised else "",
            self.trace,
        )


class Watch:
    """Puts itself between the server and a site's functions.

    :param begun: takes each call with the request that it is about, in the thread where it is made; gives a function
        that is called when the call goes on, and whose result is called when it pauses.
    """

    def __init__(self, begun: Callable[[Call, Request], Callable[[], Callable[[], None]]]) -> None:
        self._begun = begun
        self._here = threading.get_ident()

    def __call__(self, part: Part) -> Part:
        """The same piece of code, watched."""
        at = 1 if part.interface is IDefinitionChooser else 0

        def call(*arguments: Any) -> Any:
            request = arguments[at]
            seen = Call(part.name, request, self._here)
            resume = self._begun(seen, request)
            pause = resume()
            try:
                result = part.call(*arguments)
            except BaseException as error:
                seen.raises(error)
                raise
            finally:
                pause()
            if isinstance(result, Coroutine):
                return _awaited(seen, result, resume)
            if isinstance(result, Deferred):
                return result.addBoth(_passed, seen)
            seen.ends(result)
            return result

        return part._replace(call=call)


async def _awaited(seen: Call, coroutine: Coroutine[Any, Any, Any], resume: Callable[[], Callable[[], None]]) -> Any:
    # A coroutine has a context of its own, so that there is nothing to put back.
    resume()
    try:
        result = await coroutine
    except _GIVEN_UP:
        raise
    except BaseException as error:
        seen.raises(error)
        raise
    seen.ends(result)
    return result


def _passed(result: Any, seen: Call) -> Any:
    if not isinstance(result, Failure):
        seen.ends(result)
    elif not result.check(*_GIVEN_UP):
        seen.ends()
        seen.trace = result.getTraceback()
    return result


class _Seen:
    """What is in a packet, and what of it is sent."""

    def __init__(self, packet: DHCPPacket) -> None:
        twin = packet.snapshot()
        self.options: dict[int, bytes] = {}
        self.fields: dict[str, bytes] = {}
        self.directions = {name: getattr(twin, name) for name in _DIRECTIONS}
        self.sent: frozenset[int] = frozenset()
        self.is_spoilt = False
        try:
            self.options = {code: bytes(twin.getOption(code)) for code in _CODES if twin.isOption(code)}
            self.fields = {name: bytes(twin.getOption(name)) for name in SIZES}
            self.sent = frozenset(twin.getSelectedOptions())
        except ValueError:
            # Something in it is no octet, which the server tells of.
            self.is_spoilt = True

    def changes(self, after: "_Seen") -> tuple[Change, ...]:
        """What is otherwise in the same packet later."""
        if self.is_spoilt or after.is_spoilt:
            return ()
        found = []
        for code in sorted({*self.options, *after.options}):
            old, new = self.options.get(code), after.options.get(code)
            if old != new:
                found.append(Change("deleted" if new is None else "set", name_of(code), old, new))
            elif (code in self.sent) != (code in after.sent):
                found.append(Change("selected" if code in after.sent else "deselected", name_of(code), old, new))
        for held, now in ((self.fields, after.fields), (self.directions, after.directions)):
            found += [Change("set", name, held[name], now[name]) for name in held if held[name] != now[name]]
        return tuple(found)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
