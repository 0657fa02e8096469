"""DHCP and BOOTP messages: bytes to :class:`Message` and back (RFC 2131 section 2, RFC 3396)."""

from collections.abc import Mapping
from struct import Struct
from typing import Final

from .constants import (
    BOOTREQUEST,
    COOKIE,
    END,
    HEADER_SIZE,
    IP_UDP_OVERHEAD,
    MESSAGE_TYPE,
    MINIMUM_MAXIMUM_SIZE,
    MINIMUM_PAYLOAD,
    OVERLOAD,
    PAD,
    ZERO_ADDRESS,
)
from .errors import BadCookie, Truncated
from .packing import pack

_HEADER: Final = Struct("!4B4sHH4s4s4s4s16s64s128s")
_NO_SNAME: Final = bytes(64)
_NO_FILE: Final = bytes(128)
_MISPLACED_COOKIE_SEARCH: Final = HEADER_SIZE + 64


class Message:
    """One DHCP or BOOTP message, options raw.

    Addresses are 4 bytes, ``xid`` 4 bytes, ``chaddr`` all 16 bytes of the header, ``sname`` 64 and
    ``file`` 128 bytes. ``options`` maps a code to its whole value: repeated instances are joined and
    overloaded fields are read (RFC 3396, RFC 2131 section 4.1), in order of first appearance.
    ``is_dhcp`` is False for a BOOTP message without the magic cookie.

    A message is not assigned to after it was made, though nothing in the class enforces it: a
    frozen class would cost more than decoding does.
    """

    __slots__ = (
        "chaddr",
        "ciaddr",
        "file",
        "flags",
        "giaddr",
        "hlen",
        "hops",
        "htype",
        "is_dhcp",
        "op",
        "options",
        "secs",
        "siaddr",
        "sname",
        "xid",
        "yiaddr",
    )

    def __init__(
        self,
        op: int = BOOTREQUEST,
        htype: int = 1,
        hlen: int = 6,
        hops: int = 0,
        xid: bytes = ZERO_ADDRESS,
        secs: int = 0,
        flags: int = 0,
        ciaddr: bytes = ZERO_ADDRESS,
        yiaddr: bytes = ZERO_ADDRESS,
        siaddr: bytes = ZERO_ADDRESS,
        giaddr: bytes = ZERO_ADDRESS,
        chaddr: bytes = b"",
        sname: bytes = b"",
        file: bytes = b"",
        options: Mapping[int, bytes] | None = None,
        is_dhcp: bool = True,
    ) -> None:
        self.op = op
        self.htype = htype
        self.hlen = hlen
        self.hops = hops
        self.xid = xid
        self.secs = secs
        self.flags = flags
        self.ciaddr = ciaddr
        self.yiaddr = yiaddr
        self.siaddr = siaddr
        self.giaddr = giaddr
        self.chaddr = chaddr.ljust(16, b"\0")
        self.sname = sname.ljust(64, b"\0")
        self.file = file.ljust(128, b"\0")
        self.options: dict[int, bytes] = dict(options) if options else {}
        self.is_dhcp = is_dhcp

    @property
    def hardware_address(self) -> bytes:
        """The client's link address: the first ``hlen`` octets of chaddr, at most 16."""
        return self.chaddr[: self.hlen]

    @property
    def message_type(self) -> int:
        """Option 53 as a number; 0 if it is absent or empty (RFC 2132 section 9.6)."""
        value = self.options.get(MESSAGE_TYPE)
        return value[0] if value else 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # options are a dict: equal, but never a key

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"Message({fields})"


