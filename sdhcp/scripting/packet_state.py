"""What a packet is made of behind what scripts see: what came, what was written, and what it has become."""

from collections.abc import Mapping
from typing import Any, Final, Self

from ..engine.edited import SIZES, Edits, Reply
from ..model import BOOTP_REPLY
from ..wire.constants import (
    ACK,
    CLIENT_FQDN,
    CLIENT_IDENTIFIER,
    CLIENT_MACHINE,
    LEASE_TIME,
    MESSAGE_TYPE,
    PARAMETER_REQUEST_LIST,
    RAPID_COMMIT,
    REBINDING_TIME,
    RELAY_AGENT,
    RENEWAL_TIME,
    SERVER_IDENTIFIER,
    SUBNET_SELECTION,
)
from ..wire.message import Message
from .message_types import MessageTypes
from .selection import Selection
from .transformations import TRANSFORMATIONS, Transformation

_ECHOED: Final = frozenset(
    (MESSAGE_TYPE, SERVER_IDENTIFIER, CLIENT_IDENTIFIER, SUBNET_SELECTION, CLIENT_MACHINE, CLIENT_FQDN, RELAY_AGENT)
) | {RAPID_COMMIT}
"""What is sent whether it is selected or not: it makes a reply one, or answers what the client sent."""
_OF_DEFINITIONS: Final = frozenset((1, 3, 6, 12, 15, 28, 42, MESSAGE_TYPE, SERVER_IDENTIFIER, LEASE_TIME))
"""What a definition says goes before what a script has set on the request."""
_MADE_ANEW: Final = ("op", "hlen", "hops", "secs")


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
        if reply is None or not (self._written or self._removed or self._written_fields or self._lists):
            if self._selection is None or not self._selection.changed:
                return None
        self._settle()
        self._take_lists()
        selection = self._selected()
        if reply is None or not (self._written or self._removed or self._written_fields or selection.changed):
            return None
        by_itself = not reply.policy.legacy_requested_options_only
        fields = self._fields or {}
        return Edits(
            {code: self._options[code] for code in sorted(self._written) if selection.has(code, by_itself)},
            frozenset(self._removed | selection.removed),
            None if selection.only is None else selection.only | _ECHOED,
            {name: fields[name] for name in self._written_fields},
        )

    @property
    def answer(self) -> int:
        """The message type of what this is now; 0 if it has none."""
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
        return self._options

    def _own(self) -> dict[int, bytes]:
        if not self._owns_options:
            self._options = dict(self._options)
            self._owns_options = True
        return self._options

    def _put(self, code: int, value: bytes) -> None:
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
        if self._is_reply and not is_written and code not in self._server and code not in _ECHOED:
            return False
        selected = self._selected()
        return (code in _ECHOED and code not in selected.removed) or selected.has(code, is_written)

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
