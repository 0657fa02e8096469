"""What the OpenAPI document says of clients."""

from typing import Any, Final

from .clients import KINDS, MOST, ORDERS

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "integer"}
_MAYBE: Final = {"oneOf": [_NUMBER, {"type": "null"}]}
_TIME: Final = {"type": "number", "description": "Seconds since the epoch."}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _texts(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, _TEXT)


CLIENT: Final = _object(
    **_texts("id", "mac", "address", "hostname", "subnet", "state", "vendor_class", "circuit_id", "remote_id"),
    **_texts("method", "answer", "outcome", "words"),
    kind={"type": "string", "enum": ["reservation", "lease", "unknown"]},
    serial=_MAYBE,
    expires=_MAYBE,
    heard={**_MAYBE, "description": "When it was heard last, in seconds since the epoch."},
)
SEARCHED: Final = _object(
    place={"type": "string", "enum": ["heard", "reservations", "leases"]},
    name=_TEXT,
    how={"type": "string", "enum": ["whole", "part", "exact", "not"]},
    problem=_TEXT,
)
CLIENT_IN_FULL: Final = _object(
    id=_TEXT,
    mac=_TEXT,
    said=_object(**_texts("hostname", "vendor_class", "circuit_id", "remote_id", "identifier")),
    reservations=_list(
        _object(**_texts("address", "subnet", "hostname"), serial=_NUMBER, lease_time=_NUMBER, gateways=_list(_TEXT))
    ),
    leases=_list({"$ref": "#/components/schemas/Lease"}),
    blocked={"oneOf": [_object(seconds=_NUMBER, reason=_TEXT), {"type": "null"}]},
    timeline=_list(
        _object(
            **_texts("kind", "answer", "outcome", "words", "address", "relay", "interface"),
            at=_TIME,
            latency={"oneOf": [{"type": "number"}, {"type": "null"}], "description": "Milliseconds."},
        )
    ),
    history=_list(
        _object(
            **_texts("what", "words", "address", "pool", "via", "evidence"),
            at=_TIME,
            expires={**_NUMBER, "description": "Seconds since the epoch."},
        )
    ),
    problems=_list(_TEXT),
)


def _parameter(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


QUERY: Final = [
    _parameter("find", _TEXT, "Only those with this in an address, a name, their vendor class, circuit or remote id."),
    _parameter("kind", {"type": "string", "enum": [kind for kind in KINDS if kind]}, "Only those of this kind."),
    _parameter("order", {"type": "string", "enum": list(ORDERS), "default": ORDERS[0]}, "In which order."),
    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": 50}, "At most so many."),
    _parameter("after", _TEXT, "Where the answer before ended."),
]
NAME: Final = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": _TEXT,
    "description": "A hardware address in any writing, or what else a client is known by.",
}
