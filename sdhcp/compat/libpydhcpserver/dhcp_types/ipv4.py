"""Addresses."""

from ....scripting.ipv4 import IPv4

__all__ = ["IPv4"]
