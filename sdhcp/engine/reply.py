"""Replies as bytes (RFC 2131 table 3, RFC 3046, RFC 3396, RFC 6842).

Most of a reply is the same for all hosts of a subnet that ask for the same options. It is encoded once and
kept with their settings, so that a client costs little more than a header, though it asks for the first time.
"""

from collections.abc import Iterable, Mapping, Sequence
from struct import Struct
from typing import Final, NamedTuple

from ..model import BOOTP_REPLY, NOT_CONFIGURED, Decision, Definition, Local
from ..wire.constants import (
    BOOTFILE_NAME,
    BOOTREPLY,
    BROADCAST,
    CLIENT_FQDN,
    CLIENT_IDENTIFIER,
    CLIENT_MACHINE,
    COOKIE,
    DOMAIN_NAME,
    DOMAIN_NAME_SERVERS,
    END,
    FLAG_BROADCAST,
    HEADER_SIZE,
    HOSTNAME,
    IP_UDP_OVERHEAD,
    LEASE_TIME,
    MAXIMUM_SIZE,
    MESSAGE,
    MESSAGE_TYPE,
    MINIMUM_MAXIMUM_SIZE,
    MINIMUM_PAYLOAD,
    NAK,
    NTP_SERVERS,
    OFFER,
    PARAMETER_REQUEST_LIST,
    RAPID_COMMIT,
    REBINDING_TIME,
    RELAY_AGENT,
    RENEWAL_TIME,
    ROUTER,
    SERVER_IDENTIFIER,
    SUBNET_MASK,
    SUBNET_SELECTION,
    TFTP_SERVER_NAME,
    V6ONLY_WAIT,
    VENDOR_CLASS,
    ZERO_ADDRESS,
)
from ..wire.fqdn import answer_fqdn
from ..wire.message import Message
from ..wire.packing import pack, write_option
from .policy import Policy

HEAD: Final = Struct("!4B4sHH4s4s4s4s16s")
"""The header up to sname."""
_LONGEST_DATAGRAM: Final = 1500
"""No reply is larger than what an Ethernet carries in one piece, whatever a client would accept."""
_BOOTP_OPTIONS: Final = 60
OF_DHCP_ALONE: Final = frozenset(range(50, 60))
"""Options that say something to a DHCP client only, from the address that it asks for to T2 (RFC 2132 section 9)."""
_SHORTEST_TAIL: Final = MINIMUM_PAYLOAD - HEAD.size
_SURE_TO_FIT: Final = MINIMUM_MAXIMUM_SIZE - IP_UDP_OVERHEAD - HEAD.size
"""Octets from sname on that every client accepts (RFC 2131 section 2)."""
_LONGEST_LIST: Final = 64
"""Octets of a parameter request list for which something is kept; no client asks for more."""
_INFINITE: Final = 0xFFFFFFFF
_FILE_TEXT: Final = 127
_SNAME_TEXT: Final = 63

_ECHOES: Final = frozenset(
    (CLIENT_IDENTIFIER, SUBNET_SELECTION, CLIENT_MACHINE, CLIENT_FQDN, RELAY_AGENT, RAPID_COMMIT)
)
_ECHOED: Final = (CLIENT_IDENTIFIER, SUBNET_SELECTION, CLIENT_MACHINE)
_SELDOM: Final = frozenset((SUBNET_SELECTION, CLIENT_MACHINE, CLIENT_FQDN))
_FIRST: Final = (MESSAGE_TYPE, SERVER_IDENTIFIER, LEASE_TIME)
_END: Final = bytes((END,))
_ALWAYS: Final = (SUBNET_MASK, ROUTER, DOMAIN_NAME_SERVERS, DOMAIN_NAME)
"""Sent even if a parameter request list leaves them out, as clients expect from staticDHCPd."""


_SAYS: Final = {
    "nak-unknown": b"no reservation for this client",
    "nak-wrong-address": b"another address is reserved for this client",
    "nak-wrong-network": b"this client's address does not belong on this network",
    "nak-renewals": b"renewals are not granted",
}


