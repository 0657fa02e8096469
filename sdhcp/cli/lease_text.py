"""Leases, and what became of them, as text: lines for people, CSV and JSON for programs."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, Final

from ..hosts.exporting import write_json_list
from ..interfaces import LeaseChange
from ..leases.operating import moment, record_of
from ..model import Lease

FIELDS: Final = ("address", "pool", "state", "client", "mac", "hostname", "since", "expires", "via", "evidence")
CHANGE_FIELDS: Final = ("at", "what", *FIELDS)


def write_leases(leases: Iterable[Lease], form: str, now: float, file: IO[str]) -> None:
    """Write leases as they come, as a table, CSV or JSON."""
    write_records((record_of(lease, now) for lease in leases), FIELDS, form, file, line)


def write_history(changes: Iterable[LeaseChange], form: str, file: IO[str]) -> None:
    """Write what became of leases, in the same forms."""
    write_records(map(change_record, changes), CHANGE_FIELDS, form, file, change_line)


def write_records(
    records: Iterator[Mapping[str, Any]], fields: tuple[str, ...], form: str, file: IO[str], in_line: Any
) -> None:
    """Write records in one of the forms; ``in_line`` makes the line of one for people."""
    if form == "json":
        write_json_list((dict(record) for record in records), file)
        file.write("\n")
    elif form == "csv":
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(fields)
        rows.writerows([plain(record[field]) for field in fields] for record in records)
    else:
        for record in records:
            file.write(in_line(record) + "\n")


def line(record: Mapping[str, Any]) -> str:
    """A lease in one line."""
    who = record["mac"] or record["client"] or "-"
    more = " ".join(plain(record[field]) for field in ("hostname", "evidence") if record[field])
    text = f"{record['address']:15}  {record['state']:11}  {who:17}  {record['expires']}  {record['pool']:12}  {more}"
    return text.rstrip()


def in_full(record: Mapping[str, Any]) -> str:
    """A lease in several lines."""
    told = [f"  {field}: {plain(record[field])}" for field in FIELDS[1:] if record[field]]
    return "\n".join([record["address"], *told])


def change_record(change: LeaseChange) -> Mapping[str, Any]:
    """A change by the names of its fields; the state is what the address was in afterwards."""
    record = dict(record_of(change.lease, change.at))
    if change.what == "cleared":
        record["state"] = "free"
    return {"at": moment(change.at), "what": change.what, **record}


def change_line(record: Mapping[str, Any]) -> str:
    """A change in one line."""
    who = record["mac"] or record["client"] or "-"
    more = " ".join(plain(record[field]) for field in ("hostname", "evidence") if record[field])
    return (
        f"{record['at']}  {record['what']:11}  {record['address']:15}  {who:17}  {record['pool']:12}  {more}".rstrip()
    )


def plain(text: str) -> str:
    """Text without what a terminal would act on, or UTF-8 cannot hold."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)
