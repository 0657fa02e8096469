"""docs/api.md: the API for programs, from the OpenAPI document that the server gives out.

``python -m tests.api_document`` writes it anew.
"""

from collections.abc import Iterator
from typing import Any

from sdhcp.web.openapi import document as openapi

from .netns.yard import ROOT

PATH = ROOT / "docs" / "api.md"
HEAD = """# The API

What programs ask the [web console](console.md) for, below `/api/v1/`, in JSON. It is made from what the server says of
itself at `/api/v1/openapi.json`, which generators of clients and browsers of APIs read.

**Who may.** Without a password and tokens everybody who reaches the console, which is on 127.0.0.1 alone then unless
conf.py says otherwise ([console.md](console.md#who-may-see-it)). Else a caller shows a token of `WEB_API_TOKENS`
(`Authorization: Bearer ...`), or the password by DIGEST. A token's role is "viewer", which may look, or "operator", which
may change something too; so may who has the password, with the `csrf_token` of the session in `X-CSRF-Token`. Of five
wrong ones in a row the address has to wait, up to a minute, and gets 429.

**What comes.** A status of 200 with what was asked for, or another with an object that has `error`, in words for people. In
examples `$TOKEN` is a token.
"""
FOOT = """
This file is written by `python -m tests.api_document`; a test fails if it is not what the server says of itself.
"""
EXAMPLES = {"pool": "guests"}
"""What examples ask with, where something has to be given."""
CSRF = "X-CSRF-Token"


def document() -> str:
    """The whole file."""
    description = openapi("")
    base = description["servers"][0]["url"]
    pieces = [HEAD]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            pieces.append("\n".join(_operation(method.upper(), f"{base}{path}", operation)))
    pieces.append("\n## Objects\n")
    for name, schema in description["components"]["schemas"].items():
        if schema.get("properties"):
            pieces.append("\n".join(_schema(name, schema)))
    return "".join(pieces) + FOOT


def _operation(method: str, path: str, operation: Any) -> Iterator[str]:
    parameters = operation.get("parameters", ())
    yield from ("", f"## {method} {path}", "", operation["summary"], "")
    if operation.get("description"):
        yield from (operation["description"], "")
    query = "&".join(
        f"{one['name']}={EXAMPLES[one['name']]}" for one in parameters if one["in"] == "query" and one["required"]
    )
    is_open = {} in operation.get("security", ())
    verb = "" if method == "GET" else f"-X {method} "
    login = "" if is_open else '-H "Authorization: Bearer $TOKEN" '
    url = f"'http://127.0.0.1:30880{path}?{query}'" if query else f"http://127.0.0.1:30880{path}"
    yield from (f"    curl {verb}{login}{url}", "")
    if is_open:
        yield from ("For everybody, without a token.", "")
    if parameters:
        yield from ("| Asked with | | May be | Meaning |", "|---|---|---|---|")
        for one in parameters:
            where = one["in"] + (", needed" if one["required"] else "")
            yield f"| `{one['name']}` | {where} | {_kind(one['schema'])} | {one.get('description', '')} |"
        yield ""
    body = operation.get("requestBody", {}).get("content", {})
    for kind, content in body.items():
        yield from (f"What is sent ({kind}): {_kind(content['schema'])}.", "")
    yield from ("| Status | What comes | |", "|---|---|---|")
    for status, answer in sorted(operation["responses"].items()):
        kinds = [_kind(content["schema"]) for content in answer.get("content", {}).values() if "schema" in content]
        yield f"| {status} | {', '.join(kinds)} | {answer['description']} |"
    yield ""


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
        return f"list of: {_kind(schema['items'])}"
    if kind == "object":
        return _object(schema)
    words = {"integer": "whole number", "boolean": "`true` or `false`", "string": "text", "null": "`null`"}
    told = {"ipv4": "IPv4 address"}.get(schema.get("format", ""), words.get(kind, kind))
    if "minimum" in schema and "maximum" in schema:
        told = f"{schema['minimum']} to {schema['maximum']}"
    return f"{told}; {schema['default']} if it is not given" if "default" in schema else told


def _object(schema: Any) -> str:
    if schema.get("properties"):
        return "; ".join(f"`{name}`, {_kind(one)}" for name, one in schema["properties"].items())
    inner = schema.get("additionalProperties")
    return f"object; each of its values is a {_kind(inner)}" if isinstance(inner, dict) and inner else "object"


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
