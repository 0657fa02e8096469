"""What a site may hand over as DATABASE_ENGINE, made into a source."""

import inspect
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final

from .backends.code import DatabaseSource, DictSource, InlineSource, LaterSource, ThreadedSource
from .backends.site_code import SiteCode, raised
from .config.settings import SourceSettings
from .config.values import discreet
from .interfaces import IDefinitionSource, IServerReactor, SourceError
from .model import Query
from .scripting.mac import MAC
from .site_marks import INLINE, answers_later, inline, mark_of

__all__ = ["EXPECTED", "adapt", "inline"]

EXPECTED: Final = "a source, a dict, a function of one argument, a class, or a database object with lookupMAC"
_DEEPEST: Final = 3
"""How many times what a function returned is itself called for what it returns."""


def adapt(
    engine: Any, settings: SourceSettings, reactor: IServerReactor, clock: Callable[[], float]
) -> IDefinitionSource:
    """A source made of an object of the site's own.

    A class, and a function that needs no argument, are called once for what counts.

    :raises SourceError: if it is nothing that can be asked for clients.
    :raises SourceLoadError: if it is a dict with entries that are not in order.
    """
    for _ in range(_DEEPEST):
        try:
            source = _as_it_is(engine, settings, reactor)
            if source is not None:
                return source
            made = engine()
        except SourceError:
            raise
        except (Exception, SystemExit) as error:  # a site's object may do anything, even when it is looked at
            raise raised(_name(engine), error, settings.folder) from None
        if made is None:
            raise SourceError(f"{_name(engine)} returned None", EXPECTED)
        engine = made
    raise SourceError(f"{_name(engine)} leads to one function after the other", EXPECTED)


def is_made_by_calling(engine: Any) -> bool:
    """Whether a site's code is called once for what counts: it is a class, or a function that needs no argument."""
    if isinstance(engine, type):
        return True
    if not callable(engine) or IDefinitionSource.providedBy(engine) or hasattr(engine, "lookupMAC"):
        return False
    try:
        return not _needed(engine)
    except SourceError:
        return False


def _as_it_is(engine: Any, settings: SourceSettings, reactor: IServerReactor) -> IDefinitionSource | None:
    """The source that an object is; None if it is to be called for one.

    :raises SourceError: if it is neither.
    """
    if IDefinitionSource.providedBy(engine):
        return IDefinitionSource(engine)
    if not isinstance(engine, type):
        if isinstance(engine, dict | MappingProxyType):
            return DictSource(engine, settings.folder)
        look_up = getattr(engine, "lookupMAC", None)
        if callable(look_up):
            code = SiteCode(look_up, type(engine).__name__, settings.folder, _hardware_address)
            return DatabaseSource(code, reactor, getattr(engine, "reinitialise", None) or _nothing)
    if not callable(engine):
        raise SourceError(f"{discreet(engine)} is nothing that can be asked for clients", EXPECTED)
    needed = _needed(engine)
    if not needed:
        return None
    if len(needed) > 1 or isinstance(engine, type):
        raise SourceError(f"{_name(engine)} needs {', '.join(needed)}", EXPECTED)
    argument = _whole_query if needed == ["query"] else _key
    code = SiteCode(engine, _name(engine), settings.folder, argument)
    if answers_later(engine):
        return LaterSource(code)
    return InlineSource(code) if mark_of(engine) == INLINE else ThreadedSource(code, reactor)


def _needed(function: Callable[..., Any]) -> list[str]:
    """The names of the arguments that a function cannot do without.

    :raises SourceError: if there is no telling.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise SourceError(f"{_name(function)} does not tell its arguments", EXPECTED) from None
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [one for one in parameters if one.default is one.empty and one.kind not in optional]
    for one in needed:
        if one.kind is one.KEYWORD_ONLY:
            raise SourceError(f"{_name(function)} needs {one.name} by name", EXPECTED)
    return [one.name for one in needed]


def _name(engine: Any) -> str:
    """What code is called in messages."""
    name = getattr(engine, "__qualname__", None) or type(engine).__name__
    return str(name).rpartition("<locals>.")[2][:80]


def _key(query: Query) -> str:
    return query.key


def _whole_query(query: Query) -> Query:
    return query


def _hardware_address(query: Query) -> MAC | str | None:
    """The hardware address that a key is, or a key of IDENTITY that is none; None for one of other than six octets."""
    key = query.key
    try:
        if len(key) == 17 and key.count(":") == 5:
            return MAC(key)
    except ValueError:
        pass
    return None if key == query.mac.hex(":") else key


def _nothing() -> None:
    """What an object does that cannot read anything anew."""
