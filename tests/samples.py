"""Values that many tests begin with: one server, one subnet, one client."""

from dataclasses import replace
from typing import Any

from sdhcp.model import Arrival, Definition, Local
from sdhcp.wire import constants
from sdhcp.wire.message import Message

MAC = bytes.fromhex("02005e000101")
SERVER = bytes([10, 77, 0, 1])
RELAY = bytes([10, 77, 1, 1])
ADDRESS = bytes([10, 77, 1, 50])
OTHER = bytes([10, 77, 1, 51])
FOREIGN = bytes([10, 99, 0, 7])

LOCAL = Local(SERVER, "eth0", (SERVER,))
FRAMES = LOCAL._replace(link_layer=True)
BROADCASTS = LOCAL._replace(hears_broadcasts=True)


def ip(text: str) -> bytes:
    return bytes(int(part) for part in text.split("."))


def arrival(local: Local = LOCAL, address: str = "0.0.0.0", port: int = 68, now: float = 0.0) -> Arrival:
    return Arrival(local, ip(address), port, now)


def definition(**changes: Any) -> Definition:
    plain = Definition(
        ip=ADDRESS,
        lease_time=3600,
        subnet="10.77.1.0/24",
        serial=0,
        hostname="known",
        gateways=(ip("10.77.1.1"),),
        subnet_mask=ip("255.255.255.0"),
        broadcast_address=ip("10.77.1.255"),
        domain_name="example.org",
        domain_name_servers=(ip("10.77.0.53"), ip("10.77.0.54")),
        ntp_servers=(ip("10.77.0.123"),),
    )
    return replace(plain, **changes)


def message(kind: int | None, options: dict[int, bytes] | None = None, **fields: Any) -> Message:
    """A message of a client; ``kind`` is option 53, None for BOOTP."""
    all_options = {} if kind is None else {constants.MESSAGE_TYPE: bytes([kind])}
    all_options.update(options or {})
    fields.setdefault("xid", b"\1\2\3\4")
    fields.setdefault("chaddr", MAC)
    return Message(options=all_options, **fields)
