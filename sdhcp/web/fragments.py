"""What a site's code has registered, called for a page or as one."""

import logging
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from markupsafe import Markup
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from ..scripting import web_core
from ..scripting.site import SiteCallbacks
from ..scripting.web_pages import Asked
from ..scripting.web_registries import Element, Method
from .callers import Callers, NotCalled, TooLate
from .waiting import all_of

OWN_PATIENCE: Final = 60.0
"""Seconds for functions of our own, of which reading everything anew waits for a site's."""
_logger: Final = logging.getLogger("web.server")


class Fragment(NamedTuple):
    """A part of a page: ``is_own`` if no code of the site's has made it."""

    heading: Markup
    text: Markup
    is_own: bool


class Raw(NamedTuple):
    """What a method has given to be sent as it is."""

    mimetype: str
    data: bytes
    headers: tuple[tuple[str, str], ...] = ()


class CallFailed(Exception):
    """A method gave nothing that can be sent; ``status`` is for whoever asked, ``trace`` for the log and DEBUG."""

    def __init__(self, status: int, text: str, trace: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.trace = trace


class Fragments:
    """Calls a site's functions in threads; one that raises or does not return costs its own part of a page alone."""

    def __init__(self, site: SiteCallbacks, callers: Callers) -> None:
        self._site = site
        self._callers = callers

    async def heads(self, asked: Asked) -> list[Fragment]:
        """Fragments for the head of a page, in the order in which their functions were registered."""
        callbacks = self._site.headers.all()
        results = await all_of(self._call(("header", id(callback)), callback, asked) for callback in callbacks)
        heads = []
        for callback, result in zip(callbacks, results, strict=True):
            if isinstance(result, Failure):
                _logger.error("a header could not be made: %s", _trace(result))
            elif result:
                heads.append(Fragment(Markup(), trusted(_text(result)), is_own(callback)))
        return heads

    async def element(self, one: Element | Method, asked: Asked) -> Fragment | None:
        """An element; None if it has nothing to show, raises, or does not return."""
        callback = one.callback
        try:
            fragment = await self._call(("element", id(callback)), callback, (), **asked._asdict())
        except (NotCalled, TooLate) as error:
            _logger.error("the element %s | %s is left out: %s", one.module, one.name, error)
            return None
        except (Exception, SystemExit):  # a site's own function may raise anything, and the page is shown without it
            _logger.error("the element %s | %s could not be made: %s", one.module, one.name, _trace(Failure()))
            return None
        if fragment is None:
            return None
        heading = " | ".join(name for name in (one.module, one.name) if name is not None)
        return Fragment(trusted(heading), trusted(_text(fragment)), is_own(callback))

    async def raw(self, method: Method, asked: Asked) -> Raw:
        """What a method gives.

        :raises CallFailed: if it raises, does not return, or gives something else than type, data and headers.
        """
        try:
            given = await self._call(("method", method.path), method.callback, asked)
            return _raw(given)
        except NotCalled as error:
            raise CallFailed(503, f"This page is not made now: {error}.") from None
        except TooLate as error:
            _logger.error("%s is not answered: %s", method.path, error)
            raise CallFailed(504, "This page takes too long to be made; the log has more.") from None
        except (Exception, SystemExit):  # as above
            trace = _trace(Failure())
            _logger.error("%s could not be made: %s", method.path, trace)
            raise CallFailed(500, "This page could not be made; the log says why.", trace) from None

    def _call(
        self, key: tuple[str, Any], callback: Callable[..., Any], arguments: Iterable[Any], **keywords: Any
    ) -> "Deferred[Any]":
        patience = {"seconds": OWN_PATIENCE} if is_own(callback) else {}
        return self._callers.call(key, callback, *arguments, **patience, **keywords)


def trusted(text: str) -> Markup:
    """XHTML as it stands: made by code of the site's or the server's, never taken from outside."""
    return Markup(text)  # noqa: S704  that is what this is for


def is_own(callback: Any) -> bool:
    """Whether a function is one of the console's own."""
    return getattr(callback, "__module__", None) == web_core.__name__


def _text(fragment: Any) -> str:
    return fragment.decode("utf-8", "replace") if isinstance(fragment, bytes) else str(fragment)


def _trace(failure: Any) -> str:
    return "".join(traceback.format_exception(failure.type, failure.value, failure.getTracebackObject())).rstrip()


def _raw(given: Any) -> Raw:
    """Type and data, and perhaps headers.

    :raises TypeError: if it is something else.
    """
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise TypeError("expected (mimetype, data) or (mimetype, data, headers)")
    mimetype, data = given[:2]
    if not isinstance(data, bytes | bytearray | memoryview | str) and data is not None:
        raise TypeError(f"data is of type {type(data).__name__}, expected text or bytes")
    octets = data.encode("utf-8") if isinstance(data, str) else bytes(data or b"")
    more = (given[2] if len(given) > 2 else None) or {}
    pairs = more.items() if isinstance(more, Mapping) else more
    return Raw(_text(mimetype), octets, tuple((_text(name), _text(value)) for name, value in pairs))
