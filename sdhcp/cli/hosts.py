"""``sdhcp hosts``: reservations read and written from the shell."""

import json
import sys
from collections.abc import Iterable
from itertools import islice
from typing import IO

import click

from ..hosts.exporting import own_names, write_hosts_csv, write_json_list
from ..hosts.host import Host, SubnetRow, read_address, read_key
from ..hosts.selecting import Selection, select
from ..hosts.store import IHostStore, Refused, Unusable
from .hosts_change import add, remove
from .hosts_files import export_hosts, import_hosts
from .stores import STATUSES, Opened, opened, store_options


@click.group(epilog=STATUSES)
def hosts() -> None:
    """Read and write reservations, in the store that conf.py names."""


@hosts.command("list", epilog=STATUSES)
@store_options
@click.option("--mac", metavar="PATTERN", help="Clients whose key is like this; * and ? stand for anything.")
@click.option("--ip", metavar="ADDRESS|NETWORK", help="Addresses in this network, such as 10.1.0.0/16.")
@click.option("--hostname", metavar="PATTERN", help="Names like this.")
@click.option("--subnet", metavar="NAME", help="Hosts of this subnet.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
def list_hosts(
    config: str | None,
    user: str | None,
    password_file: str | None,
    mac: str | None,
    ip: str | None,
    hostname: str | None,
    subnet: str | None,
    form: str,
    limit: int | None,
) -> None:
    """List reservations, all or those that the options select, in the store's own order."""
    with opened(config, user, password_file) as (_, store):
        try:
            selection = Selection.read(mac, ip, hostname, subnet)
        except ValueError as error:
            raise Unusable(str(error)) from None

        def listed() -> Iterable[Host]:
            return islice(select(store.hosts(), selection), limit)

        if form == "json":
            write_json_list((host.record() for host in listed()), sys.stdout)
            sys.stdout.write("\n")
        elif form == "csv":
            write_hosts_csv(listed(), own_names(store, listed), sys.stdout)
        else:
            _write_table(listed(), sys.stdout)


def _write_table(listed: Iterable[Host], file: IO[str]) -> None:
    for host in listed:
        subnet = f"{host.subnet}|{host.serial}"
        own = " ".join(f"{name}={value}" for name, value in host.own)
        file.write(f"{host.key:17}  {host.ip:15}  {subnet:20}  {host.hostname:20}  {own}".rstrip() + "\n")


@hosts.command(epilog=STATUSES)
@store_options
@click.argument("wanted", nargs=-1, required=True, metavar="KEY_OR_ADDRESS...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(config: str | None, user: str | None, password_file: str | None, wanted: tuple[str, ...], form: str) -> None:
    """Show reservations in full, with what their subnets say."""
    with opened(config, user, password_file) as here:
        found, missing = [], []
        for text in wanted:
            some = _find(here, text)
            found += some
            if not some:
                missing.append(text)
        subnets = {(row.subnet, row.serial): row for row in here.store.subnets()} if found else {}
        shown = [(host, subnets.get((host.subnet, host.serial))) for host in dict.fromkeys(found)]
        if form == "json":
            records = [{**host.record(), "of_subnet": _of_subnet(row)} for host, row in shown]
            click.echo(json.dumps(records, indent=2, ensure_ascii=False))
        else:
            for host, row in shown:
                click.echo("\n".join(_in_full(host, row)))
        if missing:
            raise Refused("\n".join(f"{text}: there is no such reservation" for text in missing))


def _find(here: Opened, text: str) -> list[Host]:
    try:
        ip = read_address(text)
    except ValueError:
        try:
            return here.store.known([read_key(text, here.any_key)])
        except ValueError as error:
            raise Unusable(str(error).removeprefix("mac: ")) from None
    store: IHostStore = here.store
    return store.at(ip)


def _of_subnet(row: SubnetRow | None) -> dict[str, object]:
    return {name: value for name, value in row.record().items() if value != ""} if row else {}


def _in_full(host: Host, row: SubnetRow | None) -> list[str]:
    told = [(name, value) for name, value in host.record().items() if name != "mac" and value != ""]
    lines = [host.key, *(f"  {name}: {value}" for name, value in told)]
    if row is None:
        return [*lines, "  its subnet is not there"]
    shared = _of_subnet(row)
    return [
        *lines,
        "  from its subnet:",
        *(f"    {name}: {value}" for name, value in shared.items() if name not in ("subnet", "serial")),
    ]


hosts.add_command(add)
hosts.add_command(remove)
hosts.add_command(import_hosts)
hosts.add_command(export_hosts)
