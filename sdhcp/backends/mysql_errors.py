"""What MySQL, MariaDB and their driver say, in plain words."""

from typing import Final

from ..interfaces import SourceError
from .sql_pool import CONNECT, STATEMENT

LOST: Final = frozenset({0, 1053, 1152, 1153, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 2014, 2027, 2055, 4031})
"""Numbers of errors after which a connection is of no use."""
OF_A_KEY: Final = frozenset({1267, 1270, 1271, 1300, 1366, 1977, 3854, 3988})
"""Numbers of errors about letters that a character set has not."""
_SCHEMA: Final = "sdhcp/schemas/mysql.sql makes the tables; EXTRA_MAPS and EXTRA_SUBNETS name further columns"
_USER: Final = "see MYSQL_USERNAME and MYSQL_PASSWORD, and from where the server lets that user in"
_GRANT: Final = "GRANT SELECT ON the database TO the user in MYSQL_USERNAME"
_BUSY: Final = "see what keeps the server busy; maps needs an index on mac"
_FULL: Final = "see its max_connections and the user's limits, and MYSQL_MAXIMUM_CONNECTIONS"
_BY_NUMBER: Final = {
    1040: ("the server has no connection left", _FULL),
    1044: ("not permitted: {what}", _GRANT),
    1045: ("the server refuses the user or the password", _USER),
    1049: ("there is no such database: {what}", "see MYSQL_DATABASE"),
    1053: ("the server shuts down", "start it again"),
    1054: ("no such column: {what}", _SCHEMA),
    1129: ("the server lets this host in no more", "FLUSH HOSTS there"),
    1130: ("the server lets this host not in", _USER),
    1142: ("not permitted: {what}", _GRANT),
    1143: ("not permitted: {what}", _GRANT),
    1146: ("no such table: {what}", _SCHEMA),
    1203: ("the server has no connection left", _FULL),
    1226: ("the server has no connection left", _FULL),
    1698: ("the server refuses the user or the password", _USER),
    1969: (f"no answer within {STATEMENT} s", _BUSY),
    2006: ("the server has ended the connection", "see its log"),
    2013: ("the server has ended the connection", "see its log"),
    3024: (f"no answer within {STATEMENT} s", _BUSY),
}
"""Number of an error -> what it means, what to do."""
_WHERE: Final = "start the server, or see MYSQL_HOST and MYSQL_PORT"
_BY_TEXT: Final = (
    ("Connection refused", "nobody listens there", _WHERE),
    ("No such file or directory", "there is no socket of a server", _WHERE),
    ("timed out", f"no connection within {CONNECT} s", "see MYSQL_HOST and what lies between"),
    ("Name or service not known", "its host's name cannot be resolved", "see MYSQL_HOST, and the name server"),
    ("Temporary failure in name", "its host's name cannot be resolved", "see MYSQL_HOST, and the name server"),
    ("No route to host", "there is no way to its host", "see MYSQL_HOST and the network"),
    ("unreachable", "there is no way to its host", "see MYSQL_HOST and the network"),
    ("cryptography", "the server wants the password encrypted", "pip install cryptography"),
)
"""What stands in another error -> what it means, what to do."""


def explain(error: Exception) -> SourceError:
    """What an error of the driver means."""
    number, what = (error.args[0], error.args[-1]) if len(error.args) > 1 else (None, error)
    text = " ".join(str(what).split())
    if number in (2006, 2013) and "timed out" in text:
        number = 1969
    if number in _BY_NUMBER:
        problem, advice = _BY_NUMBER[number]
    else:
        known = (meaning for piece, *meaning in _BY_TEXT if piece in text)
        problem, advice = next(known, ("{what}", "see the server's log"))
    return SourceError(f"MySQL: {problem.format(what=text[:200] or type(error).__name__)}", advice)
