"""Statistics of packets, and who is told of them."""

from collections.abc import Callable
from typing import Any

from ...scripting.site import current_site
from ...scripting.statistics import Statistics

__all__ = ["Statistics", "emit", "registerStatsCallback", "unregisterStatsCallback"]


def emit(statistics: Any) -> None:
    """Tell all who are registered, in their order, on the thread that they are called on."""
    current_site().emit(statistics)


def registerStatsCallback(callback: Callable[[Any], Any]) -> None:
    """Have a function called with the statistics of every packet."""
    current_site().statistics.add(callback)


def unregisterStatsCallback(callback: Callable[[Any], Any]) -> bool:
    """Have it called no more; whether it was registered."""
    return current_site().statistics.remove(callback)
