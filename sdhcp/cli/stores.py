"""What all commands share that open a store of reservations: options, exit statuses, progress."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn, cast

import click

from ..config import Configuration
from ..hosts.opening import Account, open_store
from ..hosts.store import Advance, IHostStore, Phases, Refused, Unreachable, Unusable

REFUSED, USAGE, AWAY = 1, 2, 3
STATUSES = "Exit status: 0 done, 1 refused or not found, 2 usage or files not in order, 3 the store cannot be reached."
_LONG = 5000
"""Rows from which on people want to see how far it is."""


class Opened(NamedTuple):
    """A store, with the configuration that names it."""

    configuration: Configuration
    store: IHostStore

    @property
    def any_key(self) -> bool:
        """Whether the site makes keys of its own for clients."""
        return any(callable(identity) for identity in self.configuration.source.identity)


def store_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which store, and by which account."""
    for option in (
        click.option("--password-file", metavar="FILE", help="A file with that account's password, for --user."),
        click.option("--user", metavar="NAME", help="The database's account, instead of the one in conf.py."),
        click.option("--config", "-c", metavar="PATH", help="conf.py, or the folder that holds it."),
    ):
        command = option(command)
    return command


@contextmanager
def opened(config: str | None, user: str | None, password_file: str | None) -> Iterator[Opened]:
    """A store for as long as a command needs it; what goes wrong ends the process with its exit status."""
    from twisted.internet import reactor

    from ..interfaces import IServerReactor

    with statuses():
        configuration = read_configuration(config)
        account = read_account(user, password_file)
        store = open_store(configuration, account, cast(IServerReactor, reactor))
        try:
            yield Opened(configuration, store)
        finally:
            store.close()


@contextmanager
def statuses() -> Iterator[None]:
    """Turn what a store raises into lines on standard error, and an exit status."""
    try:
        yield
    except Refused as error:
        leave(REFUSED, str(error))
    except Unusable as error:
        leave(USAGE, str(error))
    except Unreachable as error:
        leave(AWAY, str(error))


def leave(status: int, text: str) -> NoReturn:
    """Say why on standard error and end the process."""
    click.echo(text, err=True)
    sys.exit(status)


def read_configuration(config: str | None) -> Configuration:
    """conf.py.

    :raises Unusable: with all faults of it.
    """
    from ..compat import inject, install
    from ..config import ConfigurationError, load

    try:
        return load(config, os.environ, os.getcwd(), prepare=install, executed=inject)
    except ConfigurationError as error:
        raise Unusable("\n".join(map(str, error.problems))) from None


def read_account(user: str | None, password_file: str | None) -> Account | None:
    """The account that a command names.

    :raises Unusable: if its password cannot be read.
    """
    if user is None:
        if password_file is not None:
            raise Unusable("--password-file is for the account of --user, which is not named")
        return None
    if password_file is None:
        return Account(user)
    try:
        with open(password_file, encoding="utf-8") as file:
            return Account(user, file.readline().rstrip("\r\n"))
    except OSError as error:
        raise Unusable(f"{password_file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Unusable(f"{password_file}: not in UTF-8") from None


def confirm(question: str) -> None:
    """Ask on the terminal.

    :raises Refused: if the answer is no, or nobody can be asked.
    """
    if not sys.stdin.isatty():
        raise Refused("nobody can be asked, since this is no terminal; nothing was changed: --yes does it")
    if not click.confirm(question, err=True):
        raise Refused("nothing was changed")


def watched(forced: bool) -> Phases:
    """Shows on standard error how far the phases of long work are: a bar on a terminal, else lines if ``forced``."""

    @contextmanager
    def phase(name: str, rows: int) -> Iterator[Advance]:
        if sys.stderr.isatty() and (forced or rows >= _LONG):
            with click.progressbar(length=max(rows, 1), label=f"{name:9}", file=sys.stderr) as bar:
                yield bar.update
                bar.update(max(rows, 1))
        elif forced:
            lines = _Lines(name, rows)
            yield lines.advance
            click.echo(f"{name}: done", err=True)
        else:
            yield lambda more: None

    return phase


class _Lines:
    """A line for each tenth of a phase."""

    def __init__(self, name: str, rows: int) -> None:
        self._name = name
        self._rows = max(rows, 1)
        self._done = 0

    def advance(self, more: int) -> None:
        """Some more rows are done."""
        before = 10 * self._done // self._rows
        self._done += more
        tenth = min(10 * self._done // self._rows, 9)
        if tenth > before:
            click.echo(f"{self._name}: {10 * tenth} %", err=True)
