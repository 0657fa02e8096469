"""What packets are called, and how they are refused. Can be imported at any time."""

from typing import Final

_PACKET_TYPE_DECLINE: Final = "DECLINE"
_PACKET_TYPE_DISCOVER: Final = "DISCOVER"
_PACKET_TYPE_INFORM: Final = "INFORM"
_PACKET_TYPE_LEASEQUERY: Final = "LEASEQUERY"
_PACKET_TYPE_RELEASE: Final = "RELEASE"
_PACKET_TYPE_REQUEST: Final = "REQUEST"
_PACKET_TYPE_REQUEST_INIT_REBOOT: Final = "REQUEST:INIT-REBOOT"
_PACKET_TYPE_REQUEST_REBIND: Final = "REQUEST:REBIND"
_PACKET_TYPE_REQUEST_RENEW: Final = "REQUEST:RENEW"
_PACKET_TYPE_REQUEST_SELECTING: Final = "REQUEST:SELECTING"
_IP_REJECTED: Final = "<nil>"
"""Stands in log lines for an address that was refused."""


class _PacketRejection(Exception):
    """A packet is not answered."""


class _PacketSourceBlocklist(_PacketRejection):
    """Its client is not to be heard for a while."""


class _PacketSourceIgnored(_PacketRejection):
    """Its client is not heard for now."""


class _PacketSourceUnacceptable(_PacketRejection):
    """It did not come in on a way that is allowed."""
