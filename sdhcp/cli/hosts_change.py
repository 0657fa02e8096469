"""``sdhcp hosts add`` and ``sdhcp hosts remove``."""

import click

from ..backends.reservation import BadField
from ..hosts.host import read_address, read_key
from ..hosts.one import line
from ..hosts.one import plan_one as plan_host
from ..hosts.plan import Plan, differences
from ..hosts.store import Refused, Unusable
from .stores import STATUSES, Opened, opened, store_options


@click.command(epilog=STATUSES)
@store_options
@click.argument("key")
@click.argument("ip")
@click.option("--subnet", required=True, metavar="NAME", help="Its subnet, which is there.")
@click.option("--serial", type=click.IntRange(0), default=0, show_default=True, help="The subnet's serial.")
@click.option("--hostname", metavar="NAME", help="The host's name.")
@click.option("--set", "own", multiple=True, metavar="COLUMN=VALUE", help="A field of your own.")
@click.option("--replace", is_flag=True, help="Change the reservation if there is one.")
def add(
    config: str | None,
    user: str | None,
    password_file: str | None,
    key: str,
    ip: str,
    subnet: str,
    serial: int,
    hostname: str | None,
    own: tuple[str, ...],
    replace: bool,
) -> None:
    """Reserve an address for a client.

    KEY is a hardware address in any writing, or client-identifier:, circuit-id: or remote-id: with what follows.
    """
    fields = {"subnet": subnet, "serial": str(serial)}
    if hostname is not None:
        fields["hostname"] = hostname
    for text in own:
        name, equals, value = text.partition("=")
        if not equals or not name or name in ("mac", "ip", *fields):
            raise click.BadParameter(f"{text!r} is not COLUMN=VALUE with a column of your own", param_hint="--set")
        fields[name] = value
    with opened(config, user, password_file) as here:
        known = _read_key(here, key)
        try:
            fields = {"mac": known, "ip": read_address(ip), **fields}
        except BadField as error:
            raise Unusable(str(error)) from None
        plan = plan_one(here, fields, replace)
        if plan.size:
            here.store.write(plan, lambda rows: None)
        for host in plan.added:
            click.echo(f"added {line(host)}")
        for change in plan.changed:
            click.echo(f"changed {change.new.key}: {differences(change)}")
        if not plan.size:
            click.echo(f"{known} is like that already")


def plan_one(here: Opened, fields: dict[str, str], replace: bool) -> Plan:
    """As :func:`sdhcp.hosts.one.plan_one`; one that is there is named with what changes it."""
    before = here.store.known([fields["mac"]])
    if before and not replace:
        raise Refused(f"{line(before[0])} is there already; --replace changes it")
    return plan_host(here.store, here.any_key, fields)


@click.command(epilog=STATUSES)
@store_options
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
def remove(config: str | None, user: str | None, password_file: str | None, keys: tuple[str, ...]) -> None:
    """Remove the reservations of clients; all of them, or none if one is not there."""
    with opened(config, user, password_file) as here:
        wanted = list(dict.fromkeys(_read_key(here, key) for key in keys))
        found = here.store.known(wanted)
        there = {host.key for host in found}
        missing = [key for key in wanted if key not in there]
        if missing:
            raise Refused("\n".join(f"{key}: there is no such reservation; nothing was changed" for key in missing))
        here.store.write(Plan(removed=found), lambda rows: None)
        for host in found:
            click.echo(f"removed {line(host)}")


def _read_key(here: Opened, text: str) -> str:
    try:
        return read_key(text, here.any_key)
    except BadField as error:
        raise Unusable(str(error).removeprefix("mac: ")) from None
