"""Replies that a site's code has changed: what the server would send, what was changed, and the octets of both."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from ..model import BOOTP_REPLY, Decision, Definition, Local
from ..wire.constants import (
    BOOTREPLY,
    CLIENT_IDENTIFIER,
    COOKIE,
    HEADER_SIZE,
    HOSTNAME,
    LEASE_TIME,
    MAXIMUM_SIZE,
    MESSAGE,
    MESSAGE_TYPE,
    MINIMUM_PAYLOAD,
    NAK,
    PARAMETER_REQUEST_LIST,
    RELAY_AGENT,
    SERVER_IDENTIFIER,
    SUBNET_SELECTION,
    ZERO_ADDRESS,
)
from ..wire.message import Message
from ..wire.packing import pack
from .policy import Policy
from .reply import boot_fields, encode_nak, given_in_header, nak_options, options_in_order, payload_limit, values

_IN_A_NAK: Final = frozenset(
    (MESSAGE_TYPE, SERVER_IDENTIFIER, MESSAGE, CLIENT_IDENTIFIER, SUBNET_SELECTION, RELAY_AGENT)
)
_REFUSED: Final = b"address not granted"
SIZES: Final = {
    "op": 1,
    "htype": 1,
    "hlen": 1,
    "hops": 1,
    "xid": 4,
    "secs": 2,
    "flags": 2,
    "ciaddr": 4,
    "yiaddr": 4,
    "siaddr": 4,
    "giaddr": 4,
    "chaddr": 16,
    "sname": 64,
    "file": 128,
}
"""The fields of the header in their order (RFC 2131 figure 1), with their octets."""


class Edits(NamedTuple):
    """What a site's code has changed in a reply.

    ``options`` were set, by code; ``removed`` are not sent; of the others only those in ``only`` are, unless it is
    None. ``fields`` were set in the header, by name, as octets.
    """

    options: Mapping[int, bytes]
    removed: frozenset[int]
    only: frozenset[int] | None
    fields: Mapping[str, bytes]


class Reply(NamedTuple):
    """A reply as the server would send it, to be looked at and changed.

    ``identifier`` is option 54, from :func:`sdhcp.engine.guards.server_identifier`.
    """

    message: Message
    decision: Decision
    definition: Definition
    local: Local
    identifier: bytes
    policy: Policy

    def options(self) -> dict[int, bytes]:
        """Every option that there is a value for, whether the client has asked for it or not; without echoes."""
        key = ("options", self.decision.outcome, self.identifier, self._wanted, self.local.is_proxy)
        definition = self.definition
        kept: dict[int, bytes] | None = definition.blocks.get(key)
        if kept is None:
            # As in replies that nobody changes, all hosts of a subnet share what is encoded.
            kept = self._all_options(definition.for_host(ZERO_ADDRESS, None))
            definition.blocks.keep(key, kept)
        has = dict(kept)
        if definition.hostname and HOSTNAME not in has:
            has[HOSTNAME] = definition.hostname.encode()
        return has

    def _all_options(self, definition: Definition) -> dict[int, bytes]:
        has: dict[int, bytes] = {}
        if self.decision.answer != BOOTP_REPLY:
            has[MESSAGE_TYPE] = bytes((self.decision.answer,))
            has[SERVER_IDENTIFIER] = self.identifier
            if not self.decision.informs and not self.local.is_proxy:
                has[LEASE_TIME] = definition.lease_time.to_bytes(8, "big")[4:]
        has.update(values(definition, self._wanted))
        return has

    @property
    def _wanted(self) -> bytes | None:
        return self.message.options.get(PARAMETER_REQUEST_LIST)

    def fields(self) -> dict[str, bytes]:
        """The header's fields by name, as octets."""
        message = self.message
        flags, ciaddr, yiaddr = given_in_header(message, self.decision, self.definition, self.local)
        file, sname = boot_fields(self.definition)
        return {
            "op": bytes((BOOTREPLY,)),
            "htype": bytes((message.htype,)),
            "hlen": bytes((message.hlen,)),
            "hops": b"\0",
            "xid": message.xid,
            "secs": b"\0\0",
            "flags": flags.to_bytes(2, "big"),
            "ciaddr": ciaddr,
            "yiaddr": yiaddr,
            "siaddr": self.definition.next_server,
            "giaddr": message.giaddr,
            "chaddr": message.chaddr,
            "sname": sname.ljust(64, b"\0"),
            "file": file.ljust(128, b"\0"),
        }

    def encode(self, edits: Edits) -> bytes:
        """The reply with what was changed, as the payload of a UDP datagram.

        As large as the client accepts (option 57) at most, and 300 octets at least. Whatever was changed, option
        54 names this server, and a NAK carries nothing that it must not (RFC 2131 table 3).
        """
        message = self.message
        options = self._options(edits)
        if options.get(MESSAGE_TYPE) == bytes((NAK,)):
            kept = {code: value for code, value in options.items() if code in _IN_A_NAK}
            text = kept.pop(MESSAGE, _REFUSED)
            nak = nak_options(message, self.identifier, text)
            allowed = {code: value for code, value in nak.items() if code not in edits.removed}
            return encode_nak(message, {**allowed, **kept})
        fields = {**self.fields(), **edits.fields}
        room = payload_limit(message.options.get(MAXIMUM_SIZE, b"")) - HEADER_SIZE - 4
        packed = pack(options, room, file_free=not any(fields["file"]), sname_free=not any(fields["sname"]))
        fields["sname"], fields["file"] = packed.sname or fields["sname"], packed.file or fields["file"]
        header = b"".join(
            fields[name] if len(fields[name]) == size else fields[name][:size].ljust(size, b"\0")
            for name, size in SIZES.items()
        )
        if not message.is_dhcp:
            return header.ljust(MINIMUM_PAYLOAD, b"\0")
        return (header + COOKIE + packed.area).ljust(MINIMUM_PAYLOAD, b"\0")

    def _options(self, edits: Edits) -> dict[int, bytes]:
        """All options that are sent, in the order in which they are placed."""
        if self.decision.answer == BOOTP_REPLY:
            options = values(self.definition, None)
            if RELAY_AGENT in self.message.options:
                options[RELAY_AGENT] = self.message.options[RELAY_AGENT]
        else:
            definition = self.definition
            lease_time = edits.options.get(LEASE_TIME, b"")
            if len(lease_time) == 4:
                # T1 and T2 follow the lease.
                definition = replace(definition, lease_time=int.from_bytes(lease_time, "big"))
            options = options_in_order(
                self.message, self.decision, definition, self.local, self.identifier, self.policy
            )
        only = edits.only
        if only is not None:
            options = {code: value for code, value in options.items() if code in only}
        options.update(edits.options)
        for code in edits.removed:
            options.pop(code, None)
        if self.decision.answer != BOOTP_REPLY:
            options[SERVER_IDENTIFIER] = self.identifier
        return options


def with_fields(message: Message, fields: Mapping[str, bytes]) -> Message:
    """A message with other header fields, as far as they decide where a reply goes."""
    changed = Message(
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
        message.options,
        message.is_dhcp,
    )
    if "flags" in fields:
        changed.flags = int.from_bytes(fields["flags"], "big")
    if "chaddr" in fields:
        changed.chaddr = fields["chaddr"].ljust(16, b"\0")
    if "giaddr" in fields:
        changed.giaddr = fields["giaddr"]
    return changed
