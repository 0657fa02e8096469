"""What PostgreSQL and its driver say to a lease store, in plain words."""

from typing import Final

from ..backends.postgresql_errors import explain as explain_any
from ..interfaces import SourceError

SCHEMA: Final = "run sdhcp init-db --leases, or sdhcp/schemas/postgresql-leases.sql"
_THEIRS, OURS = "POSTGRESQL_", "LEASES_POSTGRESQL_"
_BY_CODE: Final = {
    "42P01": ("there are no tables for leases", SCHEMA),
    "42883": ("there are no functions for leases", SCHEMA),
    "42703": ("its tables for leases are of another release", SCHEMA),
    "42804": ("its tables for leases are of another release", SCHEMA),
    "42501": (
        "its user may not write leases",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON lease, lease_offer, lease_history TO the user",
    ),
    "25006": ("the server takes no changes: it is a standby", "see LEASES_POSTGRESQL_HOST, and which is the primary"),
    "53100": ("the server's disk is full", "make room there"),
    "57014": ("no answer in time", "see what keeps the server busy"),
    "40P01": ("too many wanted the same at once", "the client asks again"),
    "40001": ("too many wanted the same at once", "the client asks again"),
    "25000": ("leases need READ COMMITTED", "set default_transaction_isolation to it, for the user or there"),
}
"""Code of an error -> what it means, what to do."""
PASSING: Final = ("57014", "40P01", "40001", "57P01", "57P02", "57P03", "53300")
"""Codes of what is over in a moment."""


def explain(error: Exception) -> SourceError:
    """What an error of the driver means."""
    code = getattr(error, "pgcode", None) or ""
    if code in _BY_CODE:
        problem, advice = _BY_CODE[code]
        return SourceError(f"PostgreSQL: {problem}", advice, code in PASSING)
    told = explain_any(error)
    return SourceError(str(told), renamed(told.advice), code in PASSING)


def renamed(advice: str) -> str:
    """Advice about the settings of leases, which are named like those of reservations."""
    return advice if OURS in advice else advice.replace(_THEIRS, OURS)
