"""Pools that servers share by a Redis server, for the recipe of staticDHCPd's extension of this name."""

from ..scripting.dynamic_pool import SharedPool as DynamicPool

__all__ = ["DynamicPool"]
