"""``sdhcp init-db``: an empty store, ready for reservations."""

from typing import cast

import click

from ..config.settings import Configuration, SourceSettings
from ..hosts import schemas
from ..hosts.opening import Account, open_store, where_leases_are, with_account
from ..hosts.sql import SqlStore
from ..hosts.store import Refused, Unusable
from ..interfaces import IServerReactor
from .stores import STATUSES, confirm, opened, read_account, read_configuration, statuses, store_options

_TABLES = ("SQLite", "PostgreSQL", "MySQL", "Oracle")


@click.command("init-db", epilog=STATUSES)
@store_options
@click.option("--sample", is_flag=True, help="Put three subnets and three hosts there as well.")
@click.option("--notify", is_flag=True, help="Make the triggers alone with which PostgreSQL tells what is changed.")
@click.option("--leases", is_flag=True, help="Make the tables alone that LEASES_STORE wants, in its database.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def init_db(
    config: str | None, user: str | None, password_file: str | None, sample: bool, notify: bool, leases: bool, yes: bool
) -> None:
    """Make the tables in the empty database that conf.py names, or an INI file where there is none."""
    with statuses():
        configuration = read_configuration(config)
        if leases:
            _make_lease_tables(configuration, read_account(user, password_file), yes)
            return
        settings = configuration.source
        engine = settings.engine
        if engine not in (*_TABLES, "INI", "Redis"):
            raise Unusable("DATABASE_ENGINE names nothing that could be made ready from here")
        if engine == "Redis" and not sample and not notify:
            click.echo("Redis needs no tables: there is nothing to do; --sample puts something there")
            return
        with_account(settings, read_account(user, password_file))
        if not yes:
            confirm(f"Make {engine} ready?")
        if engine == "INI" and not notify:
            click.echo(schemas.make_ini(_ini_path(settings)))
            return
        if engine == "SQLite" and not notify:
            from ..hosts.sqlite import file_of, make_file

            make_file(file_of(settings))
    with opened(config, user, password_file) as (_, store):
        if notify:
            if not isinstance(store, SqlStore):
                raise Refused(f"{engine} needs no triggers; nothing was changed")
            click.echo(schemas.make_triggers(store))
            return
        if isinstance(store, SqlStore):
            for line in schemas.make_tables(store, settings):
                click.echo(line)
        if sample:
            click.echo(schemas.put_sample(store))
        if user is not None:
            click.echo("the server's own account must be allowed to read them: GRANT SELECT")


def _make_lease_tables(configuration: Configuration, account: Account | None, yes: bool) -> None:
    from twisted.internet import reactor

    configuration = where_leases_are(configuration)
    if not yes:
        confirm("Make the tables for leases?")
    store = open_store(configuration, account, cast(IServerReactor, reactor))
    try:
        click.echo(schemas.make_lease_tables(cast(SqlStore, store)))
    finally:
        store.close()


def _ini_path(settings: SourceSettings) -> str:
    from ..backends.paths import find

    return find(settings.ini_file or "", settings.folder)