def encode(
    message: Message,
    decision: Decision,
    definition: Definition | None,
    local: Local,
    identifier: bytes,
    policy: Policy,
) -> bytes:
    """The reply that a decision asks for, as the payload of a UDP datagram.

    :param identifier: option 54, from :func:`sdhcp.engine.guards.server_identifier`.

    Never larger than the client accepts (option 57, at least 576 octets of IP datagram), never
    smaller than 300 octets (RFC 1542 section 2.1).
    """
    if decision.answer == NAK or definition is None:
        return _encode_nak(message, decision, identifier)
    tail = None
    if decision.answer != BOOTP_REPLY and not local.is_proxy:
        tail = _tail_from_block(message, decision, definition, identifier, policy)
    if tail is None:
        tail = _encode_tail(message, decision, definition, local, identifier, policy)
    return head_of(message, decision, definition, local) + tail


def encode_with(
    more: Mapping[int, bytes],
    message: Message,
    decision: Decision,
    definition: Definition,
    local: Local,
    identifier: bytes,
    policy: Policy,
) -> bytes | None:
    """The same with further options behind the others; None if one of them is there already, or room is short."""
    if decision.answer == BOOTP_REPLY or local.is_proxy or not _ECHOES.isdisjoint(more):
        return None
    tail = _tail_from_block(message, decision, definition, identifier, policy, more)
    return None if tail is None else head_of(message, decision, definition, local) + tail


def head_of(message: Message, decision: Decision, definition: Definition, local: Local) -> bytes:
    """The header of a positive reply, up to sname."""
    flags, ciaddr, yiaddr = given_in_header(message, decision, definition, local)
    return HEAD.pack(
        BOOTREPLY,
        message.htype,
        message.hlen,
        0,
        message.xid,
        0,
        flags,
        ciaddr,
        yiaddr,
        definition.next_server,
        message.giaddr,
        message.chaddr,
    )


def given_in_header(
    message: Message, decision: Decision, definition: Definition, local: Local
) -> tuple[int, bytes, bytes]:
    """Flags, ciaddr and yiaddr of a positive reply (RFC 2131 table 3)."""
    flags, ciaddr, yiaddr = message.flags, ZERO_ADDRESS, definition.ip
    if decision.informs:
        ciaddr, yiaddr = message.ciaddr, ZERO_ADDRESS
        if ciaddr == ZERO_ADDRESS and message.giaddr != ZERO_ADDRESS:
            flags |= FLAG_BROADCAST
    elif decision.answer != OFFER and not decision.rapid:
        ciaddr = message.ciaddr
    if local.is_proxy:
        yiaddr = ZERO_ADDRESS
    return flags, ciaddr, yiaddr


class Block(NamedTuple):
    """What a positive reply holds whoever the client is, for one parameter request list.

    ``start`` are the octets from sname to the server's own options, which what is echoed follows;
    ``before`` and ``after`` are the configured options around the host's name; ``named`` tells
    whether the name is among them, ``codes`` which options are in all of these.
    """

    start: bytes
    before: bytes
    after: bytes
    named: bool
    codes: frozenset[int]


def _tail_from_block(
    message: Message,
    decision: Decision,
    definition: Definition,
    identifier: bytes,
    policy: Policy,
    more: Mapping[int, bytes] | None = None,
) -> bytes | None:
    """The reply from sname on, put together from what is kept; None if it must be made to fit.

    :param more: options behind the others; None too if one of them is among these.
    """
    options = message.options
    wanted = options.get(PARAMETER_REQUEST_LIST)
    key = (decision.outcome, identifier, wanted, policy.legacy_requested_options_only)
    block: Block | None = definition.blocks.get(key)
    if block is None:
        if wanted is not None and len(wanted) > _LONGEST_LIST:
            return None
        block = _make_block(decision, definition, wanted, identifier, policy)
        definition.blocks.keep(key, block)
    start, middle, after, named, codes = block
    if named and definition.hostname:
        middle += write_option(HOSTNAME, definition.hostname.encode())
    client = options.get(CLIENT_IDENTIFIER)
    # Few clients send any of the others, and what most send must cost no more than that.
    if decision.rapid or not _SELDOM.isdisjoint(options):
        echoed = b"".join(write_option(code, value) for code, value in _echoes(message, decision, definition))
    elif client:
        echoed = write_option(CLIENT_IDENTIFIER, client)
    else:
        echoed = b""
    relay_agent = options.get(RELAY_AGENT)
    last = _END if relay_agent is None else write_option(RELAY_AGENT, relay_agent) + _END
    if more is not None:
        if not codes.isdisjoint(more):
            return None
        after += b"".join([write_option(code, value) for code, value in more.items()])
    tail = b"".join((start, echoed, middle, after, last))
    size = len(tail)
    if size > _SURE_TO_FIT and size + HEAD.size > payload_limit(options.get(MAXIMUM_SIZE, b"")):
        return None
    return tail if size >= _SHORTEST_TAIL else tail.ljust(_SHORTEST_TAIL, b"\0")


