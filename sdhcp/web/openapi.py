"""The OpenAPI document of the API."""

from collections.abc import Mapping
from typing import Any, Final

from . import openapi_reservations
from .explain import FIELDS, TYPES
from .openapi_clients import CLIENT, CLIENT_IN_FULL, NAME, QUERY, SEARCHED

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "integer"}
_COUNTS: Final = {"type": "object", "additionalProperties": _NUMBER}
_YES: Final = {"type": "boolean"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"oneOf": [schema, {"type": "null"}]}


_CHANGES: Final = _list(_object(name=_TEXT, old=_TEXT, new=_TEXT))
_DIFFERENCE: Final = {
    "problems": {**_list(_TEXT), "description": "Why nothing was changed; empty if all is in order."},
    "changed": _CHANGES,
    "wants_restart": _CHANGES,
    "files": _list(_TEXT),
    "notices": _list(_TEXT),
}
_SCHEMAS: Final = {
    "Problem": _object(error=_TEXT),
    "Health": _object(status={"type": "string", "enum": ["live", "ready", "troubled", "not serving"]}),
    "Session": _object(name=_TEXT, role={"type": "string", "enum": ["viewer", "operator"]}, csrf_token=_TEXT),
    "Stats": _object(
        version=_TEXT,
        system=_TEXT,
        started=_NUMBER,
        uptime=_NUMBER,
        exchanges=_list(_object(method=_TEXT, outcome=_TEXT, count=_NUMBER)),
        dropped=_COUNTS,
        malformed=_COUNTS,
        events=_COUNTS,
    ),
    "Sources": _object(
        sources=_list(
            _object(
                name=_TEXT,
                role=_TEXT,
                well=_YES,
                problem=_TEXT,
                details={"type": "object", "additionalProperties": _TEXT},
            )
        )
    ),
    "Pools": _object(pools=_list(_object(name=_TEXT, counts=_or_null(_COUNTS)))),
    "Lease": _object(
        address={"type": "string", "format": "ipv4"},
        pool=_TEXT,
        state={"type": "string", "enum": ["offered", "bound", "expired", "released", "quarantined"]},
        mac=_TEXT,
        hostname=_TEXT,
        client=_TEXT,
        since={**_NUMBER, "description": "Seconds since the epoch."},
        expires={**_NUMBER, "description": "Seconds since the epoch."},
        via=_TEXT,
        evidence=_TEXT,
    ),
    "Leases": _object(
        leases=_list({"$ref": "#/components/schemas/Lease"}),
        after={**_or_null(_TEXT), "description": "What to ask with to go on; null at the end."},
    ),
    "Question": {
        "type": "object",
        "properties": {
            **dict.fromkeys(FIELDS, _TEXT),
            "type": {"type": "string", "enum": list(TYPES), "default": "discover"},
            "packet": {**_TEXT, "description": "A packet's octets in hexadecimal, in the place of all others."},
            "options": {**_TEXT, "description": "Further options, such as hostname=pc; 57=1500."},
            "broadcast": _YES,
            "port": _NUMBER,
        },
        "additionalProperties": False,
    },
    "Explanation": _object(
        request=_or_null({"type": "object"}),
        interface=_TEXT,
        server=_TEXT,
        outcome=_TEXT,
        detail=_TEXT,
        answer=_TEXT,
        chain=_list(_object(step=_TEXT, text=_TEXT, more=_list(_TEXT))),
        hooks=_list({"type": "object"}),
        reply=_or_null(
            _object(
                message={"type": "object"},
                octets={**_TEXT, "description": "In hexadecimal."},
                options=_list({"$ref": "#/components/schemas/Origin"}),
                withheld=_list({"$ref": "#/components/schemas/Origin"}),
                destination=_object(ip=_TEXT, port=_NUMBER, hardware=_or_null(_TEXT), why=_TEXT),
            )
        ),
    ),
    "Origin": _object(code=_NUMBER, name=_TEXT, value=_TEXT, why=_TEXT),
    "Difference": _object(**_DIFFERENCE),
    "Reload": _object(seconds={"type": "number"}, unwell=_list(_TEXT), **_DIFFERENCE),
    "Client": CLIENT,
    "Clients": _object(
        clients=_list({"$ref": "#/components/schemas/Client"}),
        after={**_or_null(_TEXT), "description": "What to ask with to go on; null at the end."},
        searched=_list(SEARCHED),
    ),
    "ClientInFull": CLIENT_IN_FULL,
}