def decode(data: bytes) -> Message:
    """Read one datagram.

    :raises WireError: if the header is cut, the cookie is wrong, or an option runs past its area.

    Options without a final End are accepted. Zero octets between header and cookie, which some
    clients send, are skipped. A message that ends with its header, or whose vendor area is zero, is
    BOOTP (RFC 951).
    """
    size = len(data)
    if size < HEADER_SIZE:
        raise Truncated(f"{size} octets, the header alone has {HEADER_SIZE}")
    message = Message.__new__(Message)
    (
        message.op,
        message.htype,
        message.hlen,
        message.hops,
        message.xid,
        message.secs,
        message.flags,
        message.ciaddr,
        message.yiaddr,
        message.siaddr,
        message.giaddr,
        message.chaddr,
        message.sname,
        message.file,
    ) = _HEADER.unpack_from(data)
    message.is_dhcp = True
    options: dict[int, bytes] = {}
    message.options = options
    if data[236:240] == COOKIE:
        position = 240
    else:
        position = _after_misplaced_cookie(data)
        if not position:
            message.is_dhcp = False
            return message
    repeated: dict[int, list[bytes]] | None = None
    # The same loop stands in _read_area; here a call per message would cost as much as two options.
    try:
        while True:
            code = data[position]
            if code == END:
                break
            if code == PAD:
                position += 1
                continue
            start = position + 2
            position = start + data[position + 1]
            if position > size:
                raise Truncated(f"option {code} runs past the end of the datagram")
            if code in options:
                if repeated is None:
                    repeated = {}
                repeated.setdefault(code, [options[code]]).append(data[start:position])
            else:
                options[code] = data[start:position]
    except IndexError:
        if position < size:
            raise Truncated("the last octet is an option code without a length") from None
    if repeated is not None or OVERLOAD in options:
        _join(message, repeated or {})
    return message


def _after_misplaced_cookie(data: bytes) -> int:
    """Where options begin behind a cookie that is not at octet 236; 0 for BOOTP without a cookie.

    :raises BadCookie: if the vendor area begins with anything else.
    """
    rest = data[HEADER_SIZE:_MISPLACED_COOKIE_SEARCH].lstrip(b"\0")
    if not rest:
        return 0
    if rest[:4] == COOKIE:
        return data.index(COOKIE, HEADER_SIZE) + 4
    raise BadCookie(f"vendor area begins with {data[236:240].hex()}")


def _join(message: Message, repeated: dict[int, list[bytes]]) -> None:
    """Read overloaded fields (options, file, sname in that order) and join what was split."""
    options = message.options
    if OVERLOAD in options:
        overload = options.pop(OVERLOAD)
        repeated.pop(OVERLOAD, None)
        which = overload[0] if len(overload) == 1 else 0
        if which in (1, 3):
            _read_area(message.file, "file", options, repeated)
            message.file = _NO_FILE
        if which in (2, 3):
            _read_area(message.sname, "sname", options, repeated)
            message.sname = _NO_SNAME
        # An overload option inside an overloaded field has no meaning (RFC 2132 section 9.3).
        options.pop(OVERLOAD, None)
        repeated.pop(OVERLOAD, None)
    for code, parts in repeated.items():
        options[code] = b"".join(parts)


def _read_area(area: bytes, name: str, options: dict[int, bytes], repeated: dict[int, list[bytes]]) -> None:
    position, size = 0, len(area)
    while position < size:
        code = area[position]
        if code == END:
            return
        if code == PAD:
            position += 1
            continue
        start = position + 2
        if start > size:
            raise Truncated(f"an option of the overloaded {name} field has no length")
        position = start + area[position + 1]
        if position > size:
            raise Truncated(f"option {code} runs past the end of the overloaded {name} field")
        if code in options:
            repeated.setdefault(code, [options[code]]).append(area[start:position])
        else:
            options[code] = area[start:position]


def encode(message: Message, maximum: int | None = None, minimum: int = MINIMUM_PAYLOAD) -> bytes:
    """Write a message as the payload of a UDP datagram.

    :param maximum: the largest IP datagram allowed, in octets (option 57); values below 576 count
        as 576, None is no limit. Options that do not fit go into free file and sname fields, and
        what does not fit there is left out, last first.
    :param minimum: octets to pad to (RFC 1542 section 2.1).

    The message type is first, option 82 last before End (RFC 3046 section 2.2).
    """
    room = None if maximum is None else max(maximum, MINIMUM_MAXIMUM_SIZE) - IP_UDP_OVERHEAD - HEADER_SIZE - 4
    sname, file, area = message.sname, message.file, b""
    if message.is_dhcp:
        packed = pack(message.options, room, file_free=not any(file), sname_free=not any(sname))
        area = COOKIE + packed.area
        file = packed.file or file
        sname = packed.sname or sname
    header = _HEADER.pack(
        message.op,
        message.htype,
        message.hlen,
        message.hops,
        message.xid,
        message.secs,
        message.flags,
        message.ciaddr,
        message.yiaddr,
        message.siaddr,
        message.giaddr,
        message.chaddr,
        sname,
        file,
    )
    return (header + area).ljust(minimum, b"\0")
