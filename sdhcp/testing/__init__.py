"""A site's code tried without a network: packets in, replies out, and what each hook did. See docs/testing.md."""

from .outcome import Answer, Change, Outcome, Place, Step
from .packets import (
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
