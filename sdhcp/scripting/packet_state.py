"""What a packet is made of behind what scripts see: what came, what was written, and what it has become."""

from collections.abc import Mapping
from typing import Any, Final, Self

from ..engine.edited import IN_A_NAK, SIZES, Edits, Reply
from ..engine.reply import payload_limit
from ..model import BOOTP_REPLY
from ..wire.constants import (
    ACK,
    BOOTREQUEST,
    CLIENT_FQDN,
    CLIENT_IDENTIFIER,
    CLIENT_MACHINE,
    DISCOVER,
    FLAG_BROADCAST,
    IP_UDP_OVERHEAD,
    LEASE_TIME,
    MAXIMUM_SIZE,
    MESSAGE_TYPE,
    NAK,
    PARAMETER_REQUEST_LIST,
    RAPID_COMMIT,
    REBINDING_TIME,
    RELAY_AGENT,
    RENEWAL_TIME,
    SERVER_IDENTIFIER,
    SUBNET_SELECTION,
    ZERO_ADDRESS,
)
from ..wire.message import Message, encode
from .message_types import MessageTypes
from .selection import Selection
from .transformations import TRANSFORMATIONS, Transformation

_ECHOED: Final = frozenset(
    (MESSAGE_TYPE, SERVER_IDENTIFIER, CLIENT_IDENTIFIER, SUBNET_SELECTION, CLIENT_MACHINE, CLIENT_FQDN, RELAY_AGENT)
) | {RAPID_COMMIT}
"""What is sent whether it is selected or not: it makes a reply one, or answers what the client sent."""
_NEVER_LEFT_OUT: Final = frozenset((MESSAGE_TYPE, SERVER_IDENTIFIER))
"""What the server sends in any case."""
_REPEATED: Final = (CLIENT_IDENTIFIER, SUBNET_SELECTION, CLIENT_MACHINE, RELAY_AGENT)
"""What goes back as it came (RFC 6842, RFC 3011, RFC 4578, RFC 3046)."""
_OF_DEFINITIONS: Final = frozenset((1, 3, 6, 12, 15, 28, 42, MESSAGE_TYPE, SERVER_IDENTIFIER, LEASE_TIME))
"""What a definition says goes before what a script has set on the request."""
_MADE_ANEW: Final = ("op", "hlen", "hops", "secs")
_FIRST: Final = {MESSAGE_TYPE: 0, SERVER_IDENTIFIER: 1, LEASE_TIME: 2}
_OF_SERVERS: Final = ("yiaddr", "siaddr", "sname", "file")
"""Fields in which a client has nothing to say (RFC 2131 table 3)."""
_NUMBERS: Final = ("op", "htype", "hlen", "hops", "secs", "flags")
_HARDWARE_SIZE: Final = b"\6"

_OWN: Final = 2
_OWN_AND_REPLY: Final = 4
"""Attributes of a packet that nobody has looked at, as it came and as a reply."""


