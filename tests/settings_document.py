"""The tables of docs/configuration.md: what each setting may be and its default, as the schema has them.

``python -m tests.settings_document`` writes both columns anew. Which settings a table has, their order and their
meaning are what stands there; a new row needs ``| `NAME` | meaning |`` alone.
"""

import ast
import re
import sys

from sdhcp.config.schema import PARAMETERS, REQUIRED, Parameter
from sdhcp.config.values import Unfit, severity

from .netns.yard import ROOT

PATH = ROOT / "docs" / "configuration.md"
HEAD = "| Setting | May be | Default | Meaning |\n|---|---|---|---|\n"
ANY_HEAD = re.compile(r"^\| Setting \|.*\n\|[-|]+\|\n", re.MULTILINE)
ROW = re.compile(r"^\| (?P<names>`[A-Z][A-Z_]*`(?:, `[A-Z][A-Z_]*`)*) \|(?P<cells>.*)\|$", re.MULTILINE)
NAMES = re.compile(r"`([A-Z_]+)`")
KNOWN = {parameter.name: parameter for parameter in PARAMETERS}
SPOKEN = {
    # No check says what these may be: they are looked at where they are used.
    "CACHING_MODEL": '`"in-process"`, `"memcached"`',
    "DATABASE_ENGINE": "the name of a source, code, or `None`",
    "EMAIL_DESTINATION": "addresses with commas between, or a list of them",
    "EMAIL_SOURCE": 'an address such as `"DHCP <dhcp@example.org>"`',
    "HOOKS": "an object, or a list of them",
    "LEASES_REDISDB_SENTINELS": 'a list such as `[("host", 26379)]`',
    # And these are not the schema's.
    "X_HTTPDB_CA_FILE": "text, or `None`",
    "X_HTTPDB_CLIENT_CERTIFICATE": "text, or `None`",
    "X_HTTPDB_CONCURRENCY_LIMIT": "1 to 256",
    "X_HTTPDB_DEFAULT_LEASE_TIME": "1 to 4294967295, or `None`",
    "X_HTTPDB_DEFAULT_NAME_SERVERS": "addresses with commas between, or a list of them, or `None`",
    "X_HTTPDB_DEFAULT_SERIAL": "0 to 4294967295",
    "X_HTTPDB_HEADERS": 'a dict of text, such as `{"Authorization": "Bearer ..."}`',
    "X_HTTPDB_PARAMETERS": "a dict of values that JSON has",
    "X_HTTPDB_PARAMETER_KEY_MAC": "text",
    "X_HTTPDB_POST": "`True` or `False`",
    "X_HTTPDB_TIMEOUT": "seconds, up to 4",
    "X_HTTPDB_URI": 'an address such as `"https://inventory.example.org/dhcp"`',
    "X_REDISDB_CONCURRENCY_LIMIT": "1 to 64",
    "X_REDISDB_KWARGS": "a dict of arguments",
    "X_REDISDB_SENTINELS": 'a list such as `[("host", 26379)]`',
    "X_REDISDB_SENTINEL_KWARGS": "a dict of arguments",
    "X_REDISDB_SENTINEL_SERVICE": "text, or `None`",
}
SHORTER = (
    ("one of ", ""),
    ("a whole number from ", ""),
    ("text in quotes", "text"),
    ("a dict with names as text", "a dict of arguments"),
    ("a number of seconds, or None for no limit", "seconds, or None"),
    ("a number of seconds", "seconds"),
    (" to stay what one is", ""),
)
LITERAL = re.compile(r'\[[^\]]*\]+|\{[^}]*\}|"[^"]*"|\b(?:True|False|None)\b|Pool\(\.\.\.\)|sdhcp\.pools')


def may_be(parameter: Parameter) -> str:
    """What a setting may be, in the words in which a fault in it is told."""
    if parameter.name in SPOKEN:
        return SPOKEN[parameter.name]
    if parameter.check is severity:
        return '`"DEBUG"`, `"INFO"`, `"WARN"`, `"ERROR"`, `"CRITICAL"`'
    told = ""
    # Text that is no address tells what text is meant.
    for wrong in (object(), " ,"):
        if not told or told.startswith("text in quotes"):
            try:
                parameter.check(wrong)
            except Unfit as error:
                told = error.expected
    if not told:
        raise AssertionError(f"{parameter.name}: nothing says what it may be")
    for long, short in SHORTER:
        told = told.replace(long, short)
    if told.startswith("such as "):
        told = f"text {told}"
    if "," in told and " or " not in told and told.startswith('"'):
        told = " or ".join(told.rsplit(", ", 1))
    return LITERAL.sub(lambda one: f"`{one[0]}`", told)


def default(parameter: Parameter) -> str:
    """The default as conf.py would have it."""
    if parameter.default is REQUIRED:
        return "none"
    for given in _spellings(parameter.default):
        text = '"{}"'.format(given.replace("\\", "\\\\")) if isinstance(given, str) else repr(given)
        try:
            if parameter.default is None or parameter.check(ast.literal_eval(text)) == parameter.default:
                return f"`{text}`"
        except ValueError:
            continue
    raise AssertionError(f"{parameter.name}: {parameter.default!r} cannot be written in conf.py")


def _spellings(value):
    """What conf.py may have for a value, the shortest first."""
    if isinstance(value, tuple | frozenset):
        yield from (*value, [])
    if isinstance(value, float) and value.is_integer():
        yield int(value)
    yield value


def written(text: str) -> str:
    """A document with both columns as they should be.

    :raises AssertionError: if a row's settings differ, or a setting has no row or two.
    """
    seen: list[str] = []

    def row(found: re.Match[str]) -> str:
        names = NAMES.findall(found["names"])
        seen.extend(names)
        meaning = found["cells"].split(" | ")[-1].strip()
        if names[0] in KNOWN:
            columns = {(may_be(KNOWN[name]), default(KNOWN[name])) for name in names}
        else:
            columns = {(SPOKEN[name], found["cells"].split(" | ")[-2].strip()) for name in names}
        if len(columns) > 1:
            raise AssertionError(f"{', '.join(names)} are not alike: each needs a row of its own")
        allowed, usual = columns.pop()
        return f"| {found['names']} | {allowed} | {usual} | {meaning} |"

    text = ROW.sub(row, ANY_HEAD.sub(lambda _: HEAD, text))
    lacking = sorted(set(KNOWN) - set(seen))
    twice = sorted({name for name in seen if seen.count(name) > 1})
    foreign = sorted(name for name in seen if name not in KNOWN and name not in SPOKEN)
    if lacking or twice or foreign:
        raise AssertionError(f"without a row: {lacking}; with several: {twice}; no settings: {foreign}")
    return text


def main() -> int:
    PATH.write_text(written(PATH.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
