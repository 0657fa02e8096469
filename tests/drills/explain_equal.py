"""Ten thousand packets, each explained and then answered: whether both are the same octets.

``python -m tests.drills.explain_equal [PACKETS] [SEED]`` prints how many were compared, what became of them, and every
difference; status 1 if there is one. What an explanation leaves behind ends it with an AssertionError.
"""

import random
import sys
from collections import Counter

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from sdhcp.events import Dropped, Exchange

from ..explained_world import packets, world
from ..test_explain_equal import POLICIES

PACKETS = 10_000
SEQUENCE = 25
"""Packets that one server is asked."""


def main(wanted: int, begin: int) -> int:
    """Compare; how many differ."""
    outcomes: Counter[str] = Counter()
    differences: list[str] = []

    @seed(begin)
    @settings(max_examples=wanted // SEQUENCE, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(packets(), min_size=SEQUENCE, max_size=SEQUENCE), st.integers(0, 2**32))
    def compare(sequence: list, number: int) -> None:
        draw = random.Random(number)
        server = world(policy=draw.choice(POLICIES))
        for packet in sequence:
            difference = server.difference(packet)
            if difference is not None:
                differences.append(f"{packet}: {difference}")
            end = next(one for one in reversed(server.observed.events) if isinstance(one, Exchange | Dropped))
            outcomes[f"{end.method}: {end.outcome}" if isinstance(end, Exchange) else f"dropped: {end.reason}"] += 1
            server.clock.advance(draw.choice((0.0, 1.0, 30.0, 700.0)))

    compare()
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:7} {outcome}")
    print(f"{sum(outcomes.values())} packets were explained and answered; {len(differences)} differ")
    for difference in differences[:20]:
        print(difference)
    return len(differences)


if __name__ == "__main__":
    arguments = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*(arguments + [PACKETS, 1][len(arguments) :])) > 0)
