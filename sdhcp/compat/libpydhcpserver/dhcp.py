"""Where packets come from."""

from typing import Final

from ...scripting.ipv4 import IPv4
from ...scripting.statistics import Address

__all__ = ["IP_UNSPECIFIED_FILTER", "Address"]

IP_UNSPECIFIED_FILTER: Final = (IPv4("0.0.0.0"), IPv4("255.255.255.255"), None)
"""What a packet of a client without an address comes from; to be used with ``in``."""
