"""What each step of answering one packet costs, in microseconds.

    python benchmarks/hotpath.py [--rounds N] [--json FILE]

Prints a table: the best of several rounds for each step. All steps run in this process, without a
socket; ``benchmarks/exchanges.py`` measures the whole.
"""

import argparse
import gc
import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from twisted.internet import task

from sdhcp.backends.memory import MemorySource
from sdhcp.engine.classify import classify
from sdhcp.engine.decide import OFFERED, decide
from sdhcp.engine.destination import destination
from sdhcp.engine.guards import admit
from sdhcp.engine.policy import Policy
from sdhcp.engine.reply import encode
from sdhcp.events import Exchange
from sdhcp.interfaces import IServerReactor
from sdhcp.model import Arrival, Definition, Local
from sdhcp.publisher import Publisher
from sdhcp.responder import Responder
from sdhcp.scripted import ScriptedResponder
from sdhcp.scripting.hook import Failures
from sdhcp.scripting.site_hooks import SiteHooks, parts_of
from sdhcp.stats import Counters
from sdhcp.traffic.frames import Traffic
from sdhcp.web.packets import Packets
from sdhcp.web.trails import Trails
from sdhcp.wire.message import Message, decode
from sdhcp.wire.message import encode as encode_message

SERVER = socket.inet_aton("10.0.0.1")
RELAY = socket.inet_aton("10.1.0.1")
LOCAL = Local(SERVER, "lo", (SERVER,))
POLICY = Policy(allow_relays=True, suspend=False, link_check=True)
PRL = bytes([1, 3, 6, 15, 28, 42])
PACKETS = 2000


class Sink:
    """A sender that sends nothing."""

    def send(self, data: bytes, destination: object) -> bool:
        """Take one reply."""
        return True

    def hold(self) -> None:
        """Nothing is held."""

    def flush(self) -> None:
        """As above."""


def definition(number: int) -> Definition:
    """One of the reservations."""
    return Definition(
        ip=socket.inet_aton(f"10.1.{number >> 8}.{number & 255}"),
        lease_time=3600,
        subnet="10.1.0.0/16",
        serial=0,
        gateways=(RELAY,),
        subnet_mask=socket.inet_aton("255.255.0.0"),
        domain_name="example.org",
        domain_name_servers=(RELAY,),
    )


def discover(number: int) -> bytes:
    """One client's DISCOVER through a relay."""
    mac = bytes([2, 0, 0, 0]) + number.to_bytes(2, "big")
    options = {53: b"\1", 61: b"\1" + mac, 55: PRL, 82: b"\1\4port"}
    return encode_message(Message(xid=number.to_bytes(4, "big"), chaddr=mac, giaddr=RELAY, hops=1, options=options))


def best(step: Callable[[], object], rounds: int, times: int) -> float:
    """Microseconds for one of ``times`` repetitions that ``step`` makes."""
    elapsed = []
    for _ in range(rounds):
        began = perf_counter()
        step()
        elapsed.append(perf_counter() - began)
    return min(elapsed) / times * 1e6


def measure(rounds: int) -> dict[str, float]:
    """The cost of every step."""
    packets = [discover(number) for number in range(PACKETS)]
    messages = [decode(packet) for packet in packets]
    known = {message.chaddr[:6]: definition(number) for number, message in enumerate(messages)}
    listed = list(known.values())
    arrival = Arrival(LOCAL, RELAY, 67, 0.0)
    publisher = Publisher(perf_counter)
    publisher.add(Counters())
    publisher.add(Traffic(0.0, 0.0))
    responder = Responder(MemorySource(known), POLICY, publisher, perf_counter, task.Clock())
    sink = Sink()

    def scripted(load: Callable[..., object]) -> ScriptedResponder:
        reactor = task.Clock()
        parts = parts_of({"loadDHCPPacket": load}, (), None)
        site = SiteHooks(parts, cast(IServerReactor, reactor), Failures("", publisher.publish, perf_counter))
        return ScriptedResponder(MemorySource(known), POLICY, publisher, perf_counter, reactor, site)

    trivial = scripted(lambda *_: True)
    setting = scripted(lambda packet, *_: packet.setOption(66, "boot.example.org"))
    datagrams = [(packet, RELAY, 67) for packet in packets]
    exchanges = [
        Exchange(
            0.0,
            "DISCOVER",
            "OFFER",
            OFFERED.outcome,
            True,
            one.chaddr[:6],
            RELAY,
            one.xid,
            RELAY,
            None,
            arrival,
            300,
            1e-4,
        )
        for one in messages
    ]
    counters, traffic, kept, trails = Counters(), Traffic(0.0, 0.0), Packets(), Trails()
    steps: dict[str, Callable[[], object]] = {
        "decode": lambda: [decode(packet) for packet in packets],
        "classify": lambda: [classify(message, LOCAL) for message in messages],
        "admit": lambda: [admit(message, "DISCOVER", LOCAL, POLICY) for message in messages],
        "decide": lambda: [
            decide("DISCOVER", message, one, True, POLICY) for message, one in zip(messages, listed, strict=True)
        ],
        "destination": lambda: [destination("DISCOVER", message, 2, RELAY, arrival) for message in messages],
        "encode the reply": lambda: [
            encode(message, OFFERED, one, LOCAL, SERVER, POLICY) for message, one in zip(messages, listed, strict=True)
        ],
        "count by outcome": lambda: [counters.observe(exchange) for exchange in exchanges],
        "keep the packet": lambda: [kept.observe(exchange) for exchange in exchanges],
        "keep for its client": lambda: [trails.observe(exchange) for exchange in exchanges],
        "count in frames": lambda: [traffic.observe(exchange) for exchange in exchanges],
        "all, in the responder": lambda: responder.receive(datagrams, LOCAL, sink),
        "all, loadDHCPPacket gives True": lambda: trivial.receive(datagrams, LOCAL, sink),
        "all, loadDHCPPacket sets an option": lambda: setting.receive(datagrams, LOCAL, sink),
    }
    gc.collect()
    gc.freeze()
    return {name: best(step, rounds, PACKETS) for name, step in steps.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    costs = measure(arguments.rounds)
    for name, cost in costs.items():
        print(f"{name:24} {cost:7.2f} us")
    if arguments.json:
        arguments.json.write_text(json.dumps(costs, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
