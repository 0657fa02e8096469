"""Pages that end leases, forget what is known of addresses, and make reservations of leases."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from klein import Klein
from twisted.python.failure import Failure

from .editing import Editing, Refused
from .reservations import ReservationPages
from .views import refused
from .visit import Problem, visit_of
from .writing import Writer, go_to, who_of

_QUESTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "release": (
        "Release",
        "Its client is not told, and goes on using the address until it renews; the address may be lent to somebody "
        "else before that.",
    ),
    "clear": ("Forget", "Who held the address, or that somebody uses it, is forgotten: it is free."),
}


class LeaseChanges:
    """Pages below ``/console/leases/``."""

    app = Klein()

    def __init__(self, editing: Editing, writer: Writer, reservations: ReservationPages) -> None:
        self._editing = editing
        self._writer = writer
        self._reservations = reservations

    @app.handle_errors(Exception)
    def failed(self, request: Any, failure: Failure) -> bytes:
        """What is told instead of a page."""
        if isinstance(failure.value, Refused):
            failure = Failure(Problem(failure.value.status, str(failure.value)))  # type: ignore[no-untyped-call]
        return refused(request, failure)

    @app.route("/console/leases/promote", methods=["GET"])
    async def promote(self, request: Any) -> bytes:
        """The form for a reservation in the place of a lease."""
        question = visit_of(request).question
        if self._editing.why_not():
            raise Problem(409, self._editing.why_not())
        wanted = await self._editing.leased(question.first("pool"), question.first("address"))
        return await self._reservations.promotion(request, wanted)

    @app.route("/console/leases/<string:what>", methods=["GET"])
    async def ask(self, request: Any, what: str) -> bytes:
        """A question before something is done to a lease."""
        if what not in _QUESTIONS:
            raise Problem(404, "There is no such page.")
        question = visit_of(request).question
        verb, text = _QUESTIONS[what]
        return await self._writer.page(
            request, "lease_change", what=what, verb=verb, text=text,
            pool=question.first("pool"), address=question.first("address"),
        )  # fmt: skip

    @app.route("/console/leases/<string:what>", methods=["POST"])
    async def do(self, request: Any, what: str) -> bytes:
        """Do it, and go back to the leases."""
        if what not in _QUESTIONS:
            raise Problem(404, "There is no such page.")
        form = self._writer.posted(request)
        pool, address = form.get("pool", ""), form.get("address", "")
        doing = self._editing.release if what == "release" else self._editing.clear
        await doing(pool, address, who_of(request))
        return go_to(request, f"/console/leases?{urlencode({'pool': pool, 'find': address})}")
