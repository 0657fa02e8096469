"""Whether a Redis server keeps what it has acknowledged."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..backends.redis_connection import command

QUESTIONS: Final = (command("CONFIG", "GET", "append*"), command("CONFIG", "GET", "maxmemory-policy"))
ALWAYS: Final = 'set "appendonly yes" and "appendfsync always" there'


def warnings(place: str, replies: Sequence[Any], sentinels: bool, replicas: int) -> list[str]:
    """What may lose leases, one line each.

    :param replies: to :data:`QUESTIONS`.
    :param sentinels: whether another server may take over.
    :param replicas: how many have to have a lease before it counts.
    """
    lines: list[str] = []
    told, policy = map(_pairs, replies)
    if not told:
        lines.append(f"{place} does not tell whether it keeps what it acknowledged (CONFIG GET); {ALWAYS}")
    elif told.get("appendonly") != "yes":
        lines.append(f"{place} has no append-only file: leases are lost when it ends; {ALWAYS}")
    elif told.get("appendfsync") != "always":
        lost = "the last second of leases" if told.get("appendfsync") == "everysec" else "half a minute of leases"
        lines.append(f"{place} may lose {lost} when its power fails; {ALWAYS}")
    if policy.get("maxmemory-policy", "").startswith("allkeys"):
        lines.append(f'{place} removes leases when its memory is full; set "maxmemory-policy noeviction" there')
    if sentinels and not replicas:
        lines.append(
            f"{place} may lose the last leases when a replica takes over; LEASES_REDISDB_REPLICAS says how many of them"
            " must have a lease before it counts"
        )
    return lines


def _pairs(reply: Any) -> Mapping[str, str]:
    if not isinstance(reply, list):
        return {}
    words = [word.decode("utf-8", "replace") for word in reply]
    return dict(zip(words[::2], words[1::2], strict=True))
