"""What Oracle Database and its driver say, in plain words."""

from typing import Final

from ..interfaces import SourceError
from .sql_pool import CONNECT, STATEMENT

_SCHEMA: Final = "sdhcp/schemas/oracle.sql makes the tables; EXTRA_MAPS and EXTRA_SUBNETS name further columns"
_TABLE: Final = f"{_SCHEMA}; or GRANT SELECT on them, and CREATE SYNONYM for those in another schema"
_USER: Final = "see ORACLE_USERNAME and ORACLE_PASSWORD"
_PLACE: Final = "see ORACLE_DATABASE, such as db.example.org:1521/service"
_BUSY: Final = "see what keeps the server busy; maps needs an index on mac"
_WHERE: Final = f"start it, or {_PLACE}"
_BY_NUMBER: Final = {
    "ORA-00904": ("no such column: {what}", _SCHEMA),
    "ORA-00942": ("no such table, or none that may be read", _TABLE),
    "ORA-01013": (f"no answer within {STATEMENT} s", _BUSY),
    "ORA-01017": ("the server refuses the user or the password", _USER),
    "ORA-01031": ("not permitted", "GRANT SELECT on maps and subnets to the user in ORACLE_USERNAME"),
    "ORA-01033": ("the server is not ready: it starts or shuts down", "it will be soon, or start it again"),
    "ORA-01034": ("the server is not available", "start it"),
    "ORA-01045": ("the user may not connect", "GRANT CREATE SESSION to the user in ORACLE_USERNAME"),
    "ORA-01089": ("the server shuts down", "start it again"),
    "ORA-00018": ("the server has no connection left", "see its sessions, and ORACLE_MAXIMUM_CONNECTIONS"),
    "ORA-00020": ("the server has no connection left", "see its processes, and ORACLE_MAXIMUM_CONNECTIONS"),
    "ORA-02391": ("the server has no connection left", "see SESSIONS_PER_USER, and ORACLE_MAXIMUM_CONNECTIONS"),
    "ORA-28000": ("the user is locked", "ALTER USER ... ACCOUNT UNLOCK"),
    "ORA-28001": ("the user's password has expired", "set a new one, and ORACLE_PASSWORD"),
    "ORA-12505": ("the server knows no such database", _PLACE),
    "ORA-12514": ("the server knows no such service", _PLACE),
    "ORA-12541": ("nobody listens there", _WHERE),
    "DPY-4000": ("its place cannot be found in tnsnames.ora", _PLACE),
    "DPY-4001": ("neither a user nor a password is set", _USER),
    "DPY-4024": (f"no answer within {STATEMENT} s", _BUSY),
    "DPY-4026": ("its place cannot be found in tnsnames.ora", _PLACE),
    "DPY-4027": ("its place cannot be found in tnsnames.ora", _PLACE),
    "DPY-6000": ("the server refuses the connection", _WHERE),
    "DPY-6001": ("the server knows no such service", _PLACE),
    "DPY-6003": ("the server knows no such database", _PLACE),
    "DPY-6005": (f"no connection within {CONNECT} s, or nobody listens there", _WHERE),
}
"""Number of an error -> what it means, what to do."""


def number_of(error: Exception) -> str:
    """An error's number, such as ORA-00942; "" if it has none."""
    return str(getattr(error.args[0] if error.args else None, "full_code", ""))


def explain(error: Exception) -> SourceError:
    """What an error of the driver means; the text may have the place of the database in it."""
    text = " ".join(str(error).partition("\nHelp:")[0].split())
    problem, advice = _BY_NUMBER.get(number_of(error), ("{what}", "see the server's log"))
    return SourceError(f"Oracle: {problem.format(what=text[:200] or type(error).__name__)}", advice)
