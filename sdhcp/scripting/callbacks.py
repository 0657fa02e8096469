"""What is called ``callbacks`` in conf.py, and ``staticdhcpdlib.config.callbacks`` in extension files."""

from collections.abc import Callable
from typing import Any, Final

from .site import SiteCallbacks
from .web_registries import DASHBOARD, RAW, TEMPLATE, Method


class Callbacks:
    """Registers what a site's code wants to be called for. Every method may be called in any thread, at any time.

    What is there already, or not there, is an ERROR in the log.
    """

    WEB_METHOD_DASHBOARD: Final = DASHBOARD
    WEB_METHOD_TEMPLATE: Final = TEMPLATE
    WEB_METHOD_RAW: Final = RAW

    def __init__(self, site: SiteCallbacks) -> None:
        self._site = site

    def register_with(self, site: SiteCallbacks) -> None:
        """Register everything with another site from now on."""
        self._site = site

    def systemAddReinitHandler(self, callback: Callable[[], Any]) -> None:
        """Have a function called when the server reads its sources anew."""
        self._site.reinit.add(callback)

    def systemRemoveReinitHandler(self, callback: Callable[[], Any]) -> bool:
        """Have it called no more; whether it was registered."""
        return self._site.reinit.remove(callback)

    def systemAddTickHandler(self, callback: Callable[[], Any]) -> None:
        """Have a function called about once a second."""
        self._site.ticks.add(callback)

    def systemRemoveTickHandler(self, callback: Callable[[], Any]) -> bool:
        """Have it called no more; whether it was registered."""
        return self._site.ticks.remove(callback)

    def statsAddHandler(self, callback: Callable[[Any], Any]) -> None:
        """Have a function called with the statistics of every packet."""
        self._site.statistics.add(callback)

    def statsRemoveHandler(self, callback: Callable[[Any], Any]) -> bool:
        """Have it called no more; whether it was registered."""
        return self._site.statistics.remove(callback)

    def webAddHeader(self, callback: Callable[..., Any]) -> None:
        """Have a function called for a fragment of the head of every page."""
        self._site.headers.add(callback)

    def webRemoveHeader(self, callback: Callable[..., Any]) -> bool:
        """Have it called no more; whether it was registered."""
        return self._site.headers.remove(callback)

    def webAddDashboard(self, module: Any, name: Any, callback: Callable[..., Any], ordering: Any = None) -> None:
        """Have a function called for an element of the dashboard, by default below all that are there."""
        self._site.dashboard.add(module, name, callback, ordering)

    def webRemoveDashboard(self, callback: Callable[..., Any]) -> bool:
        """Have it called no more; whether it was registered."""
        return self._site.dashboard.remove(callback)

    def webAddMethod(
        self,
        path: str,
        callback: Callable[..., Any],
        cacheable: bool = False,
        hidden: bool = True,
        secure: bool = False,
        module: Any = None,
        name: Any = None,
        confirm: bool = False,
        display_mode: int = RAW,
    ) -> None:
        """Have a function called for what a path shows."""
        method = Method(path, callback, cacheable, hidden, secure, module, name, confirm, display_mode)
        self._site.methods.add(method)

    def webRemoveMethod(self, path: str) -> bool:
        """Have nothing shown there any more; whether there was something."""
        return self._site.methods.remove(path)
