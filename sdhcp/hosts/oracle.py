"""Reservations in Oracle."""

from collections.abc import Mapping
from typing import Any, Final

import oracledb

from ..backends.sql import Columns
from ..config.settings import SourceSettings
from .sql import SqlStore
from .store import Refused, Unreachable

_FORBIDDEN: Final = ("ORA-01031", "ORA-41900", "ORA-16000")
_REFUSING: Final = ("ORA-00001", "ORA-01400", "ORA-02291", "ORA-02292", "ORA-12899", "ORA-01438", "ORA-01722")
_ADVICE: Final = {
    "ORA-01017": "the server refuses the user or the password",
    "ORA-28000": "the account is locked",
    "ORA-00942": "there are no tables maps and subnets, which sdhcp init-db makes, or the account may not see them",
}
_WIDTHS: Final = (
    "SELECT LOWER(table_name), LOWER(column_name), char_length FROM user_tab_columns "
    "WHERE table_name IN ('MAPS', 'SUBNETS') AND char_length > 0"
)


class OracleStore(SqlStore):
    """The tables of an Oracle schema."""

    error = oracledb.Error
    tables_there = "SELECT LOWER(object_name) FROM user_objects"
    # Of CHAR, as the key is in old databases, the filling is no part of the key.
    selected_key = "RTRIM(mac)"

    def place(self, number: int) -> str:
        """What stands for the value of a number."""
        return f":{number}"

    def widths(self) -> Mapping[str, int]:
        """How many characters fit."""
        return {f"{table}.{column}": width for table, column, width in self.ask(_WIDTHS)}


def connect_arguments(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What oracledb wants to know of conf.py's settings."""
    arguments = {
        "user": settings.get("ORACLE_USERNAME"),
        "password": settings.get("ORACLE_PASSWORD"),
        "dsn": settings.get("ORACLE_DATABASE"),
    }
    return {name: value for name, value in arguments.items() if value}


def explain(error: oracledb.Error) -> Exception:
    """What the server says, in plain words; texts of the driver's own may hold what the connection is made by."""
    first = error.args[0] if error.args else None
    code = str(getattr(first, "full_code", "") or "")
    if code in _FORBIDDEN:
        return Refused(f"Oracle: the account may not do this ({code}); nothing was changed; --user names one that may")
    if code in _REFUSING:
        text = " ".join(str(getattr(first, "message", "")).partition("\n")[0].split())[:300]
        return Refused(f"Oracle refuses this: {text}; nothing was changed")
    if code in _ADVICE:
        return Unreachable(f"Oracle: {_ADVICE[code]} ({code})")
    return Unreachable(f"Oracle cannot be asked: {code or type(error).__name__}; see ORACLE_DATABASE")


def connect(settings: SourceSettings) -> Any:
    """A connection.

    :raises Unreachable: if there is none to be had.
    """
    try:
        return oracledb.connect(**connect_arguments(settings.settings), tcp_connect_timeout=10)
    except oracledb.Error as error:
        raise explain(error) from None


def open_store(settings: SourceSettings) -> OracleStore:
    """The store of a configuration.

    :raises Unreachable: if it cannot be connected to.
    """
    columns = Columns(settings.extra_maps, settings.extra_subnets)
    return OracleStore("Oracle", connect(settings), columns, settings.case_insensitive_macs, explain)
