"""Pages that list, add, change and remove reservations; what would change is shown before."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from klein import Klein
from twisted.python.failure import Failure

from .editing import FIELDS, Editing, Refused, Reservation
from .views import refused
from .visit import Problem, visit_of
from .writing import Writer, go_to, who_of

ROWS: Final = 100
"""Reservations on a page; who wants others says what is in them."""
HERE: Final = "/console/reservations"
_OWN: Final = "own."
_LINE: Final = re.compile(r"([^=:\s]+)\s*[=:]\s*(.*)")


class ReservationPages:
    """Pages below ``/console/reservations``."""

    app = Klein()

    def __init__(self, editing: Editing, writer: Writer) -> None:
        self._editing = editing
        self._writer = writer

    @app.handle_errors(Exception)
    def failed(self, request: Any, failure: Failure) -> bytes:
        """What is told instead of a page."""
        if isinstance(failure.value, Refused):
            failure = Failure(Problem(failure.value.status, str(failure.value)))  # type: ignore[no-untyped-call]
        return refused(request, failure)

    @app.route(HERE, methods=["GET"])
    async def listed(self, request: Any) -> bytes:
        """Reservations with a text in one of their fields."""
        question = visit_of(request).question
        find, why_not = question.first("find"), self._editing.why_not()
        found = [] if why_not else await self._editing.find(find, ROWS + 1)
        return await self._writer.page(
            request, "reservations", rows=found[:ROWS], more=len(found) > ROWS, find=find, why_not=why_not,
            done=question.first("done"),
        )  # fmt: skip

    @app.route(f"{HERE}/edit", methods=["GET"])
    async def edit(self, request: Any) -> bytes:
        """A form, for the reservation of a client or for a new one."""
        key = visit_of(request).question.first("key")
        known = await self._editing.get(key) if key else None
        if key and known is None:
            raise Problem(404, "There is no such reservation.")
        fields = known.fields if known is not None else dict.fromkeys(FIELDS, "")
        return await self.form(request, key, fields, known.version if known is not None else "", known is not None)

    @app.route(f"{HERE}/delete", methods=["GET"])
    async def delete(self, request: Any) -> bytes:
        """What is removed, with a button that does it."""
        known = await self._editing.get(visit_of(request).question.first("key"))
        if known is None:
            raise Problem(404, "There is no such reservation.")
        edit = await self._editing.plan(known.key, None, known.version)
        return await self._shown(request, known.key, edit, {"version": known.version, "remove": "yes"})

    @app.route(f"{HERE}/preview", methods=["POST"])
    async def preview(self, request: Any) -> bytes:
        """What a form would change, with a button that does it."""
        form = self._writer.posted(request)
        key, fields, version = form.get("key", ""), _fields_of(form), form.get("version", "")
        try:
            edit = await self._editing.plan(key, fields, version)
        except Refused as error:
            is_known = form.get("is_known") == "yes"
            return await self.form(request, key, fields, version, is_known, str(error), error.status)
        hidden = {"version": version, **{f"{_OWN}{name}": value for name, value in fields.items()}}
        return await self._shown(request, edit.after.key if edit.after is not None else key, edit, hidden)

    @app.route(f"{HERE}/apply", methods=["POST"])
    async def apply(self, request: Any) -> bytes:
        """Do it."""
        form = self._writer.posted(request)
        key, version = form.get("key", ""), form.get("version", "")
        removes = form.get("remove") == "yes"
        fields = None if removes else {
            name.removeprefix(_OWN): value for name, value in form.items() if name.startswith(_OWN)
        }  # fmt: skip
        try:
            edit = await self._editing.change(key, fields, version, who_of(request))
        except Refused as error:
            again = await self._editing.get(key) if error.status == 412 else None
            return await self._writer.page(
                request, "reservation_refused", error.status, problem=str(error), key=key, is_there=again is not None
            )
        done = "removed" if removes else "changed" if edit.before is not None else "added"
        return go_to(request, f"{HERE}?{urlencode({'find': '' if removes else key, 'done': f'{key} was {done}.'})}")

    async def form(
        self,
        request: Any,
        key: str,
        fields: Mapping[str, str],
        version: str,
        is_known: bool,
        problem: str = "",
        status: int = 200,
    ) -> bytes:
        """The form, filled in."""
        own = "\n".join(f"{name} = {value}" for name, value in fields.items() if name not in FIELDS and value)
        names = self._editing.own_fields()
        return await self._writer.page(
            request, "reservation_form", status, key=key, fields={**dict.fromkeys(FIELDS, ""), **fields}, own=own,
            own_names=names, edition=version, is_known=is_known, problem=problem,
            subnets=await self._subnets(),
        )  # fmt: skip

    async def promotion(self, request: Any, wanted: Reservation) -> bytes:
        """The form for a client of a pool; one that has a reservation already is shown with it."""
        known = await self._editing.get(wanted.key)
        fields = {**(known.fields if known is not None else {}), **wanted.fields}
        return await self.form(request, wanted.key, fields, known.version if known is not None else "", True)

    async def _subnets(self) -> list[tuple[str, str]]:
        return [(name, str(serial)) for name, serial in await self._editing.subnets()]

    async def _shown(self, request: Any, key: str, edit: Any, hidden: Mapping[str, str]) -> bytes:
        return await self._writer.page(
            request, "reservation_difference", key=key, edit=edit, rows=edit.rows(), hidden=hidden
        )


def _fields_of(form: Mapping[str, str]) -> dict[str, str]:
    """The fields that a form tells, the site's own from lines of text.

    :raises Problem: if a line is none.
    """
    fields = {name: form.get(name, "").strip() for name in FIELDS if name in form}
    place = form.get("place", "")
    if place:
        fields["subnet"], _, fields["serial"] = place.rpartition("|")
    for line in form.get("own", "").splitlines():
        if line.strip():
            match = _LINE.fullmatch(line.strip())
            if match is None or match[1] in FIELDS:
                raise Problem(400, f"{line.strip()[:60]}: expected lines such as room = 12.")
            fields[match[1]] = match[2].strip()
    return fields
