"""docs/api.md: the API for programs, from the OpenAPI document that the server gives out.

``python -m tests.api_document`` writes it anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sdhcp.web.openapi import document as openapi

from .netns.yard import ROOT

PATH = ROOT / "docs" / "api.md"
HEAD = """# The API

What programs ask the [web console](console.md) for, below `/api/v1/`, in JSON. It is made from what the server says of
itself at `/api/v1/openapi.json`, which generators of clients and browsers of APIs read.

**Who may.** Without a password and tokens everybody who reaches the console, which is on 127.0.0.1 alone then unless
conf.py says otherwise ([console.md](console.md#who-may-see-it)). Else a caller shows a token of `WEB_API_TOKENS`
(`Authorization: Bearer ...`), or the password by DIGEST. A token's role is "viewer", which may look, or "operator",
which may change something too; so may who has the password, with the `csrf_token` of the session in `X-CSRF-Token`.
After five wrong ones an address has to wait, up to a minute, and gets 429.

Reservations are there where the source can be written ([sources.md](sources.md#reservations-from-the-shell)).

**What comes.** A status of 200 with what was asked for, or another with an object that has `error`, in words for
people. In examples `$TOKEN` is a token.
"""
FOOT = """
This file is written by `python -m tests.api_document`; a test fails if it is not what the server says of itself.
"""
EXAMPLES = {"pool": "guests", "key": "02:00:00:00:00:09", "id": "02:00:00:00:00:01"}
"""What examples ask with, where something has to be given."""
BODIES = {
    "Question": '{"mac": "02:00:00:00:00:01", "giaddr": "192.168.0.1"}',
    "NewReservation": '{"ip": "192.168.0.50", "subnet": "192.168.0.0/24"}',
}
"""What examples send."""
METHODS = ("get", "put", "post", "delete")


def document() -> str:
    """The whole file."""
    description = openapi("", has_reservations=True)
    base = description["servers"][0]["url"]
    pieces = [HEAD]
    for path, methods in description["paths"].items():
        for method in METHODS:
            if method in methods:
                parameters = [*methods.get("parameters", ()), *methods[method].get("parameters", ())]
                pieces.append("\n".join(_operation(method.upper(), f"{base}{path}", methods[method], parameters)))
    pieces.append("\n## Objects\n")
    for name, schema in description["components"]["schemas"].items():
        if schema.get("properties"):
            pieces.append("\n".join(_schema(name, schema)))
    return "".join(pieces) + FOOT


def _operation(method: str, path: str, operation: Any, parameters: Sequence[Any]) -> Iterator[str]:
    yield from ("", f"## {method} {path}", "", operation["summary"], "")
    if operation.get("description"):
        yield from (operation["description"], "")
    is_open = {} in operation.get("security", ())
    bodies = operation.get("requestBody", {}).get("content", {})
    yield from (f"    {_example(method, path, parameters, bodies, is_open)}", "")
    if is_open:
        yield from ("For everybody, without a token.", "")
    if parameters:
        yield from ("| Asked with | | May be | Meaning |", "|---|---|---|---|")
        for one in parameters:
            where = one["in"] + (", needed" if one.get("required") else "")
            yield f"| `{one['name']}` | {where} | {_kind(one['schema'])} | {one.get('description', '')} |"
        yield ""
    for kind, content in bodies.items():
        yield from (f"What is sent ({kind}): {_kind(content['schema'])}.", "")
    yield from ("| Status | What comes | |", "|---|---|---|")
    for status, answer in sorted(operation["responses"].items()):
        kinds = [_kind(content["schema"]) for content in answer.get("content", {}).values() if "schema" in content]
        yield f"| {status} | {', '.join(kinds)} | {answer['description']} |"
    yield ""


def _example(method: str, path: str, parameters: Sequence[Any], bodies: Mapping[str, Any], is_open: bool) -> str:
    words = ["curl"]
    if method != "GET" and not (method == "POST" and bodies):
        words += ["-X", method]
    if not is_open:
        words.append('-H "Authorization: Bearer $TOKEN"')
    for content in bodies.values():
        words.append(f"-d '{BODIES[content['schema']['$ref'].rpartition('/')[2]]}'")
    query = "&".join(f"{one['name']}={EXAMPLES[one['name']]}" for one in parameters if _is_needed(one, "query"))
    for one in parameters:
        if _is_needed(one, "path"):
            path = path.replace(f"{{{one['name']}}}", EXAMPLES[one["name"]])
    url = f"http://127.0.0.1:30880{path}"
    words.append(f"'{url}?{query}'" if query else url)
    return " ".join(words)


def _is_needed(parameter: Any, where: str) -> bool:
    return parameter["in"] == where and bool(parameter.get("required"))


def _schema(name: str, schema: Any) -> Iterator[str]:
    yield from ("", f"### {name}", "", "| Field | Is | |", "|---|---|---|")
    needed = schema.get("required", ())
    for field, inner in schema["properties"].items():
        about = inner.get("description", "")
        yield f"| `{field}` | {_kind(inner)}{'' if field in needed else ', or not there'} | {about} |"
    yield ""


def _kind(schema: Any) -> str:
    """What a value is, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})" if name != "Document" else "the OpenAPI document"
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return " or ".join(_kind(one) for one in schema[several])
    if "enum" in schema:
        return ", ".join(f'`"{one}"`' for one in schema["enum"])
    kind = schema.get("type", "any value")
    if isinstance(kind, list):
        return " or ".join(_kind({**schema, "type": one}) for one in kind)
    if kind == "array":
        return f"list of {_kind(schema['items'])}"
    if kind == "object":
        return _object(schema)
    words = {"integer": "whole number", "boolean": "`true` or `false`", "string": "text", "null": "`null`"}
    told = {"ipv4": "IPv4 address"}.get(schema.get("format", ""), words.get(kind, kind))
    if "minimum" in schema and "maximum" in schema:
        told = f"{schema['minimum']} to {schema['maximum']}"
    return f"{told}; {schema['default']} if it is not given" if "default" in schema else told


def _object(schema: Any) -> str:
    if schema.get("properties"):
        return "{" + ", ".join(f"`{name}`: {_kind(one)}" for name, one in schema["properties"].items()) + "}"
    inner = schema.get("additionalProperties")
    return f"object; each of its values is a {_kind(inner)}" if isinstance(inner, dict) and inner else "object"


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