_QUERY: Final = (
    ("pool", True, {**_TEXT, "examples": ["guests"]}, "The pool's name."),
    ("after", False, {"type": "string", "format": "ipv4"}, "Only what stands behind this address."),
    ("limit", False, {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "At most so many."),
    ("find", False, _TEXT, "Only those with this text in one of their fields."),
    ("state", False, {"type": "string", "enum": ["offered", "bound", "expired", "released", "quarantined"]},
     "Only those of this state."),
)  # fmt: skip


def _answer(schema: str, text: str) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"description": text, "content": {"application/json": content}}


def _operation(summary: str, schema: str, *others: int, is_open: bool = False, **more: Any) -> dict[str, Any]:
    texts = {
        400: "Something that was asked with is wrong.",
        403: "Not for this caller.",
        404: "There is no such thing.",
    }
    responses = {"200": _answer(schema, "What was asked for.")}
    for status in others:
        responses[str(status)] = _answer("Problem", texts.get(status, "This cannot be told now."))
    if not is_open:
        responses["401"] = _answer("Problem", "This wants a token or a password.")
        responses["429"] = _answer("Problem", "Too many wrong ones came from this address.")
    return {"summary": summary, "responses": responses, **({"security": [{}]} if is_open else {}), **more}


def document(version: str, has_reservations: bool = False) -> dict[str, Any]:
    """The document, for a version of the server.

    :param has_reservations: whether reservations can be asked for and changed.
    """
    parameters = [
        {"name": name, "in": "query", "required": required, "schema": schema, "description": text}
        for name, required, schema, text in _QUERY
    ]
    csrf = {
        "name": "X-CSRF-Token",
        "in": "header",
        "required": False,
        "schema": _TEXT,
        "description": "The csrf_token of the session, for who has no API token.",
    }
    ready = _operation("Whether clients are served, and all that they are served from is well.", "Health", is_open=True)
    ready["responses"]["503"] = _answer("Health", "Not so.")
    paths = {
        "/openapi.json": _operation("This document.", "Document"),
        "/health/live": _operation("Whether the process is alive.", "Health", is_open=True),
        "/health/ready": ready,
        "/session": _operation("Who asks.", "Session"),
        "/stats": _operation("Counters since the start.", "Stats"),
        "/sources": _operation("Sources, caches and the store of leases.", "Sources"),
        "/pools": _operation("Pools, and how full they are.", "Pools"),
        "/clients": _operation("Clients that are searched for.", "Clients", 400, parameters=QUERY),
        "/clients/{id}": _operation("One client, with its timeline.", "ClientInFull", 404, parameters=[NAME]),
        "/leases": _operation("Leases of a pool, by address.", "Leases", 400, 404, 503, parameters=parameters),
    }
    reload = _operation("Read everything anew, as SIGHUP does.", "Reload", 403, parameters=[csrf])
    explain = _operation(
        "Why a client gets its answer; nothing is sent or kept, though functions of the site's code are called.",
        "Explanation",
        400,
        403,
        503,
        requestBody={
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Question"}}},
        },
    )
    check = _operation("What reading everything anew would change.", "Difference", 403, parameters=[csrf])
    posts: dict[str, Any] = {
        "/reload": {"post": reload},
        "/explain": {"post": explain},
        "/reload/check": {"post": check},
    }
    posts |= openapi_reservations.paths() if has_reservations else {}
    schemas = {**_SCHEMAS, **openapi_reservations.SCHEMAS}
    return {
        "openapi": "3.1.0",
        "info": {"title": "sdhcp", "version": version},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}, {"digest": []}],
        "paths": {**{path: {"get": operation} for path, operation in paths.items()}, **posts},
        "components": {
            "schemas": {**schemas, "Document": {"type": "object"}},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "digest": {"type": "http", "scheme": "digest"},
            },
        },
    }
