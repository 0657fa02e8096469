"""Files of hosts and subnets, CSV or JSON, as rows of text with their lines."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, Final, NamedTuple

from .host import HOST_FIELDS, SUBNET_FIELDS
from .store import Unusable

MOST: Final = 100
"""How many faults of a file are named one by one."""

Row = tuple[int, list[str] | str]
"""The number of a line, with its values in the order of the table's names, or with what is wrong with it."""


class Table(NamedTuple):
    """The rows of one kind that a file holds; ``rows`` can be gone through once, ``length`` is about how many.

    ``where`` makes the place of a line out of its number.
    """

    names: tuple[str, ...]
    rows: Iterable[Row]
    length: int
    where: Callable[[int], str]


class Faults:
    """What is wrong with a file, up to :data:`MOST` of it in words."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._more = 0

    def add(self, where: str, what: str) -> None:
        """Take note of one fault."""
        if len(self._told) < MOST:
            self._told.append(f"{where}: {what}")
        else:
            self._more += 1

    def stop(self, error: type[Exception] = Unusable) -> None:
        """Go no further if there was one.

        :param error: what to raise, with a line for each.
        """
        if self._more:
            self._told.append(f"and {self._more} more")
        if self._told:
            raise error("\n".join(self._told))


def read_csv(name: str, octets: IO[bytes], fields: Sequence[str], required: Sequence[str]) -> Table:
    """A CSV file with a header, in UTF-8.

    :param octets: the file; it must be one that can be read from the beginning again.
    :raises Unusable: if the header is not in order.
    """
    length = sum(block.count(b"\n") for block in iter(lambda: octets.read(1 << 20), b""))
    octets.seek(0)
    # Octets that are no UTF-8 come as halves of surrogate pairs, which whoever checks the text finds.
    reader = csv.reader(io.TextIOWrapper(octets, "utf-8-sig", "surrogateescape", newline=""), strict=True)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise Unusable(f"{name}:1: {error}") from None
    names = tuple(_name(field, fields) for field in header)
    _check_names(f"{name}:1", names, fields, required)
    return Table(names, _csv_rows(reader, len(names)), length, lambda line: f"{name}:{line}")


def _csv_rows(reader: Any, width: int) -> Iterator[Row]:
    try:
        for values in reader:
            if len(values) == width:
                yield reader.line_num, values
            elif values:
                yield reader.line_num, f"{len(values)} fields; expected {width}, as the header has"
    except csv.Error as error:
        yield reader.line_num, str(error)


def read_json(name: str, octets: IO[bytes]) -> tuple[Table, Table | None]:
    """The hosts of a JSON file, and its subnets, None if it does not tell them.

    :raises Unusable: if it is no list of hosts, nor an object with ``hosts`` and perhaps ``subnets``.
    """
    try:
        whole = json.load(octets)
    except ValueError as error:
        raise Unusable(f"{name}: not JSON: {error}") from None
    except RecursionError:
        raise Unusable(f"{name}: not JSON that can be read: too deep") from None
    lists = {"hosts": whole} if isinstance(whole, list) else whole
    expected = 'expected a list of hosts, or {"subnets": [...], "hosts": [...]}'
    if not isinstance(lists, dict) or not set(lists) <= {"hosts", "subnets"} or not lists:
        raise Unusable(f"{name}: {expected}")
    if not all(isinstance(rows, list) for rows in lists.values()):
        raise Unusable(f"{name}: {expected}")
    hosts = _json_table(f"{name}: host", lists.get("hosts", []), HOST_FIELDS, ("mac", "ip", "subnet"))
    if "subnets" not in lists:
        return hosts, None
    return hosts, _json_table(f"{name}: subnet", lists["subnets"], SUBNET_FIELDS, ("subnet",))


def _json_table(where: str, rows: list[Any], fields: Sequence[str], required: Sequence[str]) -> Table:
    named = dict.fromkeys(required)
    for row in rows:
        if isinstance(row, dict):
            named.update(dict.fromkeys(row))
    names = tuple(named)
    _check_names(where, names, fields, required)
    return Table(names, _json_rows(rows, names), len(rows), lambda number: f"{where} {number}")


def _json_rows(rows: list[Any], names: Sequence[str]) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            yield number, "no object"
            continue
        try:
            yield number, [_text(row.get(name)) for name in names]
        except ValueError:
            yield number, "holds an object in an object; expected text, numbers, and lists of them"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, dict):
        raise ValueError(value)
    return str(value)


def _name(field: str, fields: Sequence[str]) -> str:
    name = field.strip()
    return name.lower() if name.lower() in fields else name


def _check_names(where: str, names: Sequence[str], fields: Sequence[str], required: Sequence[str]) -> None:
    missing = [name for name in required if name not in names]
    if missing:
        raise Unusable(f"{where}: there is no {', no '.join(missing)}; expected {', '.join(fields)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unusable(f"{where}: {', '.join(twice)} stands there twice")
    if not all(name and name.isprintable() for name in names):
        raise Unusable(f"{where}: a field without a name")
