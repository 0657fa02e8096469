"""Kept packets in words: a line of each, which of them are wanted, and one in full."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ..events import Dropped, Exchange, Malformed
from ..wire.constants import MESSAGE_NAMES, ZERO_ADDRESS
from ..wire.describe import address, hardware, hexadecimal, kind, one_line, option, text
from ..wire.errors import WireError
from ..wire.message import Message, decode
from ..wire.registry import name_of
from .packets import Kept

TYPES: Final = ("DISCOVER", "REQUEST", "DECLINE", "RELEASE", "INFORM", "BOOTP", "LEASEQUERY", "malformed")
"""What may be asked for by type; "REQUEST" stands for all kinds of it."""
_MARKS: Final = str.maketrans("", "", ":-. ")
_WIDTH: Final = 16


class Wanted(NamedTuple):
    """Which packets: a part of a hardware address in any notation, the beginning of a type, an outcome or answer, an
    address of any role, and a text that occurs in request or reply; "" for all."""

    client: str = ""
    type: str = ""
    outcome: str = ""
    address: str = ""
    text: str = ""


def wanted_of(query: Any) -> Wanted:
    """What a question asks for."""
    return Wanted(*(query.first(name).strip() for name in Wanted._fields))


def fits(kept: Kept, wanted: Wanted) -> bool:
    """Whether a packet is wanted."""
    event = kept.event
    if wanted.client:
        client = b"" if isinstance(event, Malformed) else event.mac
        if wanted.client.translate(_MARKS).lower() not in client.hex():
            return False
    if wanted.type and not type_of(kept).lower().startswith(wanted.type.lower()):
        return False
    if wanted.outcome and wanted.outcome.lower() not in (outcome_of(kept).lower(), answer_of(kept).lower()):
        return False
    if wanted.address and wanted.address not in _addresses(kept):
        return False
    return not wanted.text or wanted.text.lower() in _whole(kept).lower()


def type_of(kept: Kept) -> str:
    """What came, such as DISCOVER or REQUEST:SELECTING."""
    match kept.event:
        case Exchange(method=method):
            return method
        case Dropped(message_type=number):
            return MESSAGE_NAMES.get(number, "BOOTP" if not number else str(number))
        case Malformed():
            return "malformed"
    return _read(kept.arrival.data, kind)


def outcome_of(kept: Kept) -> str:
    """What became of it, in a short stable word."""
    match kept.event:
        case Exchange(outcome=outcome):
            return outcome
        case Dropped(reason=reason) | Malformed(reason=reason):
            return reason
    return "failed"


def answer_of(kept: Kept) -> str:
    """The reply's name, "" for silence."""
    return kept.event.answer if isinstance(kept.event, Exchange) else ""


def row_of(kept: Kept, since: float) -> dict[str, Any]:
    """A packet as text and numbers; ``since`` is what its clock lags behind that of the day."""
    event, arrival = kept.event, kept.arrival
    exchange = event if isinstance(event, Exchange) else None
    to = exchange.to if exchange is not None else None
    giaddr = event.giaddr if isinstance(event, Exchange | Dropped) else ZERO_ADDRESS
    return {
        "number": kept.number,
        "at": arrival.now + since,
        "type": type_of(kept),
        "client": "" if isinstance(event, Malformed) else hardware(event.mac),
        "relay": address(giaddr) if any(giaddr) else "",
        "source": f"{address(arrival.address)}:{arrival.port}",
        "interface": arrival.local.interface,
        "answer": answer_of(kept),
        "outcome": outcome_of(kept),
        "detail": event.detail if isinstance(event, Dropped | Malformed) else "",
        "address": address(exchange.address) if exchange is not None and len(exchange.address) == 4 else "",
        "ms": round(exchange.elapsed * 1000, 3) if exchange is not None else None,
        "sent_to": address(to.ip) if to is not None else "",
        "octets": len(arrival.data),
        "reply_octets": len(kept.reply),
    }


def in_full(data: bytes) -> dict[str, Any]:
    """All fields and options of a message by name, and its octets; what is wrong with it if it is none."""
    shown: dict[str, Any] = {"problem": "", "fields": (), "options": (), "dump": list(_dump(data)), "size": len(data)}
    try:
        message = decode(data)
    except WireError as error:
        return {**shown, "problem": str(error)}
    options = [(code, name_of(code), option(code, value), value.hex(" ")) for code, value in message.options.items()]
    return {**shown, "kind": kind(message), "fields": list(_fields(message)), "options": options}


def _fields(message: Message) -> Iterator[tuple[str, str]]:
    yield "op", {1: "1 (request)", 2: "2 (reply)"}.get(message.op, str(message.op))
    for name in ("htype", "hlen", "hops"):
        yield name, str(getattr(message, name))
    yield "xid", hexadecimal(message.xid)
    yield "secs", str(message.secs)
    yield "flags", f"{message.flags:#06x}{' (broadcast)' if message.flags & 0x8000 else ''}"
    for name in ("ciaddr", "yiaddr", "siaddr", "giaddr"):
        yield name, address(getattr(message, name))
    yield "chaddr", hardware(message.hardware_address)
    for name in ("sname", "file"):
        value = getattr(message, name).rstrip(b"\0")
        yield name, text(value) if value else ""


def _dump(data: bytes) -> Iterator[str]:
    for place in range(0, len(data), _WIDTH):
        octets = data[place : place + _WIDTH]
        shown = "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in octets)
        yield f"{place:04x}  {octets[:8].hex(' '):23}  {octets[8:].hex(' '):23}  {shown}"


def _addresses(kept: Kept) -> set[str]:
    event, arrival = kept.event, kept.arrival
    found = {arrival.address}
    if isinstance(event, Exchange | Dropped):
        found.add(event.giaddr)
    if isinstance(event, Exchange):
        found.add(event.address)
        if event.to is not None:
            found.add(event.to.ip)
    return {address(one) for one in found}


def _whole(kept: Kept) -> str:
    """Everything of a packet that a text is looked for in."""
    row: Mapping[str, Any] = row_of(kept, 0.0)
    words = [str(row[name]) for name in ("type", "client", "relay", "source", "interface", "answer", "outcome")]
    words += [str(row["detail"]), str(row["address"]), _read(kept.arrival.data, one_line), _read(kept.reply, one_line)]
    return " ".join(words)


def _read(data: bytes, shown: Any) -> str:
    try:
        return str(shown(decode(data))) if data else ""
    except WireError:
        return ""
