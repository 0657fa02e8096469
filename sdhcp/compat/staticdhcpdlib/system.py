"""The server itself: what it calls regularly, and when it reads its sources anew.

``ALIVE`` is whether it goes on; it ends when this is set to False.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ...scripting.site import conf_module, current_site, site_of

__all__ = [
    "registerReinitialisationCallback",
    "registerTickCallback",
    "reinitialise",
    "tick",
    "unregisterReinitialisationCallback",
    "unregisterTickCallback",
]


def reinitialise() -> float:
    """Call all who want to know and read the sources anew; the seconds that this took."""
    return current_site().reinitialise()


def registerReinitialisationCallback(callback: Callable[[], Any]) -> None:
    """Have a function called when the server reads its sources anew."""
    current_site().reinit.add(callback)


def unregisterReinitialisationCallback(callback: Callable[[], Any]) -> bool:
    """Have it called no more; whether it was registered."""
    return current_site().reinit.remove(callback)


def tick() -> None:
    """Call all tick callbacks now."""
    site = current_site()
    site.run_all(site.ticks.all())


def registerTickCallback(callback: Callable[[], Any]) -> None:
    """Have a function called about once a second."""
    current_site().ticks.add(callback)


def unregisterTickCallback(callback: Callable[[], Any]) -> bool:
    """Have it called no more; whether it was registered."""
    return current_site().ticks.remove(callback)


class _System(ModuleType):
    """A module whose ALIVE is that of the conf.py that was loaded last."""

    def __getattr__(self, name: str) -> Any:
        if name != "ALIVE":
            raise AttributeError(f"module {self.__name__} has no attribute {name}")
        conf = conf_module()
        return conf is None or site_of(conf).alive

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "ALIVE":
            current_site().alive = bool(value)
        else:
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _System
