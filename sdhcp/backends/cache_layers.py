"""The cache outside the process's memory that a configuration asks for."""

from collections.abc import Callable

from ..config.settings import CacheSettings
from ..interfaces import ICache, IServerReactor
from .disk_cache import DiskCache
from .memcached import MemcachedCache
from .paths import find


def build_cache(
    settings: CacheSettings, folder: str, reactor: IServerReactor, clock: Callable[[], float]
) -> ICache | None:
    """The cache behind the process's own memory; None if none is wanted. Opens nothing yet.

    :param folder: conf.py's, for a path that is not absolute.
    """
    if settings.model == "memcached":
        if settings.memcached_host is None:
            return None
        return MemcachedCache(settings.memcached_host, settings.memcached_port, settings.memcached_age, reactor, clock)
    if settings.persistent_path is not None:
        return DiskCache(find(settings.persistent_path, folder), settings.size, reactor, clock)
    return DiskCache(None, settings.size, reactor, clock) if settings.on_disk else None
