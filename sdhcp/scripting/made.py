"""What scripts have made of a reply, in the terms of the server."""

from ..interfaces import MadeReply
from .ipv4 import IPv4
from .mac import MAC
from .packet import DHCPPacket

_LAST_PORT = 65535


def made_of(packet: DHCPPacket) -> MadeReply:
    """The reply that a packet is now.

    :raises ValueError: if it can be none: something in it is no octet, no address, or no port, or its message type
        is gone.
    """
    data = packet.encoded_reply()
    if not packet.is_bootp and not packet.answer:
        raise ValueError("the reply has no message type (option 53) any more")
    ip, mac = packet.response_ip, packet.response_mac
    return MadeReply(
        data,
        packet.answer,
        packet.written_fields,
        None if ip is None else bytes(IPv4(ip)),
        _port("response_port", packet.response_port),
        _port("response_source_port", packet.response_source_port),
        None if mac is None else bytes(MAC(mac)),
    )


def _port(name: str, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or not 0 < value <= _LAST_PORT:
        raise ValueError(f"{name}: {value!r} is no port; expected a number from 1 to {_LAST_PORT}")
    return value
