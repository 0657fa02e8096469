"""``sdhcp leases promote``: a client of a pool gets a reservation."""

from time import time
from typing import cast

import click

from ..backends.reservation import BadField
from ..control import NobodyListens, Refusal, ask
from ..hosts.host import read_address
from ..hosts.leased import key_of_lease, name_of_lease
from ..hosts.listed import ListedStore
from ..hosts.one import line
from ..hosts.opening import open_store
from ..hosts.plan import differences
from ..hosts.store import Refused, Unusable
from ..interfaces import IServerReactor
from ..leases.operating import state_of
from ..leasing import socket_path
from ..model import Lease
from ..wire.describe import address as dotted
from ..wire.errors import WireError
from ..wire.options import address as address_of
from .hosts_change import plan_one
from .hosts_files import told
from .lease_books import Ledger, opened
from .stores import STATUSES, Opened, confirm, read_account


@click.command(epilog=STATUSES)
@click.option("--config", "-c", metavar="PATH", help="conf.py, or the folder that holds it.")
@click.argument("address")
@click.option("--address", "new", metavar="ADDRESS", help="Reserve this address, instead of the leased one.")
@click.option("--hostname", metavar="NAME", help="The host's name, instead of what it calls itself; '' for none.")
@click.option("--replace", is_flag=True, help="Change the client's reservation if it has one.")
@click.option("--user", metavar="NAME", help="The database's account, instead of the one in conf.py.")
@click.option("--password-file", metavar="FILE", help="A file with that account's password, for --user.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def promote(
    config: str | None,
    address: str,
    new: str | None,
    hostname: str | None,
    replace: bool,
    user: str | None,
    password_file: str | None,
    yes: bool,
) -> None:
    """Reserve an address of a pool for the client that holds it, or held it last, in the source that conf.py names.

    The reservation is in the pool's subnet, with its serial. What would change is shown first.
    """
    from twisted.internet import reactor

    with opened(config) as here:
        lease = _lease_at(here, address)
        place = here.place_of(lease.pool)
        if place is None:
            raise Refused(f"{address}: conf.py has no pool {lease.pool}, so that nobody knows its subnet")
        try:
            ip = read_address(new if new is not None else dotted(lease.address))
        except BadField as error:
            raise Unusable(str(error)) from None
        fields = {
            "mac": key_of_lease(lease, here.configuration.source.identity),
            "ip": ip,
            "subnet": place.subnet,
            "serial": str(place.serial),
        }
        name = name_of_lease(lease) if hostname is None else hostname
        if name or hostname is not None:
            fields["hostname"] = name
        account = read_account(user, password_file)
        store = open_store(here.configuration, account, cast(IServerReactor, reactor))
        try:
            if isinstance(store, ListedStore):
                raise Refused(f"{store.name} can only be read from here; make the reservation where it is kept")
            plan = plan_one(Opened(here.configuration, store), fields, replace)
            if not plan.size:
                click.echo(f"{fields['mac']} has this reservation already")
                return
            for text in told(plan):
                click.echo(text)
            click.echo(_what_will_be(lease, ip))
            if not yes:
                confirm("Make the reservation?")
            store.write(plan, lambda rows: None)
        finally:
            store.close()
        for host in plan.added:
            click.echo(f"added {line(host)}")
        for change in plan.changed:
            click.echo(f"changed {change.new.key}: {differences(change)}")
        _tell_server(here)


def _lease_at(here: Ledger, text: str) -> Lease:
    try:
        number = int.from_bytes(address_of(text), "big")
    except WireError as error:
        raise Unusable(str(error)) from None
    found = [lease for lease in here.book.leases(here.book.pools, number, number) if lease.mac]
    if not found:
        raise Refused(f"{text}: no client holds it, nor held it")
    return min(found, key=lambda lease: state_of(lease, time()) != "bound")


def _what_will_be(lease: Lease, ip: str) -> str:
    held = dotted(lease.address)
    if state_of(lease, time()) != "bound":
        return f"It holds no address now, and gets {ip} when it asks next."
    if ip == held:
        return f"It keeps {ip}: from its next renewal on it holds it by the reservation."
    return (
        f"It moves: its next renewal of {held} is refused, and it gets {ip} then. {held} is free from there on,"
        " and no later than at the end of its lease."
    )


def _tell_server(here: Ledger) -> None:
    """Have a running server look which addresses are reserved."""
    path = socket_path(here.configuration)
    try:
        if path:
            ask(path, "reload")
            return
    except NobodyListens:
        pass
    except Refusal as error:
        click.echo(f"the server was not told: {error}", err=True)
    if here.configuration.source.engine == "INI":
        click.echo("a server that runs reads the file at SIGHUP")
