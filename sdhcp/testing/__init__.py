"""A site's code tried without a network: packets in, replies out, and what each hook did. See docs/testing.md."""

from ..client_packets import (
    Packet,
    bootp,
    decline,
    discover,
    inform,
    init_reboot,
    packet,
    rebind,
    release,
    renew,
    request_selecting,
)
from ..scripting.steps import Change, Step
from .outcome import Answer, Outcome, Place
from .site import Site, simulate

__all__ = [
    "Answer",
    "Change",
    "Outcome",
    "Packet",
    "Place",
    "Site",
    "Step",
    "bootp",
    "decline",
    "discover",
    "inform",
    "init_reboot",
    "packet",
    "rebind",
    "release",
    "renew",
    "request_selecting",
    "simulate",
]
