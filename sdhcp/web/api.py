"""The API for programs, below /api/v1/: JSON, described by an OpenAPI document."""

import json
from typing import Any, Final

from klein import Klein
from twisted.python.failure import Failure

from .. import __version__
from ..interfaces import SourceError
from . import explain
from .asked import body_of
from .changing import see_that_it_may
from .client_views import ClientViews
from .facts import ServerFacts
from .leases import MOST, Leases, NoSuchPool
from .openapi import document
from .origin import Tokens, is_own
from .pages import answer
from .views import address_of, refused, search_of
from .visit import Problem, visit_of

HEALTH: Final = ("/api/v1/health/live", "/api/v1/health/ready")
"""What monitoring may ask without saying who it is."""
_PAGE: Final = 100


class Api:
    """Answers programs."""

    app = Klein()

    def __init__(
        self, facts: ServerFacts, stored: Leases, clients: ClientViews, tokens: Tokens, started: float
    ) -> None:
        self._facts = facts
        self._leases = stored
        self._clients = clients
        self._tokens = tokens
        self._started = started

    @app.handle_errors(Exception)
    def failed(self, request: Any, failure: Failure) -> bytes:
        """What is told instead of an answer."""
        return refused(request, failure)

    @app.route("/api/v1/openapi.json", methods=["GET"])
    def openapi(self, request: Any) -> bytes:
        """The description of all this."""
        return told(request, document(__version__, self._facts.editing is not None))

    @app.route("/api/v1/health/live", methods=["GET"])
    def live(self, request: Any) -> bytes:
        """Whether the process does anything at all."""
        return told(request, {"status": "live"})

    @app.route("/api/v1/health/ready", methods=["GET"])
    def ready(self, request: Any) -> bytes:
        """Whether clients are served, and whether all that they are served from is well."""
        is_serving = self._facts.is_serving()
        status = "ready" if is_serving and not self._facts.problems() else "troubled" if is_serving else "not serving"
        return told(request, {"status": status}, 200 if status == "ready" else 503)

    @app.route("/api/v1/session", methods=["GET"])
    def session(self, request: Any) -> bytes:
        """Who asks, and the token that a browser's requests for changes have to carry."""
        caller = visit_of(request).caller
        return told(request, {"name": caller.name, "role": caller.role, "csrf_token": self._tokens.make(caller.name)})

    @app.route("/api/v1/stats", methods=["GET"])
    def stats(self, request: Any) -> bytes:
        """Counters since the start."""
        facts, counters = self._facts, self._facts.counters
        exchanges = [
            {"method": method, "outcome": outcome, "count": count}
            for (method, outcome), count in sorted(counters.exchanges.items())
        ]
        return told(
            request,
            {
                "version": __version__,
                "system": facts.configuration.process.name,
                "started": int(self._started),
                "uptime": int(facts.wall() - self._started),
                "exchanges": exchanges,
                "dropped": dict(counters.dropped),
                "malformed": dict(counters.malformed),
                "events": dict(counters.others),
            },
        )

    @app.route("/api/v1/sources", methods=["GET"])
    def sources(self, request: Any) -> bytes:
        """Sources, caches and the store of leases, each with its state."""
        sources = [
            {"name": one.name, "role": one.role, "well": not one.problem, "problem": one.problem,
             "details": dict(one.details)}
            for one in self._facts.sources()
        ]  # fmt: skip
        return told(request, {"sources": sources})

    @app.route("/api/v1/pools", methods=["GET"])
    async def pools(self, request: Any) -> bytes:
        """The pools, and how full they are."""
        pools = []
        for name in self._leases.names():
            counts = await self._leases.counts(name)
            pools.append({"name": name, "counts": counts._asdict() if counts is not None else None})
        return told(request, {"pools": pools})

    @app.route("/api/v1/leases", methods=["GET"])
    async def leases(self, request: Any) -> bytes:
        """Leases of a pool, a page at a time."""
        question = visit_of(request).question
        text = question.first("limit", str(_PAGE))
        limit = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
        if not 1 <= limit <= MOST:
            raise Problem(400, f"limit is a whole number from 1 to {MOST}.")
        pool = question.first("pool")
        try:
            found = await self._leases.page(pool, search_of(question), address_of(question.first("after")), limit)
        except NoSuchPool:
            raise Problem(404, "There is no such pool.") from None
        except SourceError as error:
            raise Problem(503, f"The leases cannot be read now: {error}.") from None
        return told(request, {"leases": list(found.rows), "after": ".".join(map(str, found.after)) or None})

    @app.route("/api/v1/explain", methods=["POST"])
    async def explain(self, request: Any) -> bytes:
        """Why a client gets its answer; whoever may look may ask, since nothing is changed."""
        if not is_own(visit_of(request).question):
            raise Problem(403, "This was asked for by a page of another site.")
        asked = explain.asked_by(body_of(request))
        return told(request, await explain.told(self._facts, asked))

    @app.route("/api/v1/clients", methods=["GET"])
    async def clients(self, request: Any) -> bytes:
        """Clients that are searched for, a page at a time."""
        return told(request, await self._clients.found(visit_of(request).question))

    @app.route("/api/v1/clients/<path:id>", methods=["GET"])
    async def client(self, request: Any, id: str) -> bytes:
        """One client, with its timeline."""
        return told(request, await self._clients.known(id))

    @app.route("/api/v1/reload", methods=["POST"])
    async def reload(self, request: Any) -> bytes:
        """Read everything anew; answered when that is done."""
        see_that_it_may(request, self._tokens)
        before = self._facts.clock()
        outcome = await self._facts.reload()
        seconds = round(self._facts.clock() - before, 6)
        return told(request, {"seconds": seconds, "unwell": list(self._facts.problems()), **outcome.record()})

    @app.route("/api/v1/reload/check", methods=["POST"])
    async def difference(self, request: Any) -> bytes:
        """What reading everything anew would change. conf.py is executed for that, so that not everybody may ask."""
        see_that_it_may(request, self._tokens)
        return told(request, (await self._facts.check()).record())


def told(request: Any, value: Any, status: int = 200) -> bytes:
    """An answer in JSON."""
    return answer(request, "application/json", json.dumps(value).encode(), status=status)
