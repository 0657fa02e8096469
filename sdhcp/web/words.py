"""What became of packets, in words for people."""

from typing import Any, Final

from ..events import (
    Ambiguous,
    Blocked,
    Declined,
    Dropped,
    Event,
    Exchange,
    HandlingFailed,
    HookFailed,
    LeaseChanged,
    OffLink,
    PoolExhausted,
    SourceFailed,
)
from ..wire.constants import MESSAGE_NAMES
from ..wire.describe import address

_OUTCOMES: Final = {
    "offered": "was offered an address",
    "rapid-commit": "got an address at once (rapid commit)",
    "acknowledged": "got its address, or may keep it",
    "informed": "got settings, and no address, as it asked",
    "bootp": "got an address by BOOTP",
    "released": "gave its address back",
    "declined": "found that somebody else uses the address",
    "nak-unknown": "was refused: nobody knows it, and the server is authoritative",
    "nak-wrong-address": "was refused: it asked for another address than its own",
    "nak-wrong-network": "was refused: its address does not belong where it is",
    "nak-renewals": "was refused: NAK_RENEWALS makes it ask anew",
    "unknown-client": "got no answer: nobody knows it",
    "off-link": "got no answer: its address does not belong where it is",
    "unclear-request": "got no answer: its REQUEST fits no state of a client",
    "incomplete": "got no answer: its message lacks something",
    "not-holder": "got no answer: the address is not its own",
    "ciaddr": "got no answer: its own address stands where none may",
    "leasequery": "got no answer: questions for leases are not answered",
    "source-unavailable": "got no answer: who knows it could not be asked",
    "no-destination": "got no answer: there is no way to it",
    "filtered": "got no answer: the site's code leaves it alone",
    "withheld": "got no answer: the site's code kept the reply back",
    "hook-failed": "got no answer: the site's code failed",
}
_REFUSED: Final = {
    "blocked": "was not heard",
    "other-server": "chose another server",
    "pending": "was not heard: an earlier packet is not answered yet",
    "lookup-pending": "was not heard: it is being looked up already",
    "too-many-lookups": "was not heard: too many clients are being looked up",
    "too-many-pending": "was not heard: too many clients wait for an answer",
}
_LEASES: Final = {
    "bound": "was lent the address",
    "renewed": "was lent the address anew",
    "released": "the lease was given back, or ended",
    "declined": "the address was declined",
    "quarantined": "the address is lent to nobody for a while",
    "cleared": "what was known of the address was forgotten",
}


def outcome_in_words(outcome: str) -> str:
    """What became of an admitted packet; the word itself where there are no others for it."""
    return _OUTCOMES.get(outcome, outcome)


def lease_in_words(what: str) -> str:
    """What became of a lease."""
    return _LEASES.get(what, what)


def line_of(event: Event, since: float) -> dict[str, Any]:
    """One event of a client as text and numbers; ``since`` is what its clock lags behind that of the day.

    ``at`` is seconds since the epoch, ``latency`` milliseconds, or None where nothing was answered.
    """
    line = {"at": event.now + since, "kind": "", "answer": "", "outcome": "", "words": "", "address": "", "relay": "",
            "interface": "", "latency": None}  # fmt: skip
    return {**line, **_parts(event)}


def _parts(event: Event) -> dict[str, Any]:
    match event:
        case Exchange():
            return {
                "kind": event.method,
                "answer": event.answer,
                "outcome": event.outcome,
                "words": outcome_in_words(event.outcome),
                "address": address(event.address) if len(event.address) == 4 and any(event.address) else "",
                "relay": _relay(event.giaddr),
                "interface": event.arrival.local.interface,
                "latency": round(event.elapsed * 1000, 3),
            }
        case Dropped():
            words = _REFUSED.get(event.reason, f"was refused: {event.reason}")
            return {
                "kind": MESSAGE_NAMES.get(event.message_type, "packet"),
                "outcome": event.reason,
                "words": f"{words} ({event.detail})" if event.detail else words,
                "relay": _relay(event.giaddr),
                "interface": event.arrival.local.interface,
            }
        case Blocked():
            words = f"is not heard for {event.seconds} s: {event.reason}"
            return {"kind": "blocked", "outcome": event.reason, "words": words}
        case LeaseChanged():
            lease = event.lease
            words = lease_in_words(event.what) + (f": {lease.evidence}" if lease.evidence else "")
            return {"kind": "lease", "outcome": event.what, "words": words, "address": address(lease.address)}
        case OffLink():
            done = "withheld" if event.withheld else "given all the same, since LINK_CHECK is off"
            words = f"its address does not belong on the link of {address(event.link)}, where it is: {done}"
            return {"kind": "off link", "outcome": "off-link", "words": words, "address": address(event.address)}
        case Ambiguous():
            several = ", ".join(map(address, event.addresses))
            words = f"several reservations fit the link of {address(event.link)}: {several}; the first counts"
            return {"kind": "ambiguous", "outcome": "ambiguous", "words": words}
        case Declined():
            words = f"another host uses the address that it has in {event.subnet}, {event.serial}"
            return {"kind": "conflict", "outcome": "declined", "words": words, "address": address(event.address)}
        case PoolExhausted():
            words = f"there is no address left in {', '.join(event.pools)}"
            return {"kind": "pool", "outcome": "pool-exhausted", "words": words}
        case SourceFailed():
            return {"kind": "source", "outcome": "source-failed", "words": f"{event.source}: {event.problem}"}
        case HookFailed():
            return {"kind": "site's code", "outcome": "hook-failed", "words": f"{event.hook}: {event.problem}"}
        case HandlingFailed():
            return {"kind": "fault", "outcome": "handling-failed", "words": event.problem}
    return {"kind": type(event).__name__}


def _relay(giaddr: bytes) -> str:
    return address(giaddr) if any(giaddr) else ""
