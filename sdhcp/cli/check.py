"""``sdhcp check``: whether the server could start, without starting it."""

import json
import os
import sys
from time import perf_counter
from typing import Any, Final, cast

import click
from twisted.internet.defer import TimeoutError
from twisted.python.failure import Failure

from ..interfaces import IRemoteSource, IServerReactor, IWarns, SourceError, SourceLoadError
from ..wire.describe import address

PROBE: Final = 8.0
"""Seconds that a store is given to answer."""


@click.command()
@click.option("--config", "-c", metavar="PATH", help="conf.py, or the folder that holds it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(config: str | None, as_json: bool) -> None:
    """Read conf.py, open the source, and say what would be served or what is wrong.

    No port is taken and no client answered. A store that cannot be asked is a fault here, though the server would
    start and go on trying. Exit status 0 if all is in order, 2 if not.
    """
    problems, report = examine(config)
    if as_json:
        click.echo(json.dumps({"problems": problems, **report}, indent=2))
    else:
        for problem in problems:
            click.echo(problem, err=True)
        for line in _lines(report):
            click.echo(line)
    sys.exit(2 if problems else 0)


def examine(config: str | None) -> tuple[list[str], dict[str, Any]]:
    """Every problem of a configuration and its source, one line each, and what would be served."""
    from twisted.internet import reactor

    from ..alerting import check_alerts
    from ..compat import inject, install
    from ..config import ConfigurationError, load
    from ..hooks import check_providers
    from ..leasing import check_pools
    from ..sources import build_store
    from .machine import lacking

    try:
        configuration = load(config, os.environ, os.getcwd(), prepare=install, executed=inject)
        check_providers(configuration)
        check_pools(configuration)
        check_alerts(configuration)
        source = build_store(configuration, cast(IServerReactor, reactor), perf_counter)
    except ConfigurationError as error:
        return [str(problem) for problem in error.problems], {}
    except SourceLoadError as error:
        return list(error.problems), {}
    if IRemoteSource.providedBy(source):
        problem = probed(source, cast(IServerReactor, reactor))
        if problem:
            return [f"{source.name}: {problem.removeprefix(f'{source.name}: ')}"], {}
    listen = configuration.listen
    warnings = list(source.warnings) if IWarns.providedBy(source) else []
    return [], {
        "configuration": configuration.path,
        "addresses": [address(own) for own in listen.addresses],
        "port": listen.server_port,
        "source": source.name,
        "notices": [*configuration.notices, *lacking(configuration), *warnings],
    }


def probed(source: IRemoteSource, reactor: IServerReactor) -> str:
    """What is wrong with a store that is asked now, "" if nothing is. Runs the reactor, which can be done once."""
    problems: list[str] = []

    def begin() -> None:
        source.start()
        probe = source.probe().addTimeout(PROBE, reactor)
        probe.addErrback(lambda failure: problems.append(_told(failure)))
        probe.addCallback(lambda _: source.stop())
        probe.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    return "".join(problems)


def _told(failure: Failure) -> str:
    error = failure.value
    if isinstance(error, SourceError):
        return f"{error}; {error.advice}" if error.advice else str(error)
    return f"no answer within {PROBE:.0f} s" if isinstance(error, TimeoutError) else failure.getErrorMessage()


def _lines(report: dict[str, Any]) -> list[str]:
    if not report:
        return []
    served = ", ".join(report["addresses"])
    return [
        f"{report['configuration']} is in order: {served}, port {report['port']}, clients from {report['source']}",
        *(f"note: {notice}" for notice in report["notices"]),
    ]
