"""Requests as the parts of the console see them."""

import json
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any
from urllib.parse import parse_qs

from ..interfaces import WebQuestion
from ..scripting.web_pages import Asked

FIELDS = 1000
"""Fields of a query or a form."""


class Headers(Mapping[str, str]):
    """The fields of a request's head, by their names in any case."""

    def __init__(self, request: Any) -> None:
        self._fields: dict[str, str] = {}
        for name, values in request.requestHeaders.getAllRawHeaders():
            self._fields[_text(name).lower()] = ", ".join(map(_text, values))

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def path_of(request: Any) -> str:
    """What stands before the question mark, as it was sent."""
    return _text(request.uri.partition(b"?")[0])


def question_of(request: Any) -> WebQuestion:
    """A request in the form that pages get.

    :raises ValueError: if its query has too many fields.
    """
    return WebQuestion(path_of(request), _fields(request.uri.partition(b"?")[2]), Headers(request))


def form_of(request: Any) -> Mapping[str, list[str]]:
    """The fields of a form that was posted; none if it is of another kind.

    :raises ValueError: if there are too many.
    """
    kind = _kind(request)
    return _fields(body_of(request)) if kind == "application/x-www-form-urlencoded" else {}


def asked_of(request: Any) -> Asked:
    """A request in the form that a site's functions get.

    :raises ValueError: if its query has too many fields.
    """
    headers = Message()
    for name, values in request.requestHeaders.getAllRawHeaders():
        for value in values:
            headers[_text(name)] = _text(value)
    posted = request.method == b"POST"
    query = _fields(request.uri.partition(b"?")[2])
    return Asked(
        path_of(request), query, _kind(request) if posted else None, body_of(request) if posted else None, headers
    )


def _kind(request: Any) -> str | None:
    """The type of what was posted, without what stands behind it."""
    kind = request.requestHeaders.getRawHeaders(b"content-type")
    return _text(kind[0]).partition(";")[0].strip() if kind else None


def body_of(request: Any) -> bytes:
    """What was posted, whatever it is."""
    request.content.seek(0)
    return bytes(request.content.read())


def json_of(octets: bytes) -> Any:
    """What is written in JSON.

    :raises ValueError: if it is none, is too deep, or has text in it that is no text: halves of surrogate pairs.
    """
    try:
        value = json.loads(octets)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is too deep") from None
    return value


def _fields(data: bytes) -> dict[str, list[str]]:
    return parse_qs(_text(data), max_num_fields=FIELDS)


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")
