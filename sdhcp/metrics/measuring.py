"""The numbers of a server at one moment, gathered from where they are counted anyway."""

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, get_args

import twisted

from .. import __version__
from ..events import Dropped, Event, Exchange, LeaseBound, Malformed
from ..model import PoolCounts
from ..stats import Counters
from ..traffic.counts import Counts
from ..traffic.latency import BUCKETS, STEPS, upper_edge
from ..web.facts import SourceFacts
from . import table as t
from .reloads import Reloads

EDGES: Final = tuple(number for number in range(STEPS - 1, BUCKETS - 1, STEPS) if 2**-15 <= upper_edge(number) <= 2**3)
"""The buckets that end where one of a histogram does: each is twice as wide as the one before it."""


_COUNTED_APART: Final = (Exchange, Dropped, Malformed, LeaseBound)
_NAMES: Final = tuple(kind.__name__ for kind in get_args(Event) if kind not in _COUNTED_APART)


class Value(NamedTuple):
    """A number, with the values of its metric's labels.

    Of a summary and a histogram it is the sum of ``number`` times; ``buckets`` are (edge, how many are below it).
    """

    labels: tuple[str, ...]
    value: float
    number: int = 0
    buckets: Sequence[tuple[float, int]] = ()


Measured = tuple[t.Metric, Sequence[Value]]


class Cached(NamedTuple):
    """A source's memory: answers as good as the store's, others, and clients by where they are kept."""

    fresh: int
    stale: int
    clients: Mapping[str, int]


class Waited(NamedTuple):
    """Lookups that had to wait: how many are over, seconds in all."""

    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Meters:
    """Where the numbers are. Functions are asked on the reactor's thread when somebody reads metrics.

    :ivar started: seconds since the epoch.
    :ivar queues: what waits now, by what it is; :ivar sheds: what was let go, and how often since the start.
    :ivar log_lost: lines that were not written, by output; :ivar alerts_failed: by what became of them.
    """

    counters: Counters
    reloads: Reloads
    started: float
    traffic: Callable[[], Counts]
    is_serving: Callable[[], bool]
    sources: Callable[[], Iterable[SourceFacts]]
    lookups: Callable[[], Waited]
    cached: Callable[[], Cached | None]
    queues: Callable[[], Iterable[tuple[str, int]]]
    sheds: Callable[[], Iterable[tuple[str, int]]]
    log_lost: Callable[[], Iterable[tuple[str, int]]]
    alerts_failed: Callable[[], Iterable[tuple[str, int]]]


def measured(meters: Meters, pools: Iterable[tuple[str, PoolCounts]]) -> Iterator[Measured]:
    """Every metric of the server with its values, in the order of the table.

    :param pools: how full each pool is that can tell.
    """
    counters, lookups, reloads = meters.counters, meters.lookups(), meters.reloads
    yield t.BUILD, [Value((__version__, platform.python_version(), twisted.__version__), 1)]
    yield t.START, [Value((), meters.started)]
    yield t.SERVING, [Value((), meters.is_serving())]
    yield t.EXCHANGES, [Value(labels, count) for labels, count in sorted(counters.exchanges.items())]
    yield t.DROPPED, _by_name(counters.dropped.items())
    yield t.MALFORMED, _by_name(counters.malformed.items())
    yield t.LATENCY, [_latency(meters.traffic())]
    # Those that have not happened are there too: else the first one would not be seen to.
    yield t.EVENTS, _by_name([*((name, 0) for name in _NAMES), *counters.others.items()])
    # Two of one name and role cannot be told apart: one that is not well counts.
    sources: dict[tuple[str, str], bool] = {}
    for one in meters.sources():
        sources[one.name, one.role] = sources.get((one.name, one.role), True) and not one.problem
    yield t.SOURCE_UP, [Value(labels, is_well) for labels, is_well in sources.items()]
    yield t.LOOKUPS, [Value((), lookups.seconds, lookups.number)]
    cached = meters.cached()
    if cached is not None:
        yield t.CACHE_ANSWERS, [Value(("fresh",), cached.fresh), Value(("stale",), cached.stale)]
        yield t.CACHE_CLIENTS, _by_name(cached.clients.items())
    pools = list(pools)
    yield t.POOL_SIZE, [Value((name,), counts.size) for name, counts in pools]
    yield (
        t.POOL_LEASES,
        [
            Value((name, state), count)
            for name, counts in pools
            for state, count in zip(counts._fields, counts, strict=True)
            if state != "size"
        ],
    )
    yield t.QUEUES, _by_name(meters.queues())
    yield t.SHED, _by_name(meters.sheds())
    yield t.LOG_LOST, _by_name(meters.log_lost())
    yield t.ALERTS_LOST, _by_name(meters.alerts_failed())
    yield t.RELOADS, [Value(("ok",), reloads.good), Value(("failed",), reloads.failed)]
    yield t.RELOAD_OK, [Value((), not reloads.last_failed)]


def _by_name(numbers: Iterable[tuple[str, int]]) -> list[Value]:
    sums: dict[str, int] = {}
    for name, number in numbers:
        sums[name] = sums.get(name, 0) + number
    return [Value((name,), number) for name, number in sorted(sums.items())]


def _latency(counts: Counts) -> Value:
    buckets, reached, done = [], 0, 0
    for edge in EDGES:
        reached += sum(counts.latencies[done : edge + 1])
        done = edge + 1
        buckets.append((upper_edge(edge), reached))
    return Value((), counts.busy, counts.exchanges, buckets)
