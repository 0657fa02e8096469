"""Which link of this machine an address is on, as the kernel told a moment ago."""

from collections.abc import Callable, Sequence
from typing import Final

from .interfaces import ETHERNET, InterfaceAddress

LOOK: Final = 2.0
"""Seconds for which what the kernel told is taken as true."""

Addresses = Callable[[], Sequence[InterfaceAddress]]
"""All addresses of this machine; it may raise OSError."""
Hardware = Callable[[str], tuple[int, bytes]]
"""The type and hardware address of an interface; it raises OSError if there is none of that name."""


class Links:
    """Knows the links that this machine is on.

    :param clock: seconds of a monotonic clock.
    """

    def __init__(self, addresses: Addresses, hardware: Hardware, clock: Callable[[], float]) -> None:
        self._ask_addresses = addresses
        self._ask_hardware = hardware
        self._clock = clock
        self._looked = -LOOK
        self._addresses: Sequence[InterfaceAddress] = ()
        self._own: dict[bytes, str] = {}
        self._hardware: dict[str, tuple[int, bytes]] = {}

    def with_own(self, address: bytes) -> str | None:
        """The interface that has an address as this machine's own."""
        self._look()
        return self._own.get(address)

    def towards(self, address: bytes) -> str | None:
        """The interface whose network holds an address, of several the smallest; None if it is behind a router."""
        self._look()
        number, best = int.from_bytes(address, "big"), None
        for one in self._addresses:
            hosts = 32 - one.prefix
            holds = number >> hosts == int.from_bytes(one.address, "big") >> hosts
            if holds and (best is None or one.prefix > best.prefix):
                best = one
        return None if best is None else best.name

    def ethernet(self, name: str) -> bytes | None:
        """The hardware address of an interface; None if it carries no Ethernet.

        :raises OSError: if there is no such interface.
        """
        self._look()
        kind, own = self._hardware.get(name) or self._look_at(name)
        return own if kind == ETHERNET else None

    def forget(self) -> None:
        """Ask the kernel anew at the next question."""
        self._looked = self._clock() - LOOK

    def _look_at(self, name: str) -> tuple[int, bytes]:
        self._hardware[name] = answer = self._ask_hardware(name)
        return answer

    def _look(self) -> None:
        now = self._clock()
        if now - self._looked < LOOK:
            return
        self._own = {one.address: one.name for one in self._addresses}
        self._looked = now
        self._hardware = {}
        try:
            self._addresses = self._ask_addresses()
        except OSError:
            # What it told before is the best guess; a listener that looks at the same time tells of the trouble.
            return
        self._own = {one.address: one.name for one in self._addresses}
