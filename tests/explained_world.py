"""A whole server in memory, of which each packet is explained before it is answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from twisted.internet.task import Clock
from zope.interface import implementer_only

from sdhcp.client_packets import Packet
from sdhcp.explain.explainer import Explained, Explainer
from sdhcp.interfaces import IDefinitionSource, ILeaseStore
from sdhcp.leases.lender import Lender
from sdhcp.leases.memory import MemoryLeases
from sdhcp.leases.settings import rules_of
from sdhcp.pools import Pool
from sdhcp.publisher import Publisher
from sdhcp.scripted import ScriptedResponder
from sdhcp.scripting.hook import Failures
from sdhcp.scripting.site_hooks import SiteHooks, parts_of
from sdhcp.wire import constants as c
from sdhcp.wire.describe import address
from sdhcp.wire.message import Message, encode

from .in_process import HERE, LOCAL_MAC, OTHER_MAC, Observed, Sent, World, usual
from .lending_world import START, guests
from .samples import ADDRESS, MAC, OTHER, RELAY, SERVER, definition, ip

WRITES = ("offer", "bind", "release", "decline", "quarantine", "clear")
"""Steps of a store that leave something behind."""


class SpiedLeases(MemoryLeases):
    """Leases that keep which steps they were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if name in WRITES:
            self.steps.append(name)
        return super().__getattribute__(name)


@implementer_only(ILeaseStore)
class SharedLeases(SpiedLeases):
    """As those that servers share: what a step would give is known when it is done."""


@dataclass
class ExplainedWorld(World):
    """As :class:`World`, with pools, and functions of a conf.py."""

    pools: tuple[Pool, ...] = field(default_factory=lambda: (guests(),))
    hooks: dict[str, Callable[..., Any]] = field(default_factory=dict)
    source: IDefinitionSource = field(default_factory=usual)
    store: SpiedLeases = field(default_factory=SpiedLeases)

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.observed = Observed()
        publisher = Publisher(self.clock.seconds)
        publisher.add(self.observed)
        rules = [rules_of(pool) for pool in self.pools]
        seconds = self.clock.seconds
        lender = Lender(rules, self.store, None, publisher.publish, lambda: START + seconds(), seconds)
        site = SiteHooks(parts_of(self.hooks, (), 4011), self.clock, Failures("/site", publisher.publish, seconds))
        self.responder = ScriptedResponder(self.source, self.policy, publisher, seconds, self.clock, site, lender)
        self.explainer = Explainer(self.responder, self.clock, seconds, "/site")

    def explain(self, packet: Packet) -> Explained:
        """What would become of a packet; raises AssertionError if anything of it was left behind."""
        before = self._state()
        results: list[Any] = []
        self.explainer.explain(packet, self.local).addBoth(results.append)
        if hasattr(results[0], "raiseException"):
            results[0].raiseException()
        assert self._state() == before, (self._state(), before)
        return results[0]

    def _state(self) -> Any:
        seconds = START + self.clock.seconds()
        held = [
            (self.store.leases(pool.addresses, None, 100), self.store.counts(pool.addresses, seconds))
            for pool in self.responder.lender.pools
        ]
        reserved = [set(pool.addresses.reserved) for pool in self.responder.lender.pools]
        return len(self.observed.events), list(self.store.steps), held, reserved, dict(self.responder.sheds())

    def answer(self, packet: Packet) -> tuple[bytes, Any] | None:
        """What becomes of it."""
        sent = Sent()
        local = self.local._replace(hears_broadcasts=packet.to_all)
        self.responder.receive([(packet.data, ip(packet.source), packet.source_port)], local, sent)
        return (sent.replies[0].octets, sent.replies[0].to) if sent.replies else None

    def difference(self, packet: Packet) -> Any:
        """None if a packet is explained as it is answered then; else both."""
        explained = self.explain(packet)
        if any(note.step == "stand-in" for note in explained.notes):
            self.answer(packet)
            return None
        foreseen = None if explained.octets is None else (explained.octets, explained.destination)
        given = self.answer(packet)
        end = self.observed.events[-1] if self.observed.events else None
        assert end is not None
        same = foreseen == given and _told(explained.end) == _told(self._end())
        return None if same else (foreseen, given, explained.end, self._end())

    def _end(self) -> Any:
        names = ("Exchange", "Dropped", "Malformed", "HandlingFailed")
        return next(one for one in reversed(self.observed.events) if type(one).__name__ in names)


def _told(event: Any) -> Any:
    return type(event).__name__, getattr(event, "outcome", getattr(event, "reason", "")), getattr(event, "mac", b"")


