"""The cache outside the process's memory that a configuration asks for."""

from collections.abc import Callable

from twisted.internet.interfaces import IReactorThreads

from ..config.settings import CacheSettings
from ..interfaces import ICache


def build_cache(
    settings: CacheSettings, folder: str, reactor: IReactorThreads, clock: Callable[[], float]
) -> ICache | None:
    """The cache behind the process's own memory; None if none is wanted. Opens nothing yet."""
    return None
