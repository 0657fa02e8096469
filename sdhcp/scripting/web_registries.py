"""What a site's code has registered for the web console: elements of its dashboard, and pages."""

import logging
import threading
from collections.abc import Callable
from html import escape
from typing import Any, Final, NamedTuple

from .registries import checked

DASHBOARD: Final = 1
"""The element of a method stands on the dashboard, above its other elements."""
TEMPLATE: Final = 2
"""The element of a method stands on a page of its own."""
RAW: Final = 3
"""A method gives all that is sent."""
_logger: Final = logging.getLogger("web")


class Element(NamedTuple):
    """An element of the dashboard. ``module`` and ``name``, if they are not None, are HTML."""

    ordering: float
    module: str | None
    name: str | None
    callback: Callable[..., Any]


class Method(NamedTuple):
    """A page. ``module`` and ``name``, if they are not None, are HTML; ``display_mode`` is one of the three above.

    ``hidden`` keeps it out of the list of methods, ``secure`` asks for a password, ``confirm`` asks before it is
    called, ``cacheable`` lets browsers keep it.
    """

    path: str
    callback: Callable[..., Any]
    cacheable: bool = False
    hidden: bool = True
    secure: bool = False
    module: str | None = None
    name: str | None = None
    confirm: bool = False
    display_mode: int = RAW


class Dashboard:
    """The elements of the dashboard, by their ordering. Any thread may add, remove and list them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._elements: tuple[Element, ...] = ()

    def all(self) -> tuple[Element, ...]:
        """The elements from top to bottom; of one ordering by module and name, then as they were added."""
        return self._elements

    def replace(self, other: "Dashboard", stays: Callable[[Callable[..., Any]], bool]) -> None:
        """Have the elements of another one, and of those that are here the ones that stay."""
        with self._lock:
            new = other.all()
            kept = [
                one for one in self._elements if stays(one.callback) and all(one.callback != x.callback for x in new)
            ]
            self._elements = tuple(sorted((*kept, *new), key=_place))

    def add(self, module: Any, name: Any, callback: Callable[..., Any], ordering: float | None = None) -> None:
        """Add an element, without an ordering after all others; one that is there is an ERROR in the log.

        :raises TypeError: if the callback cannot be called, or the ordering is no number.
        """
        checked(callback)
        if ordering is not None and not isinstance(ordering, int | float):
            raise TypeError(f"ordering: {ordering!r} is no number")
        with self._lock:
            is_new = all(one.callback != callback for one in self._elements)
            if is_new:
                if ordering is None:
                    ordering = self._elements[-1].ordering + 1 if self._elements else 0
                element = Element(ordering, _html(module), _html(name), callback)
                self._elements = tuple(sorted((*self._elements, element), key=_place))
        if not is_new:
            _logger.error("dashboard element %r is registered already; nothing was changed", callback)

    def remove(self, callback: Callable[..., Any]) -> bool:
        """Take an element out; False, and an ERROR in the log, if it is not there."""
        with self._lock:
            left = tuple(one for one in self._elements if one.callback != callback)
            is_there = len(left) < len(self._elements)
            self._elements = left
        if not is_there:
            _logger.error("dashboard element %r is not registered; nothing was changed", callback)
        return is_there


class Methods:
    """The pages, by their paths. Any thread may add, remove and list them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._methods: dict[str, Method] = {}

    def get(self, path: str) -> Method | None:
        """The page of a path; None if there is none."""
        return self._methods.get(path)

    def visible(self) -> tuple[Method, ...]:
        """Those to be listed, by module and name."""
        shown = [method for method in list(self._methods.values()) if not method.hidden]
        return tuple(sorted(shown, key=lambda method: (method.module or "", method.name or "", method.path)))

    def replace(self, other: "Methods", stays: Callable[[Callable[..., Any]], bool]) -> None:
        """Have the pages of another one, and of those that are here the ones that stay."""
        with self._lock:
            kept = {path: method for path, method in self._methods.items() if stays(method.callback)}
            self._methods = {**kept, **other._methods}

    def add(self, method: Method) -> None:
        """Add a page; a path that is taken is an ERROR in the log, and the page that has it stays.

        :raises TypeError: if the callback cannot be called.
        :raises ValueError: if the display mode is none.
        """
        checked(method.callback)
        if method.display_mode not in (DASHBOARD, TEMPLATE, RAW):
            raise ValueError(f"display_mode: {method.display_mode!r} is none of callbacks.WEB_METHOD_*")
        method = method._replace(module=_html(method.module), name=_html(method.name))
        with self._lock:
            is_new = method.path not in self._methods
            if is_new:
                self._methods = {**self._methods, method.path: method}
        if not is_new:
            _logger.error("web method %r is registered already; nothing was changed", method.path)

    def remove(self, path: str) -> bool:
        """Take a page out; False, and an ERROR in the log, if it is not there."""
        with self._lock:
            is_there = path in self._methods
            self._methods = {known: method for known, method in self._methods.items() if known != path}
        if not is_there:
            _logger.error("web method %r is not registered; nothing was changed", path)
        return is_there


def _html(text: Any) -> str | None:
    return None if text is None else escape(str(text))


def _place(element: Element) -> tuple[float, str, str]:
    return element.ordering, element.module or "", element.name or ""