class PacketState(MessageTypes):
    """A message that nobody changes, and what a script and the server have made of it."""

    _message: Message
    _options: dict[int, bytes]
    # What few packets need stands in the class until one does: a packet is made for each that comes in.
    _meta: dict[Any, Any] | None = None
    _selection: Selection | None = None
    _owns_options = False
    _is_reply = False
    _reply: Reply | None = None
    _pending: Reply | None = None
    _late: dict[int, bytes] | None = None
    _fields: dict[str, bytes] | None = None
    _lists: dict[int, list[int]] | None = None
    _server: frozenset[int] = frozenset()
    _written: frozenset[int] | set[int] = frozenset()
    _removed: frozenset[int] | set[int] = frozenset()
    _written_fields: frozenset[str] | set[str] = frozenset()

    @classmethod
    def of(cls, message: Message) -> Self:
        """The packet of a message, which is not changed by what is done to the packet."""
        packet = cls.__new__(cls)
        packet._message = message
        packet._options = message.options
        return packet

    def answer_with(self, reply: Reply) -> None:
        """From now on this is a reply of the server's; it is made when somebody looks."""
        self._pending = self._reply = reply

    @property
    def is_touched(self) -> bool:
        """Whether somebody has looked at it since it was made, or changed it: then its instance has more to hold."""
        return len(vars(self)) > (_OWN_AND_REPLY if self._reply is not None else _OWN)

    def edits(self) -> Edits | None:
        """What a script has changed in the reply; None for nothing.

        :raises ValueError: if a list that was got from it holds what is no octet.
        """
        reply = self._reply
        if self._late and reply is not None and self._is_simple(reply):
            return Edits(dict(sorted(self._late.items())), frozenset(), None, {})
        if reply is None or not (self._late or self._written or self._removed or self._written_fields or self._lists):
            if self._selection is None or not self._selection.changed:
                return None
        self._settle()
        self._take_lists()
        selection = self._selected()
        if reply is None or not (self._written or self._removed or self._written_fields or selection.changed):
            return None
        fields = self._fields or {}
        sent = {code: self._options[code] for code in sorted(self._written) if self._is_selected(code, True)}
        if selection.changed:
            # What the definition has, and the client did not ask for, may have been selected.
            own = (self._server & self._options.keys()) - self._written - _FIRST.keys()
            sent = {code: self._options[code] for code in sorted(own) if self._is_selected(code, False)} | sent
        return Edits(
            sent,
            frozenset(self._removed | selection.removed),
            None if selection.only is None else selection.only | _ECHOED,
            {name: fields[name] for name in self._written_fields},
        )

    @property
    def request(self) -> Message | None:
        """The client's message that this answers; None if it is none, or was made of nothing."""
        message = self._message
        return message if message.op == BOOTREQUEST and self._field("op")[0] != BOOTREQUEST else None

    def _is_simple(self, reply: Reply) -> bool:
        """Whether nothing but options that were set last tells this from what the server would send."""
        return self._pending is not None and not (
            self._written_fields or self._lists or self._selection or reply.policy.legacy_requested_options_only
        )

    @property
    def answer(self) -> int:
        """The message type of what this is now; 0 if it has none."""
        if self._pending is not None and self._pending.decision.answer != BOOTP_REPLY:
            return self._pending.decision.answer
        return self._kind()

    @property
    def is_bootp(self) -> bool:
        """Whether the client speaks BOOTP, which knows no message types."""
        return MESSAGE_TYPE not in self._message.options

    @property
    def written_fields(self) -> Mapping[str, bytes]:
        """The fields of the header that a script has set, as octets."""
        fields = self._fields or {}
        return {name: fields[name] for name in self._written_fields}

    def _visible(self) -> Mapping[int, bytes]:
        if self._pending is not None:
            self._settle()
        if self._lists:
            self._take_lists()
        return self._options

    def _own(self) -> dict[int, bytes]:
        if not self._owns_options:
            self._options = dict(self._options)
            self._owns_options = True
        return self._options

    def _put(self, code: int, value: bytes) -> None:
        if self._pending is not None and code != MESSAGE_TYPE and not self._written and not self._removed:
            # Most scripts set some options and look at nothing: what they are put over need not be made for that.
            self._late = {**(self._late or {}), code: value}
            return
        self._settle()
        self._own()[code] = value
        if self._lists:
            self._lists.pop(code, None)
        self._written = {*self._written, code}
        self._removed = self._removed - {code}

    def _forget_written(self, code: int) -> None:
        if code in self._written:
            self._written = self._written - {code}

    def _field(self, name: str) -> bytes:
        self._settle()
        if self._fields is not None and name in self._fields:
            return self._fields[name]
        value = getattr(self._message, name)
        return value if isinstance(value, bytes) else int(value).to_bytes(SIZES[name], "big")

    def _put_field(self, name: str, value: bytes) -> None:
        self._settle()
        if self._fields is None:
            self._fields = {}
        self._fields[name] = value
        self._written_fields = {*self._written_fields, name}

    def _selected(self) -> Selection:
        if self._selection is None:
            self._selection = Selection(self._message.options.get(PARAMETER_REQUEST_LIST, b""))
        return self._selection

    def _is_sent(self, code: int) -> bool:
        is_written = code in self._written
        if self._is_reply:
            kind = self._kind()
            if kind == NAK and code not in IN_A_NAK:
                return False
            if not is_written and code not in self._server and not self._is_answer(code, kind):
                return False
        return self._is_selected(code, is_written)

    def _is_selected(self, code: int, is_written: bool) -> bool:
        """Whether an option is sent, by what the client, the site and its scripts want.

        :param is_written: whether a script has set it.
        """
        selected, reply = self._selected(), self._reply
        if code in _ECHOED and (code not in selected.removed or (reply is not None and code in _NEVER_LEFT_OUT)):
            return True
        if reply is not None and reply.policy.legacy_requested_options_only:
            return selected.has(code, False)
        is_forced = reply is not None and code in self._server and code in reply.definition.forced
        return selected.has(code, is_written or is_forced)

    def _is_answer(self, code: int, kind: int) -> bool:
        """Whether an option that nobody has set is sent in a reply."""
        if self._reply is None and code == CLIENT_FQDN:
            # It would need other flags (RFC 4702 section 3.1).
            return False
        if self._reply is None and code == RAPID_COMMIT:
            return kind == ACK and self._message.message_type == DISCOVER
        return code in _ECHOED

    def _plain(self) -> bytes:
        """The packet as octets where no server has made a reply of it."""
        self._take_lists()
        selected, kind = self._selected(), self._kind()
        whole = not self._is_reply and self._field("op")[0] == BOOTREQUEST
        codes = sorted(
            (
                code
                for code in self._options
                # A parameter request list says what the reply has, not what the request has.
                if self._is_sent(code) or (whole and selected.only is None and code not in selected.removed)
            ),
            key=lambda code: (_FIRST.get(code, len(_FIRST)), code),
        )
        options = {code: self._options[code] for code in codes}
        if self._is_reply:
            for code in _REPEATED:
                value = self._message.options.get(code)
                if value is None or code in options or code in self._removed or code in selected.removed:
                    continue
                if (value or code == RELAY_AGENT) and (kind != NAK or code in IN_A_NAK):
                    options[code] = value
        header: dict[str, Any] = {name: self._field(name) for name in SIZES}
        header.update((name, int.from_bytes(header[name], "big")) for name in _NUMBERS)
        if self._is_reply and kind == NAK and header["giaddr"] != ZERO_ADDRESS:
            header["flags"] |= FLAG_BROADCAST
        message = Message(**header, options=options, is_dhcp=self._message.is_dhcp or bool(options))
        limit = payload_limit(self._message.options.get(MAXIMUM_SIZE, b"")) + IP_UDP_OVERHEAD
        return encode(message, limit if self._is_reply else None)

    def _take_lists(self) -> None:
        """What was changed in a list that a script was given counts as set by it.

        :raises ValueError: if something in it is no octet.
        """
        for code, values in (self._lists or {}).items():
            try:
                value = bytes(values)
            except (TypeError, ValueError):
                raise ValueError(f"option {code}: {values!r} are no octets") from None
            if value != self._options.get(code):
                self._own()[code] = value
                self._written = {*self._written, code}

    def _transform(self, kind: int) -> None:
        self._settle()
        self._take_lists()
        self._become(TRANSFORMATIONS[kind])
        self._put(MESSAGE_TYPE, bytes((kind,)))
        for name in ("op", "hops", "secs"):
            self._put_field(name, bytes(SIZES[name]) if name != "op" else b"\2")
        if not self._message.op and "hlen" not in self._written_fields:
            # It came from no client, who would have told.
            self._put_field("hlen", _HARDWARE_SIZE)
        if self._reply is None:
            fields = self._fields or {}
            self._fields = {**{name: bytes(SIZES[name]) for name in _OF_SERVERS}, **fields}

    def _become(self, transformation: Transformation) -> None:
        """Let go of what a reply does not have."""
        self._is_reply = True
        options = self._own()
        for code in transformation.options:
            if options.pop(code, None) is not None and code in self._server:
                self._removed = {*self._removed, code}
        self._written = self._written - transformation.options
        self._lists = None
        for name in transformation.fields:
            self._put_field(name, bytes(SIZES[name]))

    def _settle(self) -> None:
        """Become the reply that the server is about to send."""
        reply = self._pending
        if reply is None:
            return
        self._pending = None
        self._take_lists()
        decision, definition = reply.decision, reply.definition
        kind = decision.answer if decision.answer in TRANSFORMATIONS else ACK
        kept = {name: octets for name, octets in self.written_fields.items() if name not in _MADE_ANEW}
        for name in TRANSFORMATIONS[kind].fields if decision.answer != BOOTP_REPLY else ():
            kept.pop(name, None)
        if not decision.informs:
            kept.pop("yiaddr", None)
        self._written_fields = set(kept)
        self._become(TRANSFORMATIONS[kind]._replace(fields=()))
        has = reply.options()
        firm = _OF_DEFINITIONS | definition.options.keys()
        if definition.renewal_time is not None:
            firm |= {RENEWAL_TIME}
        if definition.rebinding_time is not None:
            firm |= {REBINDING_TIME}
        options = self._own()
        for code, value in has.items():
            if code in firm or code not in self._written:
                options[code] = value
                self._forget_written(code)
        self._server = frozenset(has)
        self._removed = self._removed - self._server
        self._fields = {**reply.fields(), **kept}
        late, self._late = self._late, None
        for code, value in (late or {}).items():
            self._put(code, value)
