"""What packets are called, how they are refused, and what receives them. Can be imported at any time.

Sites read the names of packets here. The server does not receive its packets by these classes: they are the library's
server, for programs of a site's own that are made of them.
"""

import threading
from contextlib import suppress
from typing import Any, Final

from ...scripting.packet import DHCPPacket
from ..libpydhcpserver.dhcp import DHCPServer

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
_LOOK: Final = 1
"""Seconds between two looks whether a server has been closed."""
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


class _DHCPServer(DHCPServer):
    """A server of the library's; a subclass has what is done with each kind of packet."""


class DHCPService(threading.Thread):
    """A thread that receives what comes to a server of the library's, until that is closed, or the process ends.

    :param server: what receives.
    """

    def __init__(self, server: DHCPServer) -> None:
        super().__init__(name="DHCP", daemon=True)
        self._server = server

    def run(self) -> None:
        """Receive one packet after the other; each is handled in a thread of its own."""
        with suppress(OSError, ValueError):
            while True:
                self._server._getNextDHCPPacket(_LOOK)


class _PacketWrapper:
    """A packet that is being handled: what came, where from, and what may be kept of it.

    Entered, it gives the packet; what refuses it ends the block, and is no fault.
    """

    def __init__(self, packet: DHCPPacket, source_address: Any = None, port: int | None = None) -> None:
        self.packet = packet
        self.source_packet = packet.copy()
        self.source_address = source_address
        self.port = port
        self.mac = packet.getHardwareAddress()

    def __enter__(self) -> DHCPPacket:
        return self.packet

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        return isinstance(error, _PacketRejection)
