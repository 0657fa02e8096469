"""Marks that a site puts above its functions, to say where they are called."""

import inspect
from collections.abc import Callable
from typing import Any, Final, TypeVar

INLINE: Final = "inline"
THREADED: Final = "threaded"
_MARK: Final = "sdhcp_called"
F = TypeVar("F", bound=Callable[..., Any])


def inline(function: F) -> F:
    """Mark a function as quick: it is called on the thread that answers clients, and may not wait for anything."""
    setattr(function, _MARK, INLINE)
    return function


def threaded(function: F) -> F:
    """Mark a function as one that may wait: it is called in a thread, while other clients are answered."""
    setattr(function, _MARK, THREADED)
    return function


def mark_of(function: Any) -> str:
    """Where a function is to be called: :data:`INLINE`, :data:`THREADED`, or "" if it has no mark."""
    return str(getattr(function, _MARK, ""))


def answers_later(function: Any) -> bool:
    """Whether a function is a coroutine function, has inlineCallbacks, or says that it returns a Deferred."""
    inner = inspect.unwrap(function)
    for one in (function, inner, inspect.getattr_static(function, "__call__", None)):
        if inspect.iscoroutinefunction(one):
            return True
    if inner is not function and inspect.isgeneratorfunction(inner):
        return True
    returned = inspect.signature(function).return_annotation
    told = returned if isinstance(returned, str) else getattr(returned, "__name__", str(returned))
    return told.rpartition(".")[2].startswith("Deferred") or "Deferred[" in told
