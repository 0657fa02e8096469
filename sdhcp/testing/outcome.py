"""What became of one simulated packet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..events import Event
from ..model import Definition
from ..scripting.steps import Step
from ..wire.describe import address as address_text
from ..wire.describe import in_full, kind
from ..wire.message import Message
from ..wire.options import decode_option
from ..wire.registry import lookup, name_of

WAITING = "waiting"
"""The outcome of a packet for which a site's function, or a source, has not answered yet."""


@dataclass(frozen=True)
class Answer:
    """A reply, read.

    ``message`` has its fields as octets. Of each field here the text is given.
    """

    message: Message
    octets: bytes

    @property
    def kind(self) -> str:
        """OFFER, ACK, NAK, BOOTREPLY or another name of a message type."""
        return kind(self.message)

    @property
    def address(self) -> str:
        """The address that is given (yiaddr)."""
        return address_text(self.message.yiaddr)

    @property
    def next_server(self) -> str:
        """The boot server (siaddr)."""
        return address_text(self.message.siaddr)

    @property
    def boot_file(self) -> str:
        """The boot file's name (file)."""
        return _text(self.message.file)

    @property
    def server_name(self) -> str:
        """The boot server's name (sname)."""
        return _text(self.message.sname)

    @property
    def options(self) -> Mapping[str, Any]:
        """All options by name, each as :meth:`option` has it, in the order in which they stand."""
        return {name_of(code): decode_option(code, octets) for code, octets in self.message.options.items()}

    def option(self, which: str | int) -> Any:
        """An option's value by name or number: text, a number, a list and so on; None if it is not there.

        :raises UnknownOption: if there is no option of that name.
        """
        code = lookup(which).code
        octets = self.message.options.get(code)
        return None if octets is None else decode_option(code, octets)

    def raw(self, which: str | int) -> bytes | None:
        """An option's octets; None if it is not there."""
        return self.message.options.get(lookup(which).code)

    def __str__(self) -> str:
        return in_full(self.message)


class Place(NamedTuple):
    """Where a reply goes: an address as text, a port, and the hardware address of a frame as text, None for plain UDP.

    ``source_port`` is the port that it comes from, None for the server's own.
    """

    ip: str
    port: int
    hardware: str | None = None
    source_port: int | None = None

    def __str__(self) -> str:
        frame = f" in a frame to {self.hardware}" if self.hardware else ""
        source = f" from port {self.source_port}" if self.source_port else ""
        return f"{self.ip} port {self.port}{frame}{source}"


@dataclass(frozen=True)
class Outcome:
    """What became of one packet.

    ``request`` is the packet read, None if it is no DHCP message, and ``kind`` what the server takes it for.
    ``outcome`` is the server's word for what it did, such as "offered", "unknown-client" or "filtered"; for a packet
    that was refused the reason; "waiting" where something has not answered yet. ``detail`` says more where there is
    more to say. ``reply`` is None for silence, and so are ``octets`` and ``destination``. ``definition`` is what
    counted for the client. ``events`` are all that observers were told; ``log`` the lines of the log without their
    times; ``steps`` what each hook did, in order.
    """

    request: Message | None
    kind: str
    outcome: str
    detail: str
    reply: Answer | None
    octets: bytes | None
    destination: Place | None
    definition: Definition | None
    events: tuple[Event, ...]
    log: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def is_waiting(self) -> bool:
        """Whether it has not come to its end yet."""
        return self.outcome == WAITING

    def step(self, hook: str) -> Step:
        """What a hook did when it was called last.

        :raises LookupError: if it was not called.
        """
        for step in reversed(self.steps):
            if step.hook == hook:
                return step
        called = ", ".join(step.hook for step in self.steps) or "none"
        raise LookupError(f"{hook} was not called; called were: {called}")


def _text(octets: bytes) -> str:
    return octets.rstrip(b"\0").decode("utf-8", "backslashreplace")
