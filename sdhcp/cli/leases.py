"""``sdhcp leases``: who holds which address of the pools, read and ended from the shell."""

import json
import sys
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from time import time

import click

from ..hosts.store import Refused, Unusable
from ..leases.operating import STATES, record_of
from ..model import Lease
from ..wire.describe import address as dotted
from .hosts_files import written
from .lease_books import Ledger, opened
from .lease_selection import Client, LeaseSelection, select
from .lease_text import in_full, write_history, write_leases
from .leases_promote import promote
from .stores import STATUSES

_CONFIG = click.option("--config", "-c", metavar="PATH", help="conf.py, or the folder that holds it.")
_POOL = click.option("--pool", "pools", multiple=True, metavar="NAME", help="Leases of this pool; may be repeated.")
_FORMS = click.Choice(["table", "csv", "json"])


@click.group(epilog=STATUSES)
def leases() -> None:
    """Read and end the leases of pools, where LEASES_STORE keeps them."""


@leases.command("list", epilog=STATUSES)
@_CONFIG
@_POOL
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    help="In this state; may be repeated. Offers are listed by this alone.",
)
@click.option("--mac", metavar="PATTERN", help="Clients with such a hardware address; * and ? stand for anything.")
@click.option("--client", metavar="PATTERN", help='Clients known by this, such as "id 01*".')
@click.option("--hostname", metavar="PATTERN", help="Clients that call themselves like this.")
@click.option("--ip", metavar="ADDRESS|NETWORK", help="Addresses in this network, such as 10.1.0.0/16.")
@click.option("--expired", is_flag=True, help="Those whose time ran out; not those that were given back.")
@click.option("--format", "form", type=_FORMS, default="table", show_default=True)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
def list_leases(
    config: str | None,
    pools: tuple[str, ...],
    states: tuple[str, ...],
    mac: str | None,
    client: str | None,
    hostname: str | None,
    ip: str | None,
    expired: bool,
    form: str,
    limit: int | None,
) -> None:
    """List leases by address, all or those that the options select. What was never lent is not among them."""
    with opened(config) as here:
        selection = LeaseSelection.read(states, mac, client, hostname, ip, expired)
        now = time()
        wanted = _wanted(here, pools)
        each = here.book.leases(wanted, selection.first, selection.last)
        if "offered" in states:
            each = merge(each, here.book.offers(wanted), key=lambda lease: lease.address)
        found = select(each, selection, now)
        write_leases(islice(found, limit), form, now, sys.stdout)
        _tell_unread(here)


def _wanted(here: Ledger, pools: Sequence[str]) -> Sequence[str]:
    """The pools that are meant.

    :raises Unusable: if there is none of that name.
    """
    for name in pools:
        if name not in here.book.pools and name not in here.places:
            known = ", ".join(here.book.pools) or "there is none"
            raise Unusable(f"--pool: there is no pool {name[:60]!r}; expected one of: {known}")
    return pools or here.book.pools


def _tell_unread(here: Ledger) -> None:
    unread = getattr(here.book, "unread", 0)
    if unread:
        click.echo(
            f"{unread} entries are damaged and were left out; the server mends its file when it starts", err=True
        )


@leases.command(epilog=STATUSES)
@_CONFIG
@click.argument("wanted", nargs=-1, required=True, metavar="ADDRESS_OR_MAC...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(config: str | None, wanted: tuple[str, ...], form: str) -> None:
    """Show leases in full: of addresses, hardware addresses, or client identifiers such as "id 01aabbcc"."""
    with opened(config) as here:
        now = time()
        clients = {text: Client.read(text) for text in wanted}
        found = {text: list(_leases_of(here, client)) for text, client in clients.items()}
        records = [record_of(lease, now) for lease in dict.fromkeys(one for some in found.values() for one in some)]
        if form == "json":
            click.echo(json.dumps(records, indent=2, ensure_ascii=False))
        else:
            for record in records:
                click.echo(in_full(record))
        missing = [f"{text}: there is no such lease" for text, some in found.items() if not some]
        if missing:
            raise Refused("\n".join(missing))


def _leases_of(here: Ledger, client: Client) -> Iterator[Lease]:
    if client.address is not None:
        number = int.from_bytes(client.address, "big")
        return here.book.leases(here.book.pools, number, number)
    return filter(client.is_of, here.book.leases(here.book.pools))


@leases.command(epilog=STATUSES)
@_CONFIG
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
def release(config: str | None, addresses: tuple[str, ...]) -> None:
    """End leases, as if their clients had given them back. They are not told: a client that asks again gets the same
    address if it is still free."""
    _end(config, "release", addresses)


@leases.command(epilog=STATUSES)
@_CONFIG
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
def clear(config: str | None, addresses: tuple[str, ...]) -> None:
    """Forget who holds or held addresses, or that somebody was found to use them: they are free for anybody."""
    _end(config, "clear", addresses)


def _end(config: str | None, how: str, addresses: Sequence[str]) -> None:
    with opened(config) as here:
        wanted = []
        for text in addresses:
            address = Client.read(text).address
            if address is None:
                raise Unusable(f"{text[:60]!r} is no address")
            wanted.append(address)
        refused = []
        for address in dict.fromkeys(wanted):
            try:
                lease = here.book.end(how, address)
            except Refused as error:
                refused.append(str(error))
                continue
            who = f" of {lease.mac.hex(':')}" if lease and lease.mac else ""
            click.echo(f"{how}{'d' if how == 'release' else 'ed'} {dotted(address)}{who}")
        if refused:
            raise Refused("\n".join(refused))


@leases.command(epilog=STATUSES)
@_CONFIG
@click.argument("whose", metavar="ADDRESS_OR_MAC")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many.")
@click.option("--format", "form", type=_FORMS, default="table", show_default=True)
def history(config: str | None, whose: str, limit: int, form: str) -> None:
    """Show what became of an address, or who a client was, the latest first; LEASES_HISTORY says how far back."""
    with opened(config) as here:
        client = Client.read(whose)
        found = here.book.history(client.address, client.client, client.mac, limit)
        write_history(found, form, sys.stdout)
        _tell_unread(here)
        if not found:
            raise Refused(f"{whose}: nothing is known of it")


@leases.command(epilog=STATUSES)
@_CONFIG
@_POOL
@click.argument("file", default="-", metavar="[FILE]")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), help="Without this FILE's name tells, else CSV.")
def export(config: str | None, pools: tuple[str, ...], file: str, form: str | None) -> None:
    """Write all leases to a file, which is there whole or as it was before, or to standard output."""
    with opened(config) as here, written(file) as out:
        form = form or ("json" if file.lower().endswith(".json") else "csv")
        write_leases(here.book.leases(_wanted(here, pools)), form, time(), out)
        _tell_unread(here)


leases.add_command(promote)
