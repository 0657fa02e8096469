"""What PostgreSQL and its driver say, in plain words."""

import re
from typing import Final

from ..interfaces import SourceError
from .sql_pool import CONNECT, STATEMENT

_SCHEMA: Final = "sdhcp/schemas/postgresql.sql makes the tables; EXTRA_MAPS and EXTRA_SUBNETS name further columns"
_BY_CODE: Final = {
    "42P01": ("no such table: {what}", _SCHEMA),
    "42703": ("no such column: {what}", _SCHEMA),
    "42501": ("not permitted: {what}", "GRANT SELECT ON maps, subnets TO the user in POSTGRESQL_USERNAME"),
    "57014": (f"no answer within {STATEMENT} s", "see what keeps the server busy; maps needs an index on mac"),
    "53300": ("the server has no connection left", "see its max_connections, and POSTGRESQL_MAXIMUM_CONNECTIONS"),
    "42883": ("the columns are of types that do not fit: {what}", _SCHEMA),
}
"""Code of an error -> what it means, what to do."""
_BY_TEXT: Final[tuple[tuple[str, str, str], ...]] = (
    ("password authentication failed", "the server refuses the password", "see POSTGRESQL_USERNAME and _PASSWORD"),
    ("no password supplied", "the server wants a password", "set POSTGRESQL_PASSWORD"),
    ("authentication failed", "the server refuses the user", "see POSTGRESQL_USERNAME, and pg_hba.conf at the server"),
    ("no pg_hba.conf entry", "the server lets this user in from nowhere, or not from here", "see its pg_hba.conf"),
    ('database ".*" does not exist', "there is no such database", "see POSTGRESQL_DATABASE"),
    ('role ".*" does not exist', "there is no such user", "see POSTGRESQL_USERNAME"),
    ("too many", *_BY_CODE["53300"]),
    ("remaining connection slots", *_BY_CODE["53300"]),
    ("starting up", "the server is not ready: it starts", "it will be soon"),
    ("shutting down", "the server shuts down", "start it again"),
    ("recovery", "the server is not ready: it recovers", "see its log"),
    ("translate host name", "its host's name cannot be resolved", "see POSTGRESQL_HOST, and the name server"),
    ("timeout expired", f"no connection within {CONNECT} s", "see POSTGRESQL_HOST and what lies between"),
    ("No such file or directory", "there is no socket of a server", "start it, or see POSTGRESQL_HOST and _PORT"),
    ("Connection refused", "nobody listens there", "start the server, or see POSTGRESQL_HOST and _PORT"),
    ("No route to host", "there is no way to its host", "see POSTGRESQL_HOST and the network"),
    ("unreachable", "there is no way to its host", "see POSTGRESQL_HOST and the network"),
    ("SSL", "no agreement on TLS: {what}", "see POSTGRESQL_SSLMODE"),
    ("certificate", "no agreement on TLS: {what}", "see POSTGRESQL_SSLMODE"),
)  # fmt: skip
"""What stands in an error without a code -> what it means, what to do. Regular expressions, tried in this order."""
_SERVER: Final = re.compile(r"^.*?(FATAL|ERROR): +")


def explain(error: Exception) -> SourceError:
    """What an error of the driver means."""
    text = " ".join(str(error).partition("\nLINE ")[0].split())
    code = getattr(error, "pgcode", None)
    if code in _BY_CODE:
        problem, advice = _BY_CODE[code]
    else:
        known = (meaning for pattern, *meaning in _BY_TEXT if re.search(pattern, text))
        problem, advice = next(known, ("{what}", "see the server's log"))
    what = _SERVER.sub("", text)[:200] or type(error).__name__
    return SourceError(f"PostgreSQL: {problem.format(what=what)}", advice)
