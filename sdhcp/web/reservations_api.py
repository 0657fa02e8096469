"""Reservations for programs: each has an ETag, and what somebody else has changed meanwhile is not overwritten."""

import json
from collections.abc import Mapping
from typing import Any, Final

from klein import Klein
from twisted.python.failure import Failure

from .asked import body_of, json_of
from .changing import see_that_it_may
from .editing import FIELDS, Editing, Refused, Reservation
from .origin import Tokens
from .pages import answer
from .views import refused
from .visit import Problem, visit_of
from .writing import who_of

HERE: Final = "/api/v1/reservations"
MOST: Final = 1000


class ReservationApi:
    """What is below ``/api/v1/reservations``."""

    app = Klein()

    def __init__(self, editing: Editing, tokens: Tokens) -> None:
        self._editing = editing
        self._tokens = tokens

    @app.handle_errors(Exception)
    def failed(self, request: Any, failure: Failure) -> bytes:
        """What is told instead of an answer."""
        if isinstance(failure.value, Refused):
            failure = Failure(Problem(failure.value.status, str(failure.value)))  # type: ignore[no-untyped-call]
        return refused(request, failure)

    @app.route(HERE, methods=["GET"])
    async def listed(self, request: Any) -> bytes:
        """Reservations with a text in one of their fields."""
        question = visit_of(request).question
        text = question.first("limit", "100")
        limit = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
        if not 1 <= limit <= MOST:
            raise Problem(400, f"limit is a whole number from 1 to {MOST}.")
        found = await self._editing.find(question.first("find"), limit)
        return _told(request, {"reservations": [_record(one) for one in found]})

    @app.route(f"{HERE}/<path:key>", methods=["GET"])
    async def one(self, request: Any, key: str) -> bytes:
        """The reservation of a client."""
        known = await self._editing.get(key)
        if known is None:
            raise Problem(404, "There is no such reservation.")
        return _told(request, _record(known), known)

    @app.route(f"{HERE}/<path:key>", methods=["PUT"])
    async def put(self, request: Any, key: str) -> bytes:
        """Make the reservation of a client, or change it into what is told."""
        see_that_it_may(request, self._tokens)
        edit = await self._editing.change(key, _fields_of(request), _version_of(request), who_of(request))
        assert edit.after is not None  # noqa: S101  it is not removed
        return _told(request, _record(edit.after), edit.after, 200 if edit.before is not None else 201)

    @app.route(f"{HERE}/<path:key>", methods=["DELETE"])
    async def delete(self, request: Any, key: str) -> bytes:
        """Remove the reservation of a client."""
        see_that_it_may(request, self._tokens)
        edit = await self._editing.change(key, None, _version_of(request), who_of(request))
        assert edit.before is not None  # noqa: S101  it was there
        return _told(request, _record(edit.before))


def _record(one: Reservation) -> dict[str, Any]:
    own = {name: value for name, value in one.fields.items() if name not in FIELDS}
    fields = {name: one.fields.get(name, "") for name in FIELDS}
    return {"key": one.key, **fields, "serial": int(fields["serial"] or 0), "own": own, "version": one.version}


def _fields_of(request: Any) -> dict[str, str]:
    """The fields of the JSON object that was sent.

    :raises Problem: if it is none.
    """
    try:
        sent = json_of(body_of(request))
    except ValueError:
        raise Problem(400, "That is no JSON.") from None
    if not isinstance(sent, dict):
        raise Problem(400, f"Expected an object with {', '.join(FIELDS)} and own.")
    own = sent.pop("own", {})
    strange = [name for name in sent if name not in FIELDS]
    if strange or not isinstance(own, dict) or any(name in FIELDS or name == "mac" for name in own):
        raise Problem(400, f"Expected {', '.join(FIELDS)} and, in own, the site's own fields.")
    fields = {**sent, **own}
    if any(isinstance(value, bool) or not isinstance(value, str | int) for value in fields.values()):
        raise Problem(400, "Values are text, or whole numbers.")
    return {name: str(value) for name, value in fields.items()}


def _version_of(request: Any) -> str | None:
    """Which version a change is meant for: "" for none that is there, None for whatever is."""
    headers: Mapping[str, str] = visit_of(request).question.headers
    if headers.get("if-none-match", "").strip() == "*":
        return ""
    wanted = headers.get("if-match", "").strip()
    return None if wanted in ("", "*") else wanted.removeprefix("W/").strip('"')


def _told(request: Any, value: Any, one: Reservation | None = None, status: int = 200) -> bytes:
    if one is not None:
        request.setHeader(b"etag", f'"{one.version}"'.encode())
    return answer(request, "application/json", json.dumps(value).encode(), status=status)
