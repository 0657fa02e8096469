"""What the web console shows, and who is registered for it."""

from collections.abc import Callable
from typing import Any

from ....scripting.site import current_site
from ....scripting.web_registries import DASHBOARD as WEB_METHOD_DASHBOARD
from ....scripting.web_registries import RAW as WEB_METHOD_RAW
from ....scripting.web_registries import TEMPLATE as WEB_METHOD_TEMPLATE
from ....scripting.web_registries import Element, Method

__all__ = [
    "WEB_METHOD_DASHBOARD",
    "WEB_METHOD_RAW",
    "WEB_METHOD_TEMPLATE",
    "registerDashboardCallback",
    "registerHeaderCallback",
    "registerMethodCallback",
    "retrieveDashboardCallbacks",
    "retrieveHeaderCallbacks",
    "retrieveMethodCallback",
    "retrieveVisibleMethodCallbacks",
    "unregisterDashboardCallback",
    "unregisterHeaderCallback",
    "unregisterMethodCallback",
]


def registerHeaderCallback(callback: Callable[..., Any]) -> None:
    """Have a function called for a fragment of the head of every page."""
    current_site().headers.add(callback)


def unregisterHeaderCallback(callback: Callable[..., Any]) -> bool:
    """Have it called no more; whether it was registered."""
    return current_site().headers.remove(callback)


def retrieveHeaderCallbacks() -> tuple[Callable[..., Any], ...]:
    """All of these, in their order."""
    return current_site().headers.all()


def registerDashboardCallback(module: Any, name: Any, callback: Callable[..., Any], ordering: Any = None) -> None:
    """Have a function called for an element of the dashboard, by default below all that are there."""
    current_site().dashboard.add(module, name, callback, ordering)


def unregisterDashboardCallback(callback: Callable[..., Any]) -> bool:
    """Have it called no more; whether it was registered."""
    return current_site().dashboard.remove(callback)


def retrieveDashboardCallbacks() -> tuple[Element, ...]:
    """All of these, from top to bottom."""
    return current_site().dashboard.all()


def registerMethodCallback(
    path: str,
    callback: Callable[..., Any],
    cacheable: bool = False,
    hidden: bool = True,
    secure: bool = False,
    module: Any = None,
    name: Any = None,
    confirm: bool = False,
    display_mode: int = WEB_METHOD_RAW,
) -> None:
    """Have a function called for what a path shows."""
    current_site().methods.add(Method(path, callback, cacheable, hidden, secure, module, name, confirm, display_mode))


def unregisterMethodCallback(path: str) -> bool:
    """Have nothing shown there any more; whether there was something."""
    return current_site().methods.remove(path)


def retrieveMethodCallback(path: str) -> Method | None:
    """What is registered for a path; None if nothing is."""
    return current_site().methods.get(path)


def retrieveVisibleMethodCallbacks() -> tuple[Method, ...]:
    """Those that are listed, by module and name."""
    return current_site().methods.visible()
