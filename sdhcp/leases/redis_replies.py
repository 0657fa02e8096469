"""What the scripts answer, as leases."""

from collections.abc import Sequence
from typing import Any

from ..engine.addresses import Addresses
from ..interfaces import LeaseChange
from ..model import Lease, LeaseState
from .store_clock import StoreClock


def lease_of(pool: str, reply: Sequence[bytes], clock: StoreClock) -> Lease | None:
    """The lease of an answer; None for an empty one."""
    if not reply:
        return None
    address, client, state, since, expires, mac, hostname, via, evidence = reply
    return Lease(
        address,
        pool,
        text(client),
        LeaseState(state.decode()),
        clock.to_server(float(since)),
        clock.to_server(float(expires)),
        mac,
        text(hostname),
        text(via),
        text(evidence),
    )


def change_of(pool: str, reply: Sequence[Any], clock: StoreClock) -> LeaseChange:
    """An entry of the history."""
    lease = lease_of(pool, reply[2:], clock)
    assert lease is not None  # noqa: S101  there is no entry without one
    return LeaseChange(clock.to_server(float(reply[0])), text(reply[1]), lease)


def before(place: bytes) -> str:
    """The place in a stream before another; numbers after the time never begin anew."""
    time, _, number = place.partition(b"-")
    return f"{time.decode()}-{int(number) - 1}"


def number_of(address: bytes) -> int:
    """The number by which addresses are in order."""
    return int.from_bytes(address, "big")


def text(octets: bytes) -> str:
    """Text as it was given."""
    return octets.decode("utf-8", "surrogatepass")


def joined(addresses: Sequence[bytes]) -> bytes:
    """Addresses as a script takes them."""
    return b"".join(addresses)


def reserved_of(pool: Addresses, most: int) -> "list[bytes]":
    """The reserved addresses of a pool, so many in a piece."""
    reserved = [address for address in pool.reserved if address in pool]
    return [joined(reserved[at : at + most]) for at in range(0, len(reserved), most)]
