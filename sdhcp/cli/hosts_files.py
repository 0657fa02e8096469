"""``sdhcp hosts import`` and ``sdhcp hosts export``."""

import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

import click

from ..hosts.exporting import own_names, write_hosts_csv, write_json, write_subnets_csv
from ..hosts.host import Host
from ..hosts.importing import Files, plan_import
from ..hosts.one import line
from ..hosts.plan import HostChange, Plan, SubnetChange, differences
from ..hosts.store import Unusable
from .stores import STATUSES, confirm, opened, store_options, watched

_SHOWN = 20
"""How many of each kind of change are shown one by one."""
_FORMS = click.Choice(["csv", "json"])


@click.command("import", epilog=STATUSES)
@store_options
@click.argument("file", metavar="FILE")
@click.option("--format", "form", type=_FORMS, help="What FILE is; without this its name tells, else CSV.")
@click.option("--subnets", metavar="FILE", help="A CSV file of subnets, taken in together with the hosts.")
@click.option("--replace-all", is_flag=True, help="Remove what the files do not have.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--progress", is_flag=True, help="Show how far it is, though nobody watches on a terminal.")
def import_hosts(
    config: str | None,
    user: str | None,
    password_file: str | None,
    file: str,
    form: str | None,
    subnets: str | None,
    replace_all: bool,
    yes: bool,
    dry_run: bool,
    progress: bool,
) -> None:
    """Take in reservations from a file, - for standard input: all of it or nothing.

    CSV has a header: mac, ip, subnet, and perhaps hostname, serial and columns of your own. JSON is a list of such
    objects, or {"subnets": [...], "hosts": [...]}. Fields that the file tells of no host stay as they are.
    """
    if file == "-" and subnets == "-":
        raise click.UsageError("only one of the files can be the standard input")
    files = Files(file, form or ("json" if file.lower().endswith(".json") else "csv"), subnets)
    with _uncollected(), opened(config, user, password_file) as here:
        phases = watched(progress)
        plan = plan_import(here.store, files, replace_all, here.any_key, phases)
        if not plan.size:
            click.echo("there is nothing to change")
            return
        for text in told(plan):
            click.echo(text)
        if dry_run:
            return
        if not yes:
            confirm("Change the store?")
        with phases("writing", plan.size) as advance:
            here.store.write(plan, advance)
        click.echo("done")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Millions of values are made that stay, none of them in circles; to look for circles takes most of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def told(plan: Plan) -> Iterator[str]:
    """A plan in lines: how many of each kind, and the first of them."""
    yield (
        f"hosts: {len(plan.added)} added, {len(plan.changed)} changed, {len(plan.removed)} removed; "
        f"subnets: {len(plan.subnets_added)} added, {len(plan.subnets_changed)} changed, "
        f"{len(plan.subnets_removed)} removed"
    )
    yield from _first("+ subnet", plan.subnets_added, lambda row: f"{row.subnet}, serial {row.serial}")
    yield from _first("~ subnet", plan.subnets_changed, _changed_subnet)
    yield from _first("- subnet", plan.subnets_removed, lambda row: f"{row.subnet}, serial {row.serial}")
    yield from _first("+", plan.added, line)
    yield from _first("~", plan.changed, _changed_host)
    yield from _first("-", plan.removed, line)


def _first(mark: str, rows: Sequence[Any], text: Callable[[Any], str]) -> Iterator[str]:
    for row in rows[:_SHOWN]:
        yield f"{mark} {text(row)}"
    if len(rows) > _SHOWN:
        yield f"{mark} and {len(rows) - _SHOWN} more"


def _changed_host(change: HostChange) -> str:
    return f"{change.new.key}: {differences(change)}"


def _changed_subnet(change: SubnetChange) -> str:
    return f"{change.new.subnet}, serial {change.new.serial}: {differences(change)}"


@click.command("export", epilog=STATUSES)
@store_options
@click.argument("file", default="-", metavar="[FILE]")
@click.option("--format", "form", type=_FORMS, help="What to write; without this FILE's name tells, else CSV.")
@click.option("--subnets", metavar="FILE", help="Write a CSV file of subnets as well; JSON has them anyway.")
def export_hosts(
    config: str | None,
    user: str | None,
    password_file: str | None,
    file: str,
    form: str | None,
    subnets: str | None,
) -> None:
    """Write all reservations to a file, or to standard output. To import it again changes nothing."""
    form = form or ("json" if file.lower().endswith(".json") else "csv")
    if form == "json" and subnets is not None:
        raise click.UsageError("--subnets is for CSV: JSON has the subnets in it")
    with opened(config, user, password_file) as (_, store):

        def listed() -> Iterator[Host]:
            return iter(store.hosts())

        if subnets is not None:
            with written(subnets) as out:
                write_subnets_csv(store.subnets(), store.own_of_subnets, out)
        with written(file) as out:
            if form == "json":
                write_json(store, out)
            else:
                write_hosts_csv(listed(), own_names(store, listed), out)


@contextmanager
def written(path: str) -> Iterator[IO[str]]:
    """A file that is there whole, or as it was before."""
    if path == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    folder = os.path.dirname(os.path.abspath(path))
    try:
        number, beside = tempfile.mkstemp(prefix=".export-", dir=folder)
    except OSError as error:
        raise Unusable(f"{path}: cannot be written: {error.strerror}") from None
    try:
        with open(number, "w", encoding="utf-8", newline="") as file:
            yield file
        os.replace(beside, path)
    except OSError as error:
        raise Unusable(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)
