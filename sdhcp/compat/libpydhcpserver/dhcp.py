"""A server that a program makes its own: it waits for packets, and hands each to a method of the program's class."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from ...config.values import Unfit, qtags
from ...scripting.ipv4 import IPv4
from ...scripting.packet import DHCPPacket
from ...scripting.packet_threads import PacketThreads
from ...scripting.reply_routes import route
from ...scripting.statistics import Address
from ...transport.waiting import WaitingServer
from ...wire import constants as c

__all__ = ["IP_UNSPECIFIED_FILTER", "Address", "DHCPServer"]

IP_UNSPECIFIED_FILTER: Final = (IPv4("0.0.0.0"), IPv4("255.255.255.255"), None)
"""What a packet of a client without an address comes from; to be used with ``in``."""

_NAMES: Final = {
    c.DISCOVER: "_handleDHCPDiscover",
    c.REQUEST: "_handleDHCPRequest",
    c.DECLINE: "_handleDHCPDecline",
    c.RELEASE: "_handleDHCPRelease",
    c.INFORM: "_handleDHCPInform",
    c.LEASEQUERY: "_handleDHCPLeaseQuery",
}
_log: Final = logging.getLogger("dhcp")


class DHCPServer:
    """A DHCP server without rules: a subclass has the ``_handleDHCP...`` methods that it wants to be called.

    ::

        class Server(DHCPServer):
            def _handleDHCPDiscover(self, packet, source_address, port):
                packet.transformToDHCPOfferPacket()
                packet.setOption("yiaddr", "192.168.0.10")
                packet.setOption(54, self._server_address)
                packet.setOption(51, 3600)
                self._sendDHCPPacket(packet, source_address, port)


        server = Server("192.168.0.1", 67, 68)
        while True:
            server._getNextDHCPPacket()

    Each packet is handled in a thread of its own. While :attr:`most_threads` are at work, packets are dropped, and
    counted by :attr:`dropped_packets`. What a method raises is logged (logger ``dhcp``). Replies leave where RFC 2131
    section 4.1 says, whatever a method says of their request's source.

    :param server_address: one of this machine's: what is sent comes from it, and its interface is served.
    :param server_port: the port that is listened on, 67 but in tests.
    :param client_port: the port of clients, 68 but in tests.
    :param proxy_port: the port for ProxyDHCP, 4011; None for none.
    :param response_interface: the interface on which frames reach clients without an address, ``-`` for the one of
        the address; None to broadcast to these.
    :param response_interface_qtags: the 802.1Q tags of these frames, outermost first: a list of (pcp, dei, vid).
    :param link_local_only: whether replies reach hosts of the link alone, and no relay agents behind routers.
    :raises ValueError: if no interface has the address, or something is no address, port or tag.
    :raises sdhcp.transport.errors.ListenError: if a socket cannot be opened; its text says why, and what to do.
    """

    most_threads: int = 128
    """How many packets are handled at a time; a subclass may have another number."""

    def __init__(
        self,
        server_address: Any,
        server_port: int,
        client_port: int,
        proxy_port: int | None = None,
        response_interface: str | None = None,
        response_interface_qtags: Iterable[tuple[int, int, int]] | None = None,
        link_local_only: bool = False,
    ) -> None:
        self._server_address = IPv4(server_address)
        ports = [_port("server_port", server_port)]
        if proxy_port is not None:
            ports.append(_port("proxy_port", proxy_port))
        try:
            tags = qtags(None if response_interface_qtags is None else list(response_interface_qtags))
        except Unfit as unfit:
            raise ValueError(f"response_interface_qtags: {unfit.told(repr)}; expected {unfit.expected}") from None
        self.__threads = PacketThreads(self.most_threads, _log)
        self.__link = WaitingServer(
            bytes(self._server_address),
            ports,
            _port("client_port", client_port),
            response_interface,
            tags,
            link_local_only,
        )

    @property
    def dropped_packets(self) -> int:
        """How many packets were dropped because too many were being handled."""
        return self.__threads.refused

    def close(self) -> None:
        """Close its sockets, so that its ports are free. No thread may be waiting for packets."""
        self.__link.close()

    def _handleDHCPDecline(self, packet: DHCPPacket, source_address: Address, port: int) -> None:
        """What to do with a DECLINE; it is called if a subclass has it, as all of these are.

        :param packet: what the client sent; it may be turned into a reply.
        :param source_address: the address and port that it came from.
        :param port: the server's port that it came in on.
        """

    def _handleDHCPDiscover(self, packet: DHCPPacket, source_address: Address, port: int) -> None:
        """What to do with a DISCOVER."""

    def _handleDHCPInform(self, packet: DHCPPacket, source_address: Address, port: int) -> None:
        """What to do with an INFORM."""

    def _handleDHCPLeaseQuery(self, packet: DHCPPacket, source_address: Address, port: int) -> None:
        """What to do with a LEASEQUERY (RFC 4388)."""

    def _handleDHCPRelease(self, packet: DHCPPacket, source_address: Address, port: int) -> None:
        """What to do with a RELEASE."""

    def _handleDHCPRequest(self, packet: DHCPPacket, source_address: Address, port: int) -> None:
        """What to do with a REQUEST."""

    def _getNextDHCPPacket(self, timeout: float | None = 60, packet_buffer: int = 2048) -> tuple[bool, Address | None]:
        """Wait for a packet, and have it handled.

        Whether it was a DHCP packet, and where it came from; (False, None) if there was none in time. What is no
        client's message, or one that no method is there for, is a DHCP packet all the same. Nothing that is received
        raises anything.

        :param timeout: seconds; None to wait for ever.
        :param packet_buffer: octets of a packet that are read at most.
        :raises OSError: if the sockets have failed, or are closed.
        """
        received = self.__link.receive(timeout, packet_buffer)
        if received is None or not received.data:
            return False, None
        source_address = Address(IPv4.of(received.address), received.source_port)
        try:
            packet = DHCPPacket(received.data)
        except ValueError:
            return False, source_address
        handle = self._method_for(packet)
        if handle is not None:
            self.__threads.run(handle, packet, source_address, received.port.local.port)
        return True, source_address

    def _method_for(self, packet: DHCPPacket) -> Callable[..., Any] | None:
        name = _NAMES.get(packet.answer)
        if name is None or packet.getOption("op") != [c.BOOTREQUEST]:
            return None
        method: Callable[..., Any] = getattr(self, name)
        return None if getattr(method, "__func__", None) is getattr(DHCPServer, name) else method

    def _sendDHCPPacket(self, packet: DHCPPacket, source_address: Any, port: int) -> tuple[int, Address]:
        """Send a packet; the octets that were sent, and where to. In a frame, all octets of the frame count.

        :param source_address: where its request came from: an :class:`Address` or another pair of address and port;
            None for a client without an address. It counts where the request does not tell enough, and for packets
            that were made of nothing.
        :param port: the server's port that the request came in on, from which the packet leaves.
        :raises ValueError: if the packet cannot be encoded, or ``packet.response_...`` is no address or port.
        :raises OSError: if it cannot be sent.
        """
        ports = self.__link.ports
        opened = next((one for one in ports if one.local.port == port), ports[0])
        address, source_port = (None, 0) if source_address is None else source_address
        source = bytes(4) if address is None else bytes(IPv4(address))
        to = route(packet, (source, int(source_port or 0)), opened.local)
        return opened.send(packet.encodePacket(), to), Address(IPv4.of(to.ip), to.port)


def _port(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 65535:
        raise ValueError(f"{name}: {value!r} is no port; expected a number from 1 to 65535")
    return value
