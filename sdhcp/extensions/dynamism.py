"""Pools for clients that nobody knows, for the recipe of staticDHCPd's extension of this name."""

from ..scripting.dynamic_pool import DynamicPool

__all__ = ["DynamicPool"]