def _make_block(
    decision: Decision, definition: Definition, wanted: bytes | None, identifier: bytes, policy: Policy
) -> Block:
    # A name stands in for each host's own: whether and where it is sent is the same for all.
    options = shared_options(
        definition.for_host(ZERO_ADDRESS, "-"), decision, wanted, identifier, policy, without_lease=False
    )
    codes = list(options)
    head = [code for code in _FIRST if code in options]
    rest = [code for code in codes if code not in head]
    named = HOSTNAME in rest and HOSTNAME not in definition.options
    cut = rest.index(HOSTNAME) if named else len(rest)
    file, sname = boot_fields(definition)

    def written(some: Sequence[int]) -> bytes:
        return b"".join([write_option(code, options[code]) for code in some])

    return Block(
        b"".join((sname.ljust(64, b"\0"), file.ljust(128, b"\0"), COOKIE, written(head))),
        written(rest[:cut]),
        written(rest[cut + 1 :]),
        named,
        frozenset(options),
    )


def payload_limit(option: bytes) -> int:
    """The client's limit as octets of UDP payload (RFC 2132 section 9.10: at least 576 of datagram)."""
    size = int.from_bytes(option, "big") if len(option) == 2 else 0
    return min(max(size, MINIMUM_MAXIMUM_SIZE), _LONGEST_DATAGRAM) - IP_UDP_OVERHEAD


def _encode_tail(
    message: Message,
    decision: Decision,
    definition: Definition,
    local: Local,
    identifier: bytes,
    policy: Policy,
) -> bytes:
    """The reply from sname on. It depends on the options of the request, not on the rest of it."""
    file, sname = boot_fields(definition)
    if decision.answer == BOOTP_REPLY:
        area = bootp_area(message, bootp_options(message, definition))
        return b"".join((sname.ljust(64, b"\0"), file.ljust(128, b"\0"), area)).ljust(_SHORTEST_TAIL, b"\0")
    options = options_in_order(message, decision, definition, local, identifier, policy)
    room = payload_limit(message.options.get(MAXIMUM_SIZE, b"")) - HEADER_SIZE - 4
    packed = pack(options, room, file_free=not file, sname_free=not sname)
    return b"".join(
        (packed.sname or sname.ljust(64, b"\0"), packed.file or file.ljust(128, b"\0"), COOKIE, packed.area)
    ).ljust(_SHORTEST_TAIL, b"\0")


def options_in_order(
    message: Message,
    decision: Decision,
    definition: Definition,
    local: Local,
    identifier: bytes,
    policy: Policy,
) -> dict[int, bytes]:
    """All options of a positive reply, by code, in the order in which they are placed."""
    wanted = message.options.get(PARAMETER_REQUEST_LIST)
    # The ProxyDHCP port tells what to load and leaves the address to the DHCP port (PXE 2.1, section 2.2.3).
    options = shared_options(definition, decision, wanted, identifier, policy, without_lease=local.is_proxy)
    if local.is_proxy and message.options.get(VENDOR_CLASS, b"").startswith(b"PXEClient"):
        options.setdefault(VENDOR_CLASS, b"PXEClient")
    return with_echoes(options, message, decision, definition)


def with_echoes(
    options: dict[int, bytes], message: Message, decision: Decision, definition: Definition
) -> dict[int, bytes]:
    """The options of a reply with what goes back as it came: ahead of what is configured, since an echo that is a
    duty is not what may be left out."""
    echoes = dict(_echoes(message, decision, definition))
    if RELAY_AGENT in message.options:
        echoes[RELAY_AGENT] = message.options[RELAY_AGENT]
    head: dict[int, bytes] = {code: options.pop(code) for code in _FIRST if code in options}
    return {**head, **echoes, **options}


