"""What two readings of conf.py differ in: settings as text that may be shown, and the files of the site's code."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ..pools import Pool
from .legible import shown
from .schema import HOOKS, PARAMETERS, REQUIRED
from .settings import Configuration

_SALT: Final = os.urandom(16)
_PLAIN: Final = (bool, int, float, str, bytes)
_DEEPEST: Final = 8


class Value(NamedTuple):
    """What a setting holds: as it may be shown, and a digest that tells whether two are the same."""

    text: str
    digest: bytes


Snapshot = Mapping[str, Value]
"""Values by the names of settings and of a site's own constants and hooks, as conf.py had them when it was executed."""


class Change(NamedTuple):
    """A setting that is another one now. ``waits`` is whether it counts at the next start only."""

    name: str
    old: str
    new: str
    waits: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.old} -> {self.new}" if self.old != self.new else f"{self.name} (not shown)"


class Outcome(NamedTuple):
    """What came of reading conf.py anew.

    ``problems`` is why nothing was changed, empty if all is well. ``files`` are those of the site's code that were
    changed. ``notices`` are what an operator should know.
    """

    problems: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    files: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def swapped(self) -> tuple[Change, ...]:
        """The changes that count at once."""
        return tuple(change for change in self.changes if not change.waits)

    @property
    def waiting(self) -> tuple[Change, ...]:
        """The changes that want a restart."""
        return tuple(change for change in self.changes if change.waits)

    def record(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return {
            "problems": list(self.problems),
            "changed": [_record(change) for change in self.swapped],
            "wants_restart": [_record(change) for change in self.waiting],
            "files": list(self.files),
            "notices": list(self.notices),
        }

    def version(self) -> str:
        """Tells whether two differences are the same one."""
        return hashlib.sha256(_SALT + repr((self.problems, self.changes, self.files)).encode()).hexdigest()[:32]


def _record(change: Change) -> dict[str, str]:
    return {"name": change.name, "old": change.old, "new": change.new}


def snapshot_of(configuration: Configuration) -> Snapshot:
    """What a conf.py holds; to be taken before its ``init()`` may change something. Not quick where it holds much."""
    held: dict[str, Any] = vars(configuration.site.module) if configuration.site.module is not None else {}
    values: dict[str, Any] = {}
    for parameter in PARAMETERS:
        value = None if parameter.default is REQUIRED else parameter.default
        for name in sorted((parameter.name, *parameter.aliases)):
            value = held.get(name, value)
        values[parameter.name] = value
    pools = ", ".join(map(_pool, configuration.leases.pools)) or "none"
    values |= {name: held[name] for name in HOOKS if name in held}
    own = {name: _own(value) for name, value in configuration.site.constants.items()}
    told = {name: _value(pools if name == "POOLS" else shown(name, value), value) for name, value in values.items()}
    return MappingProxyType(told | own)


def differences(old: Snapshot, new: Snapshot) -> list[Change]:
    """What is another value now, in the order of the settings; none of them waits yet."""
    nothing = Value("not set", b"")
    names = dict.fromkeys((*old, *new))
    pairs = ((name, old.get(name, nothing), new.get(name, nothing)) for name in names)
    return [Change(name, one.text, other.text) for name, one, other in pairs if one.digest != other.digest]


def _pool(pool: Pool) -> str:
    """A pool by what is not as usual in it."""
    usual = vars(Pool("", ""))
    told = [f"{name}={value!r}" for name, value in vars(pool).items() if type(value) in _PLAIN and value != usual[name]]
    return f"Pool({', '.join(one for one in told if not one.startswith('line='))})"


def _own(value: Any) -> Value:
    # Nobody knows which of them are secret.
    return _value(f"a value of type {type(value).__name__}", value)


def _value(text: str, value: Any) -> Value:
    digest = hashlib.sha256(_SALT)
    try:
        for piece in _pieces(value, 0):
            digest.update(piece.encode("utf-8", "surrogatepass"))
    except Exception:  # a site's object may do anything when it is looked at
        digest.update(b"?")
    return Value(text, digest.digest())


def _pieces(value: Any, depth: int) -> Iterator[str]:
    """A value as text, of objects of a site's own only what they are called: their code is known by its files."""
    kind = type(value)
    if value is None or kind in _PLAIN:
        yield repr(value)
    elif depth > _DEEPEST:
        yield kind.__name__
    elif kind in (list, tuple):
        yield "["
        for one in value:
            yield from _pieces(one, depth + 1)
            yield ","
        yield "]"
    elif kind in (set, frozenset):
        yield from sorted("".join(_pieces(one, depth + 1)) for one in value)
    elif kind in (dict, MappingProxyType):
        yield from _pieces([pair for item in value.items() for pair in item], depth + 1)
    elif kind is Pool:
        yield from _pieces({name: held for name, held in vars(value).items() if name != "line"}, depth + 1)
    else:
        yield f"{kind.__name__} {getattr(value, '__qualname__', '')}"