def edits(packet: Any, method: str, mac: Any, client_ip: Any, relay_ip: Any, *_: Any, **__: Any) -> bool:
    """A loadDHCPPacket that does something else to each client."""
    last = int(mac) & 7
    if last == 1:
        packet.setOption(66, "tftp.example.org")
    elif last == 2:
        packet.deleteOption(15)
        packet.forceOption("domain_name_servers", "10.77.0.99")
    elif last == 3 and method == "DISCOVER":
        return False
    elif last == 4:
        packet.response_port = 1067
    elif last == 5 and method != "DISCOVER":
        raise ValueError("as it may be")
    return True


def filters(packet: Any, method: str, mac: Any, *_: Any, **__: Any) -> bool | None:
    """A filterPacket that leaves some clients alone."""
    return False if int(mac) & 15 == 14 else True


HOOKS = {"loadDHCPPacket": edits, "filterPacket": filters}
GUESTS = [bytes([2, 0, 0x5E, 9, 0, number]) for number in range(16)]
MACS = [MAC, OTHER_MAC, LOCAL_MAC, *GUESTS]
ADDRESSES = [ADDRESS, OTHER, HERE, bytes(4), ip("10.99.0.7"), *(ip(f"10.77.1.{last}") for last in range(99, 107))]
HERE_TOO = Pool("here", "10.77.0.200-10.77.0.203", subnet="10.77.0.0/24", lease_time=900, lease_time_max=7200)
"""A pool on the server's own link, with few addresses."""


@st.composite
def packets(draw: Any) -> Packet:
    """Packets of a few clients in all their states, from two links."""
    kind = draw(st.sampled_from((c.DISCOVER, c.REQUEST, c.REQUEST, c.REQUEST, c.INFORM, c.RELEASE, c.DECLINE, None)))
    options = {} if kind is None else {c.MESSAGE_TYPE: bytes([kind])}
    fields: dict[str, Any] = {"chaddr": draw(st.sampled_from(MACS)), "xid": draw(st.binary(min_size=4, max_size=4))}
    wanted = draw(st.sampled_from(ADDRESSES))
    state = draw(st.sampled_from(("selecting", "reboot", "renew", "none")))
    if state == "renew" or kind in (c.INFORM, c.RELEASE):
        fields["ciaddr"] = wanted
    elif state != "none" or kind == c.DECLINE:
        options[c.REQUESTED_ADDRESS] = wanted
    if state == "selecting" or kind in (c.RELEASE, c.DECLINE):
        options[c.SERVER_IDENTIFIER] = draw(st.sampled_from((SERVER, SERVER, SERVER, ip("10.77.0.2"))))
    if draw(st.booleans()):
        options[c.PARAMETER_REQUEST_LIST] = draw(
            st.sampled_from((b"\1\3\6\x0f", b"\1\3\6\x0c\x0f\x1c\x2a\x33\x3a\x3b"))
        )
    for code, values in (
        (c.LEASE_TIME, (bytes([0, 0, 1, 0]), bytes([0, 0, 200, 0]))),
        (c.CLIENT_IDENTIFIER, (b"\1abc", b"\0name")),
        (c.MAXIMUM_SIZE, (b"\2\x40", b"\5\xdc")),
        (c.RAPID_COMMIT, (b"",)),
        (c.HOSTNAME, (b"laptop",)),
    ):
        if draw(st.integers(0, 3)) == 0:
            options[code] = draw(st.sampled_from(values))
    fields["flags"] = draw(st.sampled_from((0, 0, 0x8000)))
    is_relayed = draw(st.booleans())
    if is_relayed:
        fields["giaddr"] = RELAY
        if draw(st.booleans()):
            options[c.RELAY_AGENT] = draw(st.sampled_from((b"\1\2p1", b"\1\2p1\2\3abc", b"\5\4\x0a\x4d\1\1")))
    data = encode(Message(options=options, **fields))
    if is_relayed:
        return Packet(data, address(RELAY), 67, to_all=False)
    return Packet(data, address(fields.get("ciaddr", bytes(4))), 68, to_all=draw(st.booleans()))


def world(**more: Any) -> ExplainedWorld:
    """Two pools, four reservations, of which one is of an address of a pool, hooks."""
    source = usual()
    source.definitions[GUESTS[0].hex(":")] = definition(ip=ip("10.77.1.102"), hostname="pooled")
    return ExplainedWorld(
        **{"source": source, "pools": (guests("10.77.1.100-10.77.1.105"), HERE_TOO), "hooks": HOOKS, **more}
    )