def shared_options(
    definition: Definition,
    decision: Decision,
    wanted: bytes | None,
    identifier: bytes,
    policy: Policy,
    without_lease: bool,
) -> dict[int, bytes]:
    """All options of a positive reply in their order, but for what is echoed."""
    # INFORM is answered with an ACK (RFC 2131 section 4.3.5).
    options = {MESSAGE_TYPE: bytes((decision.answer,)), SERVER_IDENTIFIER: identifier}
    without_lease = without_lease or decision.informs
    if not without_lease:
        options[LEASE_TIME] = _seconds(definition.lease_time)
    options.update(_configured(definition, wanted, without_lease, policy))
    return options


def _configured(definition: Definition, wanted: bytes | None, without_lease: bool, policy: Policy) -> dict[int, bytes]:
    """What the definition has for the client, in the order of its parameter request list.

    The subnet mask stands before the routers whatever the list says (RFC 2132 section 3.3).
    """
    has = values(definition, wanted)
    if without_lease:
        for code in (LEASE_TIME, RENEWAL_TIME, REBINDING_TIME):
            has.pop(code, None)
    if not wanted:
        return has
    codes: list[int] = []
    for code in wanted:
        if code == ROUTER:
            codes.append(SUBNET_MASK)
        codes.append(code)
    codes += _ALWAYS
    if not policy.legacy_requested_options_only:
        codes += sorted(definition.forced)
    if definition.renewal_time is not None or definition.rebinding_time is not None:
        codes += (RENEWAL_TIME, REBINDING_TIME)
    codes += [code for code in (TFTP_SERVER_NAME, BOOTFILE_NAME) if code in _too_long_for_fields(definition)]
    return {code: has[code] for code in dict.fromkeys(codes) if code in has}


def values(definition: Definition, wanted: bytes | None) -> dict[int, bytes]:
    """Every option that the definition can fill, in the order for a client that asks for nothing."""
    has: dict[int, bytes] = {}
    if definition.subnet_mask:
        has[SUBNET_MASK] = definition.subnet_mask
    if definition.gateways:
        has[ROUTER] = b"".join(definition.gateways)
    if definition.domain_name_servers:
        has[DOMAIN_NAME_SERVERS] = b"".join(definition.domain_name_servers)
    if definition.hostname:
        has[HOSTNAME] = definition.hostname.encode()
    if definition.domain_name:
        has[DOMAIN_NAME] = definition.domain_name.encode()
    if definition.broadcast_address:
        has[BROADCAST] = definition.broadcast_address
    if definition.ntp_servers:
        has[NTP_SERVERS] = b"".join(definition.ntp_servers)
    has.update(_timers(definition, wanted or b""))
    boot = _too_long_for_fields(definition)
    if wanted and TFTP_SERVER_NAME in wanted and definition.server_name:
        boot[TFTP_SERVER_NAME] = definition.server_name
    if wanted and BOOTFILE_NAME in wanted and definition.boot_file:
        boot[BOOTFILE_NAME] = definition.boot_file
    has.update(boot)
    for code, value in definition.options.items():
        if code not in NOT_CONFIGURED:
            has[code] = value
    if V6ONLY_WAIT not in (wanted or b""):
        has.pop(V6ONLY_WAIT, None)
    return has


def _timers(definition: Definition, wanted: bytes) -> dict[int, bytes]:
    """T1 and T2: what is configured, else half and seven eighths of the lease if asked for.

    One that is not configured is fitted to one that is; a pair that cannot stand in its order, below the
    lease, is left out (RFC 2131 section 4.4.5).
    """
    lease, first, second = definition.lease_time, definition.renewal_time, definition.rebinding_time
    endless = lease >= _INFINITE
    if second is None:
        second = lease * 7 // 8
        if first is not None and first >= second:
            second = (first + lease) // 2
    if first is None:
        first = lease // 2 if definition.rebinding_time is None else min(lease // 2, second * 4 // 7)
    if not 0 < first < second < lease:
        return {}
    # A client that is told one of them takes half or seven eighths of its lease for the other: where that
    # would stand on the wrong side, it is told both.
    both = (definition.renewal_time or 0) >= lease * 7 // 8 or (definition.rebinding_time or lease) <= lease // 2
    times = {}
    if both or definition.renewal_time is not None or (RENEWAL_TIME in wanted and not endless):
        times[RENEWAL_TIME] = _seconds(first)
    if both or definition.rebinding_time is not None or (REBINDING_TIME in wanted and not endless):
        times[REBINDING_TIME] = _seconds(second)
    return times


def _seconds(value: int) -> bytes:
    return min(value, _INFINITE).to_bytes(4, "big")


