"""Hosts and subnets written as CSV or JSON, row by row."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from .host import HOST_FIELDS, SUBNET_FIELDS, Host, SubnetRow
from .store import IHostStore


def own_names(store: IHostStore, hosts: Callable[[], Iterable[Host]]) -> tuple[str, ...]:
    """The site's own fields of hosts, of which a CSV file has columns.

    :param hosts: lists them; called only for a store that cannot tell the names by itself.
    """
    if store.own_of_hosts is not None:
        return tuple(store.own_of_hosts)
    return tuple(sorted({name for host in hosts() for name, _ in host.own}))


def write_hosts_csv(hosts: Iterable[Host], names: tuple[str, ...], file: IO[str]) -> None:
    """Write hosts as CSV with a header; ``names`` are the site's own fields."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow((*HOST_FIELDS, *names))
    for host in hosts:
        own = dict(host.own)
        rows.writerow((*host[:5], *(own.get(name, "") for name in names)))


def write_subnets_csv(subnets: Iterable[SubnetRow], names: tuple[str, ...] | None, file: IO[str]) -> None:
    """Write subnets as CSV with a header; ``names`` are the site's own fields, None for those that there are."""
    listed = list(subnets)
    if names is None:
        names = tuple(sorted({name for subnet in listed for name, _ in subnet.own}))
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow((*SUBNET_FIELDS, *names))
    for subnet in listed:
        record = subnet.record()
        rows.writerow([record.get(name, "") for name in (*SUBNET_FIELDS, *names)])


def write_json(store: IHostStore, file: IO[str]) -> None:
    """Write one JSON object with all subnets and hosts of a store."""
    of_subnets = dict.fromkeys(store.own_of_subnets or (), "")
    of_hosts = dict.fromkeys(store.own_of_hosts or (), "")
    file.write('{"subnets": ')
    write_json_list(({**of_subnets, **subnet.record()} for subnet in store.subnets()), file)
    file.write(', "hosts": ')
    write_json_list(({**of_hosts, **host.record()} for host in store.hosts()), file)
    file.write("}\n")


def write_json_list(records: Iterator[dict[str, Any]], file: IO[str]) -> None:
    """Write a JSON list, an object on each line."""
    before = "[\n"
    for record in records:
        file.write(before + json.dumps(record, ensure_ascii=False))
        before = ",\n"
    file.write("[]" if before == "[\n" else "\n]")
