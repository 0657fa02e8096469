"""Where a packet goes that a program of its own sends (RFC 2131 section 4.1)."""

from typing import Final

from ..engine.classify import classify
from ..engine.destination import destination
from ..engine.edited import with_fields
from ..model import DISCOVER, Arrival, Destination, Local
from ..wire.constants import BOOTREPLY, BROADCAST_ADDRESS, FLAG_BROADCAST, ZERO_ADDRESS
from ..wire.message import Message
from .made import made_of
from .packet import DHCPPacket

_BROADCAST_HARDWARE: Final = b"\xff" * 6
_NOWHERE: Final = (ZERO_ADDRESS, BROADCAST_ADDRESS)


def route(packet: DHCPPacket, source: tuple[bytes, int], local: Local) -> Destination:
    """Where a packet goes.

    A reply goes where its request says: to the relay agent, to the address that the client has, to the one that it
    is given, or to everyone; a NAK without a relay agent to everyone; on the ProxyDHCP port to the port that the
    client speaks from. A packet that was made of nothing goes to its giaddr if it is a reply, else to ``source``.

    ``packet.response_ip`` goes before that if the client has not asked for a broadcast, ``response_port`` always;
    ``response_mac`` and ``response_source_port`` count in frames, the former not in those to everyone.

    :param source: the address and port that the request came from; an address that is 0.0.0.0 or 255.255.255.255 is
        none.
    :raises ValueError: if something of that is no address or no port, or the packet has no message type.
    """
    made = made_of(packet)
    request = packet.request
    octets = {name: bytes(packet.getOption(name)) for name in ("op", "flags", "yiaddr", "giaddr", "chaddr")}
    if request is None:
        to = _directly(packet.answer, octets, source, local)
        flags, hardware = int.from_bytes(octets["flags"], "big"), octets["chaddr"]
    else:
        to = _in_answer(packet, request, octets["yiaddr"], source, local)
        flags, hardware = request.flags, packet.written_fields.get("chaddr", request.chaddr)[: request.hlen]
    ip = to.ip if made.ip is None or flags & FLAG_BROADCAST else made.ip
    port = to.port if made.port is None else made.port
    if to.hardware is None:
        return Destination(ip, port)
    if ip == BROADCAST_ADDRESS:
        return Destination(ip, port, _BROADCAST_HARDWARE, made.source_port)
    hardware = made.hardware or hardware
    if len(hardware) != len(_BROADCAST_HARDWARE):
        # No frame that we send can reach it; what a script says is reached as any other host is.
        return Destination(BROADCAST_ADDRESS if ip == to.ip else ip, port)
    return Destination(ip, port, hardware, made.source_port)


def _in_answer(
    packet: DHCPPacket, request: Message, yiaddr: bytes, source: tuple[bytes, int], local: Local
) -> Destination:
    kind = classify(request, local)
    arrival = Arrival(local, *source, 0.0)
    to = destination(kind, with_fields(request, packet.written_fields), packet.answer, yiaddr, arrival)
    # A client that tells no address at all can still be listening.
    return _everyone(local) if to is None else to


def _directly(answer: int, octets: dict[str, bytes], source: tuple[bytes, int], local: Local) -> Destination:
    address, port = source
    if octets["op"][0] == BOOTREPLY and octets["giaddr"] != ZERO_ADDRESS:
        return Destination(octets["giaddr"], local.port)
    if address not in _NOWHERE:
        return Destination(address, port if local.is_proxy and port else local.client_port)
    message = Message(flags=int.from_bytes(octets["flags"], "big"), chaddr=octets["chaddr"])
    to = destination(DISCOVER, message, answer, octets["yiaddr"], Arrival(local, address, port, 0.0))
    return _everyone(local) if to is None else to


def _everyone(local: Local) -> Destination:
    return Destination(BROADCAST_ADDRESS, local.client_port, _BROADCAST_HARDWARE if local.link_layer else None)
