"""Mutations of real packets: straight into the responder, then over UDP."""

import gc
import random
import sys
import time
from pathlib import Path

from sdhcp.events import HandlingFailed
from sdhcp.wire.message import decode

from ..in_process import POLICY, World
from ..loopback import running
from .drill import Figures, Patient, arguments

CORPUS = Path(__file__).resolve().parent.parent / "packets" / "corpus"
INTERESTING = bytes(
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 50, 51, 52, 53, 54, 55, 57, 61, 80, 81, 82, 118, 119, 121, 127, 254, 255)
)
UNANSWERED = (2, 5, 6)


def seeds() -> list[bytes]:
    """The corpus, but for the few datagrams that are larger than a link carries."""
    return [data for path in sorted(CORPUS.glob("*.bin")) if 0 < len(data := path.read_bytes()) <= 1500]


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Some octets changed, cut out, doubled or put in."""
    mutated = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(mutated)) if mutated else 0
        way = chance.random()
        if way < 0.5 and mutated:
            mutated[at] = chance.choice(INTERESTING)
        elif way < 0.75 and mutated:
            mutated[at] = chance.randrange(256)
        elif way < 0.85:
            del mutated[at : at + chance.randint(1, 20)]
        elif way < 0.95:
            mutated[at:at] = mutated[at : at + chance.randint(1, 40)]
        else:
            mutated[at:at] = chance.randbytes(chance.randint(1, 20))
    return bytes(mutated[:1500])


def limit(data: bytes) -> int:
    """The largest reply, in octets of UDP payload, that the sender of a packet takes."""
    size = decode(data).options.get(57, b"")
    return max(int.from_bytes(size, "big") if len(size) == 2 else 0, 576) - 28


def main() -> int:
    given = arguments(__doc__, packets=1_000_000, datagrams=100_000, seed=20260131)
    figures = Figures(f"{given.packets} mutations into the responder, {given.datagrams} over UDP, seed {given.seed}")
    chance, kept = random.Random(given.seed), seeds()
    world = World(policy=POLICY)
    gc.collect()
    gc.freeze()
    replies = too_large = wrong = failures = 0
    slowest = busy = 0.0
    for number in range(given.packets):
        data = mutate(kept[number % len(kept)], chance)
        began = time.perf_counter()
        answers = world.send(data)
        took = time.perf_counter() - began
        busy += took
        slowest = max(slowest, took)
        if answers:
            replies += len(answers)
            too_large += sum(len(answer.octets) > limit(data) for answer in answers)
            wrong += decode(data).message_type in UNANSWERED
        if number % 10_000 == 9_999:
            failures += len(world.observed.of(HandlingFailed))
            world.observed.events.clear()
            world.clock.advance(1)
    failures += len(world.observed.of(HandlingFailed))
    figures.exactly("packets that met a fault", failures, 0)
    figures.exactly("replies larger than the client takes", too_large, 0)
    figures.exactly("replies to types that servers send", wrong, 0)
    figures.at_least("packets handled", given.packets / busy, 3000, "a second")
    figures.at_most("the slowest packet", slowest * 1000, 10, "ms")
    figures.show("replies", replies)
    with running() as server:
        client = Patient(server)
        for number in range(given.datagrams):
            server.send(mutate(kept[number % len(kept)], chance))
            if number % 1000 == 999:
                client.ask()
        client.ask()
        figures.exactly("over UDP: questions of a client without an answer", client.unanswered, 0)
        figures.exactly("over UDP: tracebacks in the log", server.log().count("Traceback"), 0)
        figures.exactly("over UDP: the server runs", server.process.poll() is None, True)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
