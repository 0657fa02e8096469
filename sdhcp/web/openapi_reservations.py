"""Reservations in the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

_TEXT: Final = {"type": "string"}
_REF: Final = {"$ref": "#/components/schemas/Reservation"}
_FIELDS: Final = {
    "ip": {"type": "string", "format": "ipv4"},
    "hostname": _TEXT,
    "subnet": _TEXT,
    "serial": {"type": "integer"},
    "own": {"type": "object", "additionalProperties": _TEXT, "description": "Fields of the site's own."},
}
_RECORD: Final = {"key": _TEXT, **_FIELDS, "version": {**_TEXT, "description": "What its ETag says."}}
_WHY: Final = {
    400: "Something that was sent is wrong.",
    401: "This wants a token or a password.",
    403: "Not for this caller.",
    404: "There is no such reservation.",
    409: "The store does not take it, or can only be read.",
    412: "Somebody else has changed it meanwhile.",
    429: "Too many wrong ones came from this address.",
    503: "The store, or the record of changes, cannot be written or asked now.",
}

SCHEMAS: Final[Mapping[str, Any]] = {
    "Reservation": {"type": "object", "properties": _RECORD, "required": sorted(_RECORD)},
    "Reservations": {
        "type": "object",
        "properties": {"reservations": {"type": "array", "items": _REF}},
        "required": ["reservations"],
    },
    "NewReservation": {
        "type": "object", "properties": _FIELDS, "required": ["ip", "subnet"], "additionalProperties": False,
    },
}  # fmt: skip


def _in(place: str, name: str, text: str, required: bool = False, schema: Any = _TEXT) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": schema, "description": text}


def _does(summary: str, schema: str, *statuses: int, **more: Any) -> dict[str, Any]:
    def answer(name: str, text: str) -> dict[str, Any]:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        return {"description": text, "content": content}

    responses = {"200": answer(schema, "What was asked for, or what it is now; of one that was removed, what it was.")}
    responses |= {str(status): answer("Problem", _WHY[status]) for status in sorted((401, 429, *statuses))}
    return {"summary": summary, "responses": responses, **more}


_CSRF: Final = _in("header", "X-CSRF-Token", "The csrf_token of the session, for who has no API token.")
_IF_MATCH: Final = _in("header", "If-Match", "The ETag of what is to be changed; without it, whatever is there.")
_LIMIT: Final = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}


def paths() -> dict[str, Any]:
    """The paths, with what they do."""
    put = _does(
        "Make or change a reservation.", "Reservation", 400, 403, 409, 412, 503,
        parameters=[_CSRF, _IF_MATCH, _in("header", "If-None-Match", "* where there is to be none yet.")],
        requestBody={
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewReservation"}}},
        },
    )  # fmt: skip
    put["responses"]["201"] = {**put["responses"]["200"], "description": "It was made."}
    return {
        "/reservations": {
            "get": _does(
                "Reservations.", "Reservations", 400, 409, 503,
                parameters=[
                    _in("query", "find", "Only those with this text in one of their fields."),
                    _in("query", "limit", "At most so many.", schema=_LIMIT),
                ],
            )
        },
        "/reservations/{key}": {
            "parameters": [_in("path", "key", "A hardware address, or another key of IDENTITY.", True)],
            "get": _does("The reservation of a client.", "Reservation", 400, 404, 409, 503),
            "put": put,
            "delete": _does(
                "Remove a reservation.", "Reservation", 400, 403, 404, 409, 412, 503, parameters=[_CSRF, _IF_MATCH]
            ),
        },
    }  # fmt: skip