def boot_fields(definition: Definition) -> tuple[bytes, bytes]:
    """The texts of the fields file and sname, each empty where it does not fit."""
    file = definition.boot_file if len(definition.boot_file) <= _FILE_TEXT else b""
    return file, definition.server_name[:_SNAME_TEXT]


def _too_long_for_fields(definition: Definition) -> dict[int, bytes]:
    """Boot server and file as options 66 and 67 where the header's fields cannot hold them."""
    boot = {}
    if len(definition.server_name) > _SNAME_TEXT:
        boot[TFTP_SERVER_NAME] = definition.server_name
    if len(definition.boot_file) > _FILE_TEXT:
        boot[BOOTFILE_NAME] = definition.boot_file
    return boot


def _echoes(message: Message, decision: Decision, definition: Definition) -> Iterable[tuple[int, bytes]]:
    """What goes back as it came, but for option 82 (RFC 3011, RFC 4578, RFC 6842, RFC 4702)."""
    options = message.options
    for code in _ECHOED:
        value = options.get(code)
        if value:
            yield code, value
    fqdn = options.get(CLIENT_FQDN)
    if fqdn is not None:
        answer = answer_fqdn(fqdn, definition.hostname, definition.domain_name)
        if answer is not None:
            yield CLIENT_FQDN, answer
    if decision.rapid:
        yield RAPID_COMMIT, b""


def _encode_nak(message: Message, decision: Decision, identifier: bytes) -> bytes:
    options = nak_options(message, identifier, _SAYS.get(decision.outcome, b"address not granted"))
    return encode_nak(message, options)


def nak_options(message: Message, identifier: bytes, text: bytes) -> dict[int, bytes]:
    """What a NAK carries: 53, 54, 56 and the echoes alone (RFC 2131 table 3)."""
    options = {
        MESSAGE_TYPE: bytes((NAK,)),
        SERVER_IDENTIFIER: identifier,
    }
    # Ahead of the text: what must be echoed is not what may be left out (RFC 6842).
    for code in (CLIENT_IDENTIFIER, SUBNET_SELECTION, RELAY_AGENT):
        value = message.options.get(code)
        if value or (value is not None and code == RELAY_AGENT):
            options[code] = value
    options[MESSAGE] = text
    return options


def encode_nak(message: Message, options: Mapping[int, bytes]) -> bytes:
    """A NAK as the payload of a UDP datagram; through a relay it sets the broadcast flag."""
    room = payload_limit(message.options.get(MAXIMUM_SIZE, b"")) - HEADER_SIZE - 4
    packed = pack(options, room)
    flags = message.flags | FLAG_BROADCAST if message.giaddr != ZERO_ADDRESS else message.flags
    head = HEAD.pack(
        BOOTREPLY,
        message.htype,
        message.hlen,
        0,
        message.xid,
        0,
        flags,
        ZERO_ADDRESS,
        ZERO_ADDRESS,
        ZERO_ADDRESS,
        message.giaddr,
        message.chaddr,
    )
    names = (packed.sname or bytes(64), packed.file or bytes(128))
    return b"".join((head, *names, COOKIE, packed.area)).ljust(MINIMUM_PAYLOAD, b"\0")


def bootp_options(message: Message, definition: Definition) -> dict[int, bytes]:
    """All options of a reply to a BOOTP client, by code, but for those that DHCP alone has."""
    has = {code: value for code, value in values(definition, None).items() if code not in OF_DHCP_ALONE}
    if RELAY_AGENT in message.options:
        has[RELAY_AGENT] = message.options[RELAY_AGENT]
    return has


def bootp_area(message: Message, options: Mapping[int, bytes]) -> bytes:
    """A vendor area of 64 octets; none for a client that sent none (RFC 1534)."""
    if not message.is_dhcp:
        return b""
    # A relay agent that added option 82 has room for it beyond what the client sent (RFC 3046 section 2.2).
    relay_agent = message.options.get(RELAY_AGENT)
    room = _BOOTP_OPTIONS + (0 if relay_agent is None else len(write_option(RELAY_AGENT, relay_agent)))
    if MAXIMUM_SIZE in message.options:
        room = payload_limit(message.options[MAXIMUM_SIZE]) - HEADER_SIZE - 4
    return COOKIE + pack(options, room, file_free=False, sname_free=False).area
