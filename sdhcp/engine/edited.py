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
    REBINDING_TIME,
    RELAY_AGENT,
    RENEWAL_TIME,
    SERVER_IDENTIFIER,
    SUBNET_SELECTION,
    ZERO_ADDRESS,
)
from ..wire.message import Message
from ..wire.packing import pack
from .policy import Policy
from .reply import (
    OF_DHCP_ALONE,
    boot_fields,
    bootp_area,
    bootp_options,
    encode_nak,
    encode_with,
    given_in_header,
    head_of,
    nak_options,
    options_in_order,
    payload_limit,
    shared_options,
    values,
    with_echoes,
)

IN_A_NAK: Final = frozenset(
    (MESSAGE_TYPE, SERVER_IDENTIFIER, MESSAGE, CLIENT_IDENTIFIER, SUBNET_SELECTION, RELAY_AGENT)
)
"""All that a NAK may carry (RFC 2131 table 3, RFC 3046, RFC 3011)."""
_NAMES: Final = frozenset(("sname", "file"))
_NO_MORE: Final = frozenset((MESSAGE_TYPE, SERVER_IDENTIFIER, LEASE_TIME))
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
        has = values(definition, self._wanted)
        if self.decision.answer == BOOTP_REPLY:
            return {code: value for code, value in has.items() if code not in OF_DHCP_ALONE}
        head = {MESSAGE_TYPE: bytes((self.decision.answer,)), SERVER_IDENTIFIER: self.identifier}
        if self.decision.informs or self.local.is_proxy:
            for code in (RENEWAL_TIME, REBINDING_TIME):
                has.pop(code, None)
        else:
            head[LEASE_TIME] = definition.lease_time.to_bytes(8, "big")[4:]
        return {**head, **has}

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
        54 names this server, a NAK carries nothing that it must not (RFC 2131 table 3), and a reply to a BOOTP
        client nothing that DHCP alone has.
        """
        message = self.message
        if edits.only is None and not edits.removed and not edits.fields and _NO_MORE.isdisjoint(edits.options):
            octets = encode_with(edits.options, *self)
            if octets is not None:
                return octets
        options = self._options(edits)
        if self.decision.answer != BOOTP_REPLY and options.get(MESSAGE_TYPE) == bytes((NAK,)):
            return self._refusal(options, edits.removed)
        file, sname = boot_fields(self.definition)
        file, sname = edits.fields.get("file", file), edits.fields.get("sname", sname)
        if self.decision.answer == BOOTP_REPLY:
            names, area = (_fitted(sname, "sname"), _fitted(file, "file")), bootp_area(message, options)
        else:
            room = payload_limit(message.options.get(MAXIMUM_SIZE, b"")) - HEADER_SIZE - 4
            packed = pack(options, room, file_free=not any(file), sname_free=not any(sname))
            names = (packed.sname or _fitted(sname, "sname"), packed.file or _fitted(file, "file"))
            area = COOKIE + packed.area
        return b"".join((self._head(edits.fields), *names, area)).ljust(MINIMUM_PAYLOAD, b"\0")

    def _refusal(self, options: Mapping[int, bytes], removed: frozenset[int]) -> bytes:
        """What was made a NAK."""
        kept = {code: value for code, value in options.items() if code in IN_A_NAK}
        text = kept.pop(MESSAGE, _REFUSED)
        nak = nak_options(self.message, self.identifier, text)
        allowed = {code: value for code, value in nak.items() if code not in removed}
        return encode_nak(self.message, {**allowed, **kept})

    def _head(self, changed: Mapping[str, bytes]) -> bytes:
        """The header up to sname."""
        if changed:
            fields = {**self.fields(), **changed}
            return b"".join(_fitted(fields[name], name) for name in SIZES if name not in _NAMES)
        return head_of(self.message, self.decision, self.definition, self.local)

    def _in_order(self, lease_time: bytes) -> dict[int, bytes]:
        """What is sent without edits, in its order.

        :param lease_time: what a site's code has put in the place of the lease time; empty if nothing.
        """
        message, decision, definition, local, identifier, policy = self
        if lease_time or local.is_proxy:
            if len(lease_time) == 4:
                # T1 and T2 follow the lease.
                definition = replace(definition, lease_time=int.from_bytes(lease_time, "big"))
            return options_in_order(message, decision, definition, local, identifier, policy)
        key = ("in order", decision.outcome, identifier, self._wanted, policy.legacy_requested_options_only)
        kept: dict[int, bytes] | None = definition.blocks.get(key)
        if kept is None:
            # As in replies that nobody changes, a name stands in for each host's own.
            host = definition.for_host(ZERO_ADDRESS, "-")
            kept = shared_options(host, decision, self._wanted, identifier, policy, without_lease=False)
            definition.blocks.keep(key, kept)
        options = dict(kept)
        if HOSTNAME in options and HOSTNAME not in definition.options:
            if definition.hostname:
                options[HOSTNAME] = definition.hostname.encode()
            else:
                del options[HOSTNAME]
        return with_echoes(options, message, decision, definition)

    def _options(self, edits: Edits) -> dict[int, bytes]:
        """All options that are sent, in the order in which they are placed."""
        if self.decision.answer == BOOTP_REPLY:
            options = bootp_options(self.message, self.definition)
        else:
            options = self._in_order(edits.options.get(LEASE_TIME, b""))
        only = edits.only
        if only is not None:
            options = {code: value for code, value in options.items() if code in only}
        options.update(edits.options)
        if self.decision.answer == BOOTP_REPLY:
            options = {code: value for code, value in options.items() if code not in OF_DHCP_ALONE}
        for code in edits.removed - {MESSAGE_TYPE}:
            options.pop(code, None)
        if self.decision.answer != BOOTP_REPLY:
            options[SERVER_IDENTIFIER] = self.identifier
        return options


def _fitted(octets: bytes, name: str) -> bytes:
    """A field's octets in its length."""
    size = SIZES[name]
    return octets if len(octets) == size else octets[:size].ljust(size, b"\0")


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
