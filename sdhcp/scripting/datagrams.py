"""What a script takes for a DHCP packet."""

from ..wire.constants import COOKIE, END, HEADER_SIZE, PAD
from ..wire.errors import Truncated, WireError
from ..wire.message import Message, decode


def message_of(data: bytes) -> Message:
    """The message in the payload of a UDP datagram. A last value that is cut keeps what is there of it.

    :raises ValueError: if it is no DHCP message.
    """
    try:
        try:
            message = decode(data)
        except Truncated:
            message = decode(_with_a_shorter_last_value(data))
    except WireError as error:
        raise ValueError(f"not a DHCP packet: {error}") from None
    if not message.is_dhcp:
        raise ValueError("not a DHCP packet: there is no cookie")
    return message


def _with_a_shorter_last_value(data: bytes) -> bytes:
    """The same octets, but that the last option is no longer than it can be."""
    at = data.find(COOKIE, HEADER_SIZE) + len(COOKIE)
    while HEADER_SIZE < at < len(data) - 1 and data[at] != END:
        if data[at] == PAD:
            at += 1
            continue
        left = len(data) - at - 2
        if data[at + 1] > left:
            return b"".join((data[: at + 1], bytes((left,)), data[at + 2 :]))
        at += 2 + data[at + 1]
    return data
