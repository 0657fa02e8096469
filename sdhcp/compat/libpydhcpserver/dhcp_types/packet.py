"""Packets."""

from ....scripting.constants import *  # noqa: F403  scripts find these here too
from ....scripting.ipv4 import IPv4
from ....scripting.mac import MAC
from ....scripting.packet import FLAGBIT_BROADCAST, DHCPPacket
from ....scripting.rfc import *  # noqa: F403  as above

__all__ = ["FLAGBIT_BROADCAST", "MAC", "DHCPPacket", "IPv4"]
