"""The pages on clients, and the same for programs."""

from typing import Any, Final
from urllib.parse import urlencode

from twisted.internet.interfaces import IReactorTime

from ..interfaces import WebQuestion
from . import clients
from .clients import Asked, BadCursor, Clients
from .facts import ServerFacts
from .leases import Leases
from .one_client import OneClient
from .rows import Rows
from .trails import MOST, Trails
from .visit import Problem
from .wanted import read

ROWS: Final = 50
"""Clients on a page."""
_HERE: Final = "/console/clients"
_SAID: Final = {
    "hostname": "Host name",
    "vendor_class": "Vendor class",
    "circuit_id": "Circuit id",
    "remote_id": "Remote id",
    "identifier": "Client identifier",
}


class ClientViews:
    """What is shown of clients: values for templates, and for JSON."""

    def __init__(self, facts: ServerFacts, trails: Trails, leases: Leases, reactor: IReactorTime) -> None:
        self._facts = facts
        self._trails = trails
        self._clients = Clients(facts, trails, Rows(facts, trails), reactor)
        self._one = OneClient(facts, trails, leases, reactor)

    async def table(self, question: WebQuestion) -> dict[str, Any]:
        """The table of clients that are searched for."""
        find, after = question.first("find"), question.first("after")
        asked = _asked(question, find)
        page = await self._page(asked, after, ROWS)
        query = {"find": find, "kind": asked.kind, "order": asked.order if asked.order != clients.ORDERS[0] else ""}
        query = {name: value for name, value in query.items() if value}
        return {
            "rows": page.rows,
            "notes": page.notes,
            "find": find,
            "kind": asked.kind,
            "kinds": clients.KINDS,
            "order": asked.order,
            "orders": clients.ORDERS,
            "heard": len(self._trails),
            "shed": self._trails.shed,
            "first": f"{_HERE}?{urlencode(query)}" if after else "",
            "more": f"{_HERE}?{urlencode({**query, 'after': page.after})}" if page.after else "",
        }

    async def found(self, question: WebQuestion) -> dict[str, Any]:
        """The same as JSON has it."""
        text = question.first("limit", str(ROWS))
        limit = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
        if not 1 <= limit <= clients.MOST:
            raise Problem(400, f"limit is a whole number from 1 to {clients.MOST}.")
        page = await self._page(_asked(question, question.first("find")), question.first("after"), limit)
        return {
            "clients": list(page.rows),
            "after": page.after or None,
            "searched": [note._asdict() for note in page.notes],
        }

    async def shown(self, name: str) -> dict[str, Any]:
        """One client, for its page."""
        told = await self._of(name)
        said = [(_SAID[field], value) for field, value in told["said"].items() if value]
        return {"client": told, "said": said, "most": MOST, "shed": self._trails.shed}

    async def known(self, name: str) -> dict[str, Any]:
        """One client of which something is known, as JSON has it."""
        told = await self._of(name)
        if not told.pop("is_known") and not told["problems"]:
            raise Problem(404, "Nothing is known of this client.")
        return told

    async def _of(self, name: str) -> dict[str, Any]:
        told = await self._one.of(name)
        if told is None:
            raise Problem(404, "That is no hardware address, and nothing else that a client is known by.")
        return told

    async def _page(self, asked: Asked, after: str, most: int) -> clients.Page:
        try:
            return await self._clients.search(asked, after, most)
        except BadCursor as error:
            raise Problem(400, str(error)) from None


def _asked(question: WebQuestion, find: str) -> Asked:
    kind, order = question.first("kind"), question.first("order", clients.ORDERS[0])
    if kind not in clients.KINDS:
        raise Problem(400, f"There is no kind of this name; there are {', '.join(filter(None, clients.KINDS))}.")
    if order not in clients.ORDERS:
        raise Problem(400, f"There is no order of this name; there are {', '.join(clients.ORDERS)}.")
    return Asked(read(find), kind, order)
