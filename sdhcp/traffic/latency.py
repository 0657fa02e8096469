"""How long packets took, in buckets whose width grows with the time: quantiles from a fixed amount of memory."""

from array import array
from collections.abc import Sequence
from math import ceil, frexp, ldexp
from typing import Final

STEPS: Final = 16
"""Buckets for each doubling of the time, so that one is at most a sixteenth wider than its lower edge."""
_LEAST: Final = -20
"""The exponent of the shortest times that are told apart, half a microsecond."""
_MOST: Final = 8
"""The exponent of the longest, over two minutes."""
_SHIFT: Final = STEPS.bit_length() - 1
_OFFSET: Final = -(_LEAST << _SHIFT) - STEPS
BUCKETS: Final = (_MOST - _LEAST) << _SHIFT
NONE: Final = array("Q", bytes(8 * BUCKETS))
"""No packet in any bucket; nobody changes it."""


def bucket(seconds: float) -> int:
    """The bucket of a time; the first and the last take whatever is beyond them."""
    mantissa, exponent = frexp(seconds or 1e-9)
    number = (exponent << _SHIFT) + int(mantissa * (2 * STEPS)) + _OFFSET
    return number if 0 <= number < BUCKETS else 0 if number < 0 else BUCKETS - 1


def upper_edge(number: int) -> float:
    """The time in seconds that all of a bucket is shorter than."""
    exponent, step = divmod(number, STEPS)
    return ldexp((STEPS + step + 1) / (2 * STEPS), exponent + _LEAST)


def quantile(counts: Sequence[int], share: float, longest: float) -> float:
    """The time in seconds within which a share of all packets was done; 0.0 if there were none.

    It is never too short, and at most a sixteenth too long.

    :param counts: packets by bucket.
    :param share: from 0 to 1.
    :param longest: the longest time of all.
    """
    wanted = max(1, ceil(sum(counts) * share))
    reached = 0
    for number, count in enumerate(counts):
        reached += count
        if reached >= wanted:
            return min(upper_edge(number), longest) if number < BUCKETS - 1 else longest
    return 0.0
