"""``sdhcp check``: whether the server could start, without starting it."""

import json
import os
import sys
from time import perf_counter
from typing import Any, cast

import click

from ..wire.describe import address


@click.command()
@click.option("--config", "-c", metavar="PATH", help="conf.py, or the folder that holds it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(config: str | None, as_json: bool) -> None:
    """Read conf.py, open the source, and say what would be served or what is wrong.

    Nothing is sent and no port is taken. Exit status 0 if all is in order, 2 if not.
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

    from ..config import ConfigurationError, load
    from ..interfaces import IServerReactor, IWarns, SourceLoadError
    from ..sources import build_source
    from .machine import lacking

    try:
        configuration = load(config, os.environ, os.getcwd())
        source = build_source(configuration, cast(IServerReactor, reactor), perf_counter)
    except ConfigurationError as error:
        return [str(problem) for problem in error.problems], {}
    except SourceLoadError as error:
        return list(error.problems), {}
    listen = configuration.listen
    warnings = list(source.warnings) if IWarns.providedBy(source) else []
    return [], {
        "configuration": configuration.path,
        "addresses": [address(own) for own in listen.addresses],
        "port": listen.server_port,
        "source": source.name,
        "notices": [*configuration.notices, *lacking(configuration), *warnings],
    }


def _lines(report: dict[str, Any]) -> list[str]:
    if not report:
        return []
    served = ", ".join(report["addresses"])
    return [
        f"{report['configuration']} is in order: {served}, port {report['port']}, clients from {report['source']}",
        *(f"note: {notice}" for notice in report["notices"]),
    ]
