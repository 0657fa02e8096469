"""Clients as lines of a table: what is known of each, and what was last heard of it."""

from typing import Any, Final, NamedTuple

from ..events import Exchange
from ..model import Definition, Lease
from ..wire.constants import CIRCUIT_ID, REMOTE_ID
from ..wire.describe import address, hexadecimal
from ..wire.relay import suboptions
from .facts import ServerFacts
from .leases import state_of
from .trails import Told, Trails
from .words import outcome_in_words

RESERVATION: Final = "reservation"
LEASE: Final = "lease"
UNKNOWN: Final = "unknown"
_EMPTY: Final[dict[str, Any]] = {
    "id": "",
    "kind": UNKNOWN,
    "mac": "",
    "address": "",
    "hostname": "",
    "subnet": "",
    "serial": None,
    "state": "",
    "expires": None,
    "vendor_class": "",
    "circuit_id": "",
    "remote_id": "",
    "heard": None,
    "method": "",
    "answer": "",
    "outcome": "",
    "words": "",
}


class Said(NamedTuple):
    """What a client and its relay agent have said, as text."""

    hostname: str = ""
    vendor_class: str = ""
    circuit_id: str = ""
    remote_id: str = ""
    identifier: str = ""


class Rows:
    """Makes the lines."""

    def __init__(self, facts: ServerFacts, trails: Trails) -> None:
        self._facts = facts
        self._trails = trails

    def of_heard(self, mac: bytes, at: float) -> dict[str, Any]:
        """A client that was heard, by the server's clock ``at`` last."""
        told, exchange = self._trails.last(mac)
        row = {**_EMPTY, "id": mac.hex(":"), "mac": mac.hex(":"), **self._heard(told, exchange, at)}
        if exchange is not None:
            row["kind"] = kind_of(exchange, self._facts)
            definition = exchange.definition
            octets = exchange.address if definition is None else definition.ip
            row["address"] = address(octets) if len(octets) == 4 and any(octets) else ""
            if definition is not None and row["kind"] != UNKNOWN:
                row |= {"subnet": definition.subnet, "serial": definition.serial}
                row["hostname"] = row["hostname"] or definition.hostname or ""
        return row

    def of_reservation(self, key: str, definition: Definition) -> dict[str, Any]:
        """A reservation, with what was heard of its client."""
        row = {**_EMPTY, **self._heard_of(_mac(key)), "id": key, "kind": RESERVATION, "mac": key}
        row |= {"address": address(definition.ip), "subnet": definition.subnet, "serial": definition.serial}
        row["hostname"] = definition.hostname or row["hostname"]
        return row

    def of_lease(self, lease: Lease) -> dict[str, Any]:
        """A lease, with what was heard of its client."""
        row = {**_EMPTY, **self._heard_of(lease.mac), "kind": LEASE, "mac": lease.mac.hex(":")}
        row |= {"address": address(lease.address), "subnet": lease.pool, "state": state_of(lease, self._facts.wall())}
        row |= {"id": lease.mac.hex(":") or lease.client, "expires": int(lease.expires)}
        row["hostname"] = lease.hostname or row["hostname"]
        return row

    def _heard_of(self, mac: bytes) -> dict[str, Any]:
        told, exchange = self._trails.last(mac) if mac else (Told(), None)
        return self._heard(told, exchange, exchange.now if exchange is not None else None)

    def _heard(self, told: Told, exchange: Exchange | None, at: float | None) -> dict[str, Any]:
        said = said_of(told)
        row: dict[str, Any] = {
            "hostname": said.hostname,
            "vendor_class": said.vendor_class,
            "circuit_id": said.circuit_id,
            "remote_id": said.remote_id,
        }
        if at is not None:
            row["heard"] = int(at + self._facts.wall() - self._facts.clock())
        if exchange is not None:
            row |= {"method": exchange.method, "answer": exchange.answer, "outcome": exchange.outcome}
            row["words"] = outcome_in_words(exchange.outcome)
        return row


def said_of(told: Told) -> Said:
    """What a client and its relay agent have said."""
    known = suboptions(told.relay_agent) if told.relay_agent else {}
    parts = (told.hostname, told.vendor_class, known.get(CIRCUIT_ID, b""), known.get(REMOTE_ID, b""), told.identifier)
    return Said._make(map(plain, parts))


def plain(octets: bytes) -> str:
    """Octets as text if all of them are printable ASCII, else in hexadecimal; "" for none."""
    text = octets.rstrip(b"\0")
    if text and all(0x20 <= octet < 0x7F for octet in text):
        return text.decode("ascii")
    return hexadecimal(octets) if octets else ""


def kind_of(exchange: Exchange, facts: ServerFacts) -> str:
    """Whether a client was answered by a reservation or a lease, or is not known."""
    definition = exchange.definition
    if definition is None or not any(definition.ip):
        return UNKNOWN
    return LEASE if any(definition.ip in pool.addresses for pool in facts.pools()) else RESERVATION


def _mac(key: str) -> bytes:
    try:
        return bytes.fromhex(key.replace(":", ""))
    except ValueError:
        return b""
