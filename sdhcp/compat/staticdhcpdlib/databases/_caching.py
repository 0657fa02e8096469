"""Caches of definitions."""

from ....scripting.caches import DiskCache, MemcachedCache, MemoryCache, _DatabaseCache

__all__ = ["DiskCache", "MemcachedCache", "MemoryCache", "_DatabaseCache"]
