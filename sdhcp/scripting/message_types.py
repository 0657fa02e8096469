"""The questions that a packet answers about its message type."""

from collections.abc import Mapping

from ..wire.constants import (
    ACK,
    DECLINE,
    DISCOVER,
    INFORM,
    LEASEACTIVE,
    LEASEQUERY,
    LEASEUNASSIGNED,
    LEASEUNKNOWN,
    MESSAGE_TYPE,
    NAK,
    OFFER,
    RELEASE,
    REQUEST,
)
from .constants import DHCP_TYPE_NAMES


class MessageTypes:
    """A packet, as far as option 53 goes."""

    def _visible(self) -> Mapping[int, bytes]:
        raise NotImplementedError

    def _kind(self) -> int:
        value = self._visible().get(MESSAGE_TYPE)
        return value[0] if value else 0

    def getDHCPMessageTypeName(self) -> str:
        """The name of the message type, such as "DHCP_DISCOVER"; "UNKNOWN_UNKNOWN" for none that is known."""
        kind = self._kind()
        return DHCP_TYPE_NAMES.get(kind, "UNKNOWN_UNKNOWN") if kind else "UNKNOWN_UNKNOWN"

    def isDHCPPacket(self) -> bool:
        """Whether there is a message type at all."""
        return self._kind() != 0

    def isDHCPAckPacket(self) -> bool:
        """Whether this is an ACK."""
        return self._kind() == ACK

    def isDHCPDeclinePacket(self) -> bool:
        """Whether this is a DECLINE."""
        return self._kind() == DECLINE

    def isDHCPDiscoverPacket(self) -> bool:
        """Whether this is a DISCOVER."""
        return self._kind() == DISCOVER

    def isDHCPInformPacket(self) -> bool:
        """Whether this is an INFORM."""
        return self._kind() == INFORM

    def isDHCPLeaseActivePacket(self) -> bool:
        """Whether this is a LEASEACTIVE (RFC 4388)."""
        return self._kind() == LEASEACTIVE

    def isDHCPLeaseQueryPacket(self) -> bool:
        """Whether this is a LEASEQUERY (RFC 4388)."""
        return self._kind() == LEASEQUERY

    def isDHCPLeaseUnassignedPacket(self) -> bool:
        """Whether this is a LEASEUNASSIGNED (RFC 4388)."""
        return self._kind() == LEASEUNASSIGNED

    def isDHCPLeaseUnknownPacket(self) -> bool:
        """Whether this is a LEASEUNKNOWN (RFC 4388)."""
        return self._kind() == LEASEUNKNOWN

    def isDHCPOfferPacket(self) -> bool:
        """Whether this is an OFFER."""
        return self._kind() == OFFER

    def isDHCPNakPacket(self) -> bool:
        """Whether this is a NAK."""
        return self._kind() == NAK

    def isDHCPReleasePacket(self) -> bool:
        """Whether this is a RELEASE."""
        return self._kind() == RELEASE

    def isDHCPRequestPacket(self) -> bool:
        """Whether this is a REQUEST."""
        return self._kind() == REQUEST
