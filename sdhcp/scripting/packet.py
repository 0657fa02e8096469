"""The packet that a site's code reads and changes: the client's message first, the reply to it later."""

from collections.abc import Iterable
from typing import Any, Final, Self

from ..engine.edited import SIZES, Edits
from ..wire.constants import (
    ACK,
    FLAG_BROADCAST,
    LEASEACTIVE,
    LEASEUNASSIGNED,
    LEASEUNKNOWN,
    NAK,
    OFFER,
    PARAMETER_REQUEST_LIST,
    ZERO_ADDRESS,
)
from ..wire.message import Message
from .alignment import aligned, terminated
from .datagrams import message_of
from .extracts import PXEOptions, pxe_options, vendor_options
from .ipv4 import IPv4
from .mac import MAC
from .option_values import is_field, option_code, option_name, read, read_field, written, written_field
from .packet_state import PacketState
from .packet_text import describe

FLAGBIT_BROADCAST: Final = FLAG_BROADCAST
"""The bit of the flags that asks for replies by broadcast."""

_CHADDR: Final = 6
_NOTHING: Final = Edits({}, frozenset(), None, {})


class DHCPPacket(PacketState):
    """A packet.

    Options are named by code or by name, and so are the fields of the header. What a script sets is sent, what it
    deletes is not. Once it is a reply, what is left of the client's options can still be read, but is not sent.

    :param data: the payload of a UDP datagram; None for an empty packet.
    :raises ValueError: if it is no DHCP packet.
    :ivar response_ip: where the reply goes, if elsewhere than it would: text or :class:`IPv4`. It counts if the
        client has not asked for a broadcast.
    :ivar response_port: the port that it goes to; :ivar response_source_port: the one that it comes from, in frames.
    :ivar response_mac: the hardware address of its frame.
    :ivar word_align: whether each option begins at a multiple of ``word_size`` octets.
    :ivar terminal_pad: whether the packet's length is such a multiple.
    """

    response_mac: Any = None
    response_ip: Any = None
    response_port: int | None = None
    response_source_port: int | None = None
    word_align = False
    word_size = 4
    terminal_pad = False

    def __init__(self, data: bytes | None = None, _copy_data: Any = None) -> None:
        if not data:
            self._message = Message(op=0, htype=0, hlen=0)
        else:
            self._message = message_of(bytes(data))
        self._options = self._message.options

    @property
    def meta(self) -> dict[Any, Any]:
        """For scripts to keep something in, from one hook to the next."""
        if self._meta is None:
            self._meta = {}
        return self._meta

    def copy(self) -> Self:
        """Another packet with the same contents; what is done to one does not show in the other."""
        self._settle()
        self._take_lists()
        other = self.snapshot()
        other._lists = None
        return other

    def snapshot(self) -> Self:
        """As :meth:`copy`, without anything being done to this one: what waits to be looked at goes on waiting."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        other._lists = None if self._lists is None else {code: list(octets) for code, octets in self._lists.items()}
        other._options = dict(self._options)
        other._late = None if self._late is None else dict(self._late)
        other._owns_options = True
        other._written, other._removed = set(self._written), set(self._removed)
        other._written_fields = set(self._written_fields)
        other._fields = None if self._fields is None else dict(self._fields)
        other._meta = None if self._meta is None else dict(self._meta)
        other._selection = None if self._selection is None else self._selection.copy()
        return other

    # Options and fields.

    def getOption(self, option: int | str, convert: bool = False) -> Any:
        """The value of an option or a field of the header, None if there is none.

        :param convert: as what it means, such as :class:`IPv4`; otherwise as a list of octets, which belongs to the
            packet: what is changed in it is changed in the option.
        :raises LookupError: if there is no option of that name.
        :raises ValueError: if its octets cannot be what they should.
        """
        if is_field(option):
            octets = self._field(str(option))
            if option == "chaddr":
                octets = octets[:_CHADDR]
            return read_field(str(option), octets) if convert else list(octets)
        code = option_code(option)
        self._settle()
        if convert:
            self._take_lists()
            value = self._options.get(code)
            return None if value is None else read(code, value)
        value = self._options.get(code)
        if value is None:
            return None
        if self._lists is None:
            self._lists = {}
        return self._lists.setdefault(code, list(value))

    def setOption(self, option: int | str, value: Any, validate: bool = True, force_selection: bool = False) -> bool:
        """Set an option or a field of the header; True.

        :param value: octets in a list or as bytes, or what it means: text, numbers, addresses, an RFC object.
        :param validate: whether its length has to be right.
        :param force_selection: send it even if the client has not asked for it, and nothing else was selected.
        :raises LookupError: if there is no option of that name.
        :raises ValueError: if it cannot be what it should.
        """
        if is_field(option):
            self._put_field(str(option), written_field(str(option), value))
            return True
        code = option_code(option)
        self._put(code, written(code, value, validate))
        if force_selection:
            self._selected().add(code)
        return True

    def forceOption(self, option: int | str, value: Any) -> bool:
        """Set an option without a look at its length, and send it whatever was asked for; True."""
        return self.setOption(option, value, validate=False, force_selection=True)

    def deleteOption(self, option: int | str) -> bool:
        """Take an option out, or clear a field; whether it was there.

        :raises LookupError: if there is no option of that name.
        """
        if is_field(option):
            self._put_field(str(option), bytes(SIZES[str(option)]))
            return True
        code = option_code(option)
        self._settle()
        was_there = code in self._options
        self._own().pop(code, None)
        if self._lists:
            self._lists.pop(code, None)
        self._forget_written(code)
        self._removed = {*self._removed, code}
        return was_there

    def isOption(self, option: int | str) -> bool:
        """Whether an option has a value, though it be empty; whether a field of the header is not zero.

        :raises LookupError: if there is no option of that name.
        """
        if is_field(option):
            return any(self._field(str(option)))
        return option_code(option) in self._visible()

    # Which options are sent.

    def isSelectedOption(self, option: int | str) -> bool:
        """Whether an option has a value that is sent.

        :raises LookupError: if there is no option of that name.
        """
        self._take_lists()
        code = option_code(option)
        return code in self._visible() and self._is_sent(code)

    def getSelectedOptions(self, translate: bool = False) -> tuple[Any, ...]:
        """The codes of the options that are sent, or with ``translate`` their names, in the order of their codes."""
        self._take_lists()
        codes = sorted(code for code in self._visible() if self._is_sent(code))
        if not translate:
            return tuple(codes)
        return tuple(option_name(code) for code in codes)

    def setSelectedOptions(
        self, added: Iterable[int | str] | None = None, removed: Iterable[int | str] | None = None
    ) -> None:
        """Select options to be sent, and others not to be; all of them if neither is given.

        Where all were selected, those that are added are selected alone.

        :raises LookupError: if there is no option of some name.
        """
        selected = self._selected()
        selected.select(
            None if added is None else [option_code(one) for one in added],
            None if removed is None else [option_code(one) for one in removed],
        )

    def isRequestedOption(self, option: int | str) -> bool:
        """Whether the client has asked for an option, or asked for none in particular.

        :raises LookupError: if there is no option of that name.
        """
        code, requested = option_code(option), self._message.options.get(PARAMETER_REQUEST_LIST)
        return not requested or code in requested

    def getRequestedOptions(self) -> tuple[int, ...] | None:
        """The codes that the client has asked for, in its order; None if it has not said."""
        requested = self._message.options.get(PARAMETER_REQUEST_LIST)
        return tuple(requested) if requested else None

    # Addresses and flags.

    def getHardwareAddress(self) -> MAC:
        """The client's hardware address: six octets, whatever its length is said to be."""
        return MAC.of(self._field("chaddr")[:_CHADDR])

    def setHardwareAddress(self, mac: Any) -> None:
        """Set the client's hardware address, from a :class:`MAC` or up to six octets.

        :raises ValueError: if it is none.
        """
        is_text = isinstance(mac, str) or (isinstance(mac, bytes) and len(mac) > _CHADDR)
        try:
            octets = bytes(mac) if isinstance(mac, Iterable) and not is_text else bytes(MAC(mac))
        except TypeError:
            octets = b""
        if not 0 < len(octets) <= _CHADDR:
            raise ValueError(f"{mac!r} is no hardware address; expected six octets")
        self._put_field("chaddr", octets.ljust(_CHADDR, b"\0"))

    def getFlag(self, bit: int) -> bool:
        """Whether a bit of the flags is set, such as :data:`FLAGBIT_BROADCAST`."""
        return bool(int.from_bytes(self._field("flags"), "big") & bit)

    def setFlag(self, bit: int, state: bool) -> tuple[bool, bool]:
        """Set or clear a bit of the flags; whether that has changed it, and what it was."""
        before = self.getFlag(bit)
        if before != bool(state):
            flags = int.from_bytes(self._field("flags"), "big")
            self._put_field("flags", ((flags | bit) if state else (flags & ~bit & 0xFFFF)).to_bytes(2, "big"))
        return before != bool(state), before

    def extractIPOrNone(self, option: int | str) -> IPv4 | None:
        """The address that an option or field begins with; None if there is none, or if it is 0.0.0.0.

        :raises ValueError: if there are fewer than four octets.
        :raises LookupError: if there is no option of that name.
        """
        octets = self._field(str(option)) if is_field(option) else self._visible().get(option_code(option))
        if octets is None or not any(octets):
            return None
        if len(octets) < len(ZERO_ADDRESS):
            raise ValueError(f"option {option}: {len(octets)} octets are no address")
        return IPv4.of(octets[:4])

    def extractPXEOptions(self) -> PXEOptions:
        """What a PXE client tells of itself (options 93, 94 and 97)."""
        return pxe_options(self)

    def extractVendorOptions(self) -> tuple[Any, Any, Any, Any]:
        """What a client tells of its vendor (options 43, 60, 124 and 125); None for what it does not."""
        return vendor_options(self)

    # What becomes of it.

    def transformToDHCPAckPacket(self) -> None:
        """Make this an ACK."""
        self._transform(ACK)

    def transformToDHCPOfferPacket(self) -> None:
        """Make this an OFFER."""
        self._transform(OFFER)

    def transformToDHCPNakPacket(self) -> None:
        """Make this a NAK."""
        self._transform(NAK)

    def transformToDHCPNackPacket(self) -> None:
        """As :meth:`transformToDHCPNakPacket`, by an older name."""
        self._transform(NAK)

    def transformToDHCPLeaseActivePacket(self) -> None:
        """Make this a LEASEACTIVE (RFC 4388)."""
        self._transform(LEASEACTIVE)

    def transformToDHCPLeaseUnassignedPacket(self) -> None:
        """Make this a LEASEUNASSIGNED (RFC 4388)."""
        self._transform(LEASEUNASSIGNED)

    def transformToDHCPLeaseUnknownPacket(self) -> None:
        """Make this a LEASEUNKNOWN (RFC 4388)."""
        self._transform(LEASEUNKNOWN)

    def encodePacket(self) -> bytes:
        """The packet as the payload of a UDP datagram, never larger than its client accepts.

        :raises ValueError: if a list that was got from it holds what is no octet.
        """
        if self._reply is not None:
            return self._finished(self._reply.encode(self.edits() or _NOTHING))
        return self._finished(self._plain())

    def encoded_reply(self) -> bytes | None:
        """The reply as octets if a script has changed something in it, else None.

        :raises ValueError: as :meth:`edits`.
        """
        edits = self.edits()
        if self._reply is None or (edits is None and not self.word_align and not self.terminal_pad):
            return None
        return self._finished(self._reply.encode(edits or _NOTHING))

    def __str__(self) -> str:
        return describe(self)

    def _finished(self, data: bytes) -> bytes:
        if self.word_align:
            data = aligned(data, self.word_size)
        return terminated(data, self.word_size) if self.terminal_pad else data
