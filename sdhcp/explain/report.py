"""An explanation as JSON can hold it, and as lines of text."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..events import (
    Ambiguous,
    Blocked,
    Dropped,
    Exchange,
    HandlingFailed,
    LeaseChanged,
    Malformed,
    OffLink,
    PoolExhausted,
    SourceFailed,
)
from ..scripting.steps import Step, told
from ..wire.constants import FLAG_BROADCAST, ZERO_ADDRESS
from ..wire.describe import address, hardware, in_full, kind
from ..wire.message import Message
from .explainer import Explained
from .notes import Note
from .origins import Origin, Origins

_OUTCOMES: Final = {
    "offered": "this is the client's address here, held until it takes it",
    "rapid-commit": "the client asks for its address at once, and ENABLE_RAPIDCOMMIT grants that (RFC 4039)",
    "acknowledged": "the address that the client asks for, or has, is its own",
    "informed": "the client asks for settings alone (RFC 2131 section 4.3.5)",
    "bootp": "the client asks by BOOTP, and has an address",
    "nak-unknown": "nobody has an address for the client here",
    "nak-wrong-address": "the address that it asks for, or has, is not the client's",
    "nak-wrong-network": "the client's address does not belong on the link where it is",
    "nak-renewals": "NAK_RENEWALS is on",
    "scripted": "a hook has made it another answer",
    "released": "a RELEASE has no reply",
    "declined": "a DECLINE has no reply",
    "not-holder": "the client does not hold the address that it gives back",
    "incomplete": "option 50 or 54 is missing in it",
    "unclear-request": "it is in none of the states that a REQUEST may be in (RFC 2131 section 4.3.2)",
    "off-link": "the client's address does not belong on the link where it is",
    "ciaddr": "the address that it speaks from (ciaddr) cannot be its own",
    "leasequery": "lease queries are not answered",
    "unknown-client": "nobody has an address for the client here",
    "source-unavailable": "the source, or the store of leases, cannot tell now",
    "no-destination": "there is no address that a reply could go to",
    "filtered": "a hook leaves the packet alone",
    "withheld": "a hook keeps the reply back",
    "hook-failed": "a hook raised something, and such a packet gets no reply",
}


def report_of(explained: Explained) -> Mapping[str, Any]:
    """The whole explanation: ``request``, ``chain``, ``outcome``, ``answer``, ``hooks`` and ``reply``."""
    steps = [note.call.step() for note in explained.notes if note.call is not None]
    end = explained.end
    definition = end.definition if isinstance(end, Exchange) else None
    outcome, detail = _ended(explained)
    report: dict[str, Any] = {
        "request": None if explained.message is None else _message(explained.message),
        "interface": explained.local.interface,
        "server": address(explained.local.server_id),
        "outcome": outcome,
        "detail": detail,
        "answer": end.answer if isinstance(end, Exchange) else "",
        "hooks": [_hook(step, explained.places.get(step.hook, "")) for step in steps],
        "reply": None,
    }
    chain = list(_chain(explained))
    if explained.octets is not None and explained.destination is not None:
        origins = Origins(explained, definition, outcome, steps)
        to = explained.destination
        why = _why_there(explained)
        frame = None if to.hardware is None else hardware(to.hardware)
        report["reply"] = {
            "message": _message(origins.reply),
            "octets": explained.octets.hex(),
            "options": [_origin(one) for one in origins.sent()],
            "withheld": [_origin(one) for one in origins.withheld()],
            "destination": {"ip": address(to.ip), "port": to.port, "hardware": frame, "why": why},
        }
        if origins.giver:
            given = f"{address(origins.reply.yiaddr)} " if origins.reply.yiaddr != ZERO_ADDRESS else "settings "
            chain.append(Note("settings", f"{given}by {origins.giver}"))
        by = f", in a frame to {frame}" if frame else ""
        chain.append(Note("destination", f"{address(to.ip)} port {to.port}{by}: {why}"))
    report["chain"] = [{"step": note.step, "text": note.text, "more": list(note.more)} for note in chain]
    return report


def lines_of(report: Mapping[str, Any]) -> Iterator[str]:
    """The same as text."""
    for note in report["chain"]:
        yield f"{note['step']}: {note['text']}"
        yield from (f"  {line}" for line in note["more"])
    reply = report["reply"]
    if reply is None:
        yield "no reply"
        return
    message = reply["message"]
    yield f"reply: {message['kind']}, yiaddr {message['yiaddr']}, siaddr {message['siaddr']}"
    for one in reply["options"]:
        yield f"  {one['name']} ({one['code']}) = {one['value']}: {one['why']}"
    for one in reply["withheld"]:
        yield f"  not sent: {one['name']} ({one['code']}){' = ' + one['value'] if one['value'] else ''}: {one['why']}"
    yield f"octets: {reply['octets']}"


def _chain(explained: Explained) -> Iterator[Note]:
    message, end, local = explained.message, explained.end, explained.local
    came = f"from {address(explained.arrival.address)} port {explained.arrival.port}"
    if message is None:
        yield Note("request", f"{came}: no DHCP message: {getattr(end, 'detail', '')}")
        return
    way = "to all" if local.hears_broadcasts else "to the server"
    what = end.method if isinstance(end, Exchange) else kind(message)
    lines = tuple(line.strip() for line in in_full(message).splitlines()[1:])
    yield Note("request", f"{what} {came}, {way}, on {local.interface}", lines)
    if isinstance(end, Dropped) and end.reason != "blocked":
        yield Note("guards", f"refused: {end.reason}{f', {end.detail}' if end.detail else ''}")
        return
    yield Note("guards", "nothing speaks against it")
    policy = explained.policy
    if isinstance(end, Dropped):
        yield Note("abuse", f"the client is not heard for a while: {end.detail}")
        return
    counted = f"; it has {explained.level:.1f} of {policy.suspend_threshold} packets to its account"
    heard = "the client is blocked, but such a packet is heard" if explained.block else "the client is not blocked"
    yield Note("abuse", f"{heard}{counted if policy.suspend else ''}")
    if explained.link:
        yield Note("link", explained.link)
    for note in explained.notes:
        if note.call is None:
            yield note
        else:
            step = note.call.step()
            yield Note("hook", _called(step, explained.places.get(step.hook, "")), tuple(map(str, step.changes)))
    for event in explained.events:
        if isinstance(event, LeaseChanged):
            yield Note("lease", f"would be {event.what}: {address(event.lease.address)} of {event.lease.pool}")
        elif isinstance(event, PoolExhausted):
            yield Note("pools", f"no address is left in {', '.join(event.pools)}")
        elif isinstance(event, OffLink):
            then = "so that it is not given" if event.withheld else "and is given all the same, since LINK_CHECK is off"
            yield Note("link", f"{address(event.address)} does not belong there, {then}")
        elif isinstance(event, Ambiguous):
            yield Note("link", f"{len(event.addresses)} reservations belong there; the first counts")
        elif isinstance(event, Blocked):
            yield Note("abuse", f"the client would not be heard for {event.seconds} s: {event.reason}")
        elif isinstance(event, SourceFailed):
            yield Note("source", f"{event.source}: {event.problem}")
    outcome, detail = _ended(explained)
    yield Note("decision", f"{outcome}{f': {detail}' if detail else ''}")


def _ended(explained: Explained) -> tuple[str, str]:
    end = explained.end
    if isinstance(end, Exchange):
        answer = f"{end.answer} is sent" if end.answer else "silence"
        why = _OUTCOMES.get(end.outcome, "")
        return end.outcome, f"{answer}, since {why}" if why else answer
    if isinstance(end, HandlingFailed):
        return "fault", end.problem
    assert isinstance(end, Dropped | Malformed)  # noqa: S101  there is no other
    return end.reason, end.detail


def _called(step: Step, place: str) -> str:
    where = f" ({place})" if place else ""
    if step.raised:
        at = f", at {step.where}" if step.where else ""
        return f"{step.hook}{where} raised {step.raised}{at}"
    gave = told(step.returned) if step.answered else "no answer"
    return f"{step.hook}{where}, told {step.method}, gave {gave}"


def _hook(step: Step, place: str) -> dict[str, Any]:
    return {
        "hook": step.hook,
        "place": place,
        "method": step.method,
        "returned": told(step.returned) if step.answered and not step.raised else None,
        "raised": step.raised or None,
        "where": step.where or None,
        "changes": [str(change) for change in step.changes],
        "seconds": round(step.seconds, 6),
    }


def _origin(one: Origin) -> dict[str, Any]:
    return one._asdict()


def _message(message: Message) -> dict[str, Any]:
    return {
        "kind": kind(message),
        "mac": hardware(message.hardware_address),
        "xid": message.xid.hex(),
        "broadcast": bool(message.flags & FLAG_BROADCAST),
        **{name: address(getattr(message, name)) for name in ("ciaddr", "yiaddr", "siaddr", "giaddr")},
        "sname": message.sname.rstrip(b"\0").decode("ascii", "backslashreplace"),
        "file": message.file.rstrip(b"\0").decode("ascii", "backslashreplace"),
    }


def _why_there(explained: Explained) -> str:
    """Why a reply goes where it goes (RFC 2131 section 4.1)."""
    message, to, local = explained.message, explained.destination, explained.local
    assert message is not None and to is not None  # noqa: S101  there is a reply
    if to.ip == message.giaddr != ZERO_ADDRESS:
        return "the relay agent's address (giaddr)"
    if to.ip == message.ciaddr != ZERO_ADDRESS:
        return "the client's own address (ciaddr)"
    if to.ip == explained.arrival.address != ZERO_ADDRESS:
        return "where the packet came from"
    if to.ip == b"\xff" * 4:
        if message.flags & FLAG_BROADCAST:
            return "to all, since the client asks for that (broadcast flag)"
        if isinstance(explained.end, Exchange) and explained.end.answer == "NAK":
            return "to all, as a NAK has to be"
        return "to all, since the client has no address yet" + (
            "" if local.link_layer else ", and the server sends no frames of its own"
        )
    if to.hardware is not None:
        return "the address that is given, in a frame to the client, which has none yet"
    return "a hook has said so"
