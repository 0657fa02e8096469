"""A panel and a page that a function makes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from zope.interface import implementer

from ..interfaces import IDashboardPanel, IWebMethod, WebAnswer, WebQuestion

OLD: Final = "/ca/uguu/puukusoft/staticDHCPd/extension/"
"""Where staticDHCPd's own extensions have the same pages, which programs of operators ask for."""

Render = Callable[[WebQuestion], WebAnswer | str | None]


@implementer(IDashboardPanel)
@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the dashboard."""

    name: str
    ordering: float
    render: Callable[[], str | None]


@implementer(IWebMethod)
@dataclass(frozen=True, slots=True)
class Page:
    """A page or a file; a secure one asks for the password, if there is one."""

    path: str
    module: str
    name: str
    render: Render
    hidden: bool
    secure: bool


def at_both(own: str, old: str, module: str, parts: Sequence[tuple[str, str, Render]], secure: bool) -> list[Page]:
    """Pages below a path of ours and, not listed, below the one that staticDHCPd has.

    :param parts: each the end of its path, its name and what makes it.
    """
    return [
        Page(path + end, module, name, render, hidden=path == old, secure=secure)
        for path in (own, old)
        for end, name, render in parts
    ]
