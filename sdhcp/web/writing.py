"""Pages of parts of the console that are in files of their own."""

from collections.abc import Mapping
from typing import Any

from .asked import asked_of
from .changing import posted
from .editing import Who
from .fragments import Fragments
from .limits import peer
from .origin import Tokens
from .pages import Pages, answer
from .visit import visit_of


class Writer:
    """Writes pages, and reads what their forms send."""

    def __init__(self, pages: Pages, fragments: Fragments, tokens: Tokens) -> None:
        self._pages = pages
        self._fragments = fragments
        self._tokens = tokens

    async def page(self, request: Any, template: str, status: int = 200, **values: Any) -> bytes:
        """A page from a template, which has a ``token`` for its forms."""
        visit = visit_of(request)
        heads = await self._fragments.heads(asked_of(request))
        token = self._tokens.make(visit.caller.name)
        data = await self._pages.write(request, template, visit.path, heads, token=token, **values)
        request.setResponseCode(status)
        return data

    def posted(self, request: Any) -> Mapping[str, str]:
        """The fields of a form of ours.

        :raises Problem: if it comes from elsewhere, or from who may change nothing.
        """
        return posted(request, self._tokens)


def who_of(request: Any) -> Who:
    """Who asks, and from where."""
    return Who(visit_of(request).caller.name, peer(request.getClientAddress()))


def go_to(request: Any, where: str) -> bytes:
    """Have the browser ask for another page."""
    request.setHeader(b"location", where.encode())
    return answer(request, "text/plain", b"", status=303)
