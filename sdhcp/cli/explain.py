"""``sdhcp explain``: why a client gets its answer."""

import json
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from ..control import NobodyListens, Refusal, ask

_ANSWERED, _SILENCE, _USAGE = 0, 1, 2
_LARGEST: Final = 65_536
_TYPES: Final = ("discover", "request", "reboot", "renew", "rebind", "inform", "release", "decline", "bootp")


@click.command(epilog="Exit status: 0 answered, 1 silence, 2 conf.py or the packet is not in order.")
@click.argument("conf", metavar="CONF")
@click.option("--mac", help="The client.")
@click.option("--type", "type", type=click.Choice(_TYPES), help="What it sends; without this discover.")
@click.option("--address", metavar="ADDRESS", help="The address that it asks for, or has.")
@click.option("--relay", "giaddr", metavar="ADDRESS", help="The relay agent that it comes through.")
@click.option("--circuit-id", metavar="TEXT", help="What that tells of the circuit (82.1); 0x and octets too.")
@click.option("--remote-id", metavar="TEXT", help="What it tells of the other end (82.2).")
@click.option("--client-id", metavar="HEX", help="The client identifier (option 61).")
@click.option("--vendor", metavar="TEXT", help="The vendor class (option 60).")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="Sent too; may be repeated.")
@click.option("--ask-for", metavar="NAMES", help="The options that are asked for, with commas between.")
@click.option("--broadcast", is_flag=True, help="Set the broadcast flag.")
@click.option("--packet", metavar="FILE", help="A whole packet: its octets, or these in hexadecimal.")
@click.option("--server", metavar="ADDRESS", help="The server's address that it comes to; without this the first.")
@click.option("--interface", metavar="NAME", help="The interface that it comes in on.")
@click.option("--offline", is_flag=True, help="Do not ask the server, though it runs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(conf: str, offline: bool, as_json: bool, **given: Any) -> None:
    """Show why a client gets its answer: each rule, source, pool and function, each option of the reply, its octets.

    CONF is conf.py or its folder. The running server is asked by its CONTROL_SOCKET; where none runs, one that has just
    been started with this conf.py, whose pools have lent nothing. Nothing is sent or kept. Functions of the site's code
    are called.
    """
    from ..explain.report import lines_of

    packet = given.pop("packet")
    asked = {name: value for name, value in given.items() if value}
    if "options" in asked:
        asked["options"] = "\n".join(asked["options"])
    if packet is not None:
        asked["packet"] = _octets(packet)
    with redirect_stdout(sys.stderr):
        where, report = _explained(conf, asked, offline)
    if as_json:
        click.echo(where, err=True)
        click.echo(json.dumps(report, indent=2))
    else:
        click.echo(where)
        for line in lines_of(report):
            click.echo(line)
    sys.exit(_ANSWERED if report["reply"] is not None else _SILENCE)


def _explained(conf: str, asked: Mapping[str, Any], offline: bool) -> tuple[str, Mapping[str, Any]]:
    """Who explains it, and the explanation. Ends the process if there is none."""
    from ..config import ConfigurationError
    from ..hooks import InitFailed
    from ..interfaces import SourceError, SourceLoadError
    from ..leasing import socket_path
    from ..testing import Site
    from ..testing.loading import LoadedSite

    try:
        loaded = LoadedSite(conf)
        try:
            path = "" if offline else socket_path(loaded.configuration)
            with suppress(NobodyListens):
                if path:
                    return f"by the server that runs ({path})", ask(path, "explain", **asked)
            with Site(loaded.configuration) as site:
                return "by a server that has just been started, since none was asked that runs", site.explain(asked)
        finally:
            loaded.forget()
    except ConfigurationError as error:
        _fail(*map(str, error.problems))
    except SourceLoadError as error:
        _fail(*error.problems)
    except (InitFailed, Refusal, SourceError, TimeoutError, ValueError) as error:
        _fail(f"sdhcp explain: {error}")


def _octets(name: str) -> str:
    """A packet of a file, in hexadecimal."""
    try:
        with Path(name).open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        _fail(f"sdhcp explain: {name}: {getattr(error, 'strerror', None) or error}")
    if len(data) > _LARGEST:
        _fail(f"sdhcp explain: {name}: larger than {_LARGEST} octets")
    try:
        return bytes.fromhex("".join(data.decode("ascii").split()).replace(":", "")).hex()
    except ValueError:
        return data.hex()


def _fail(*problems: str) -> NoReturn:
    for problem in problems:
        click.echo(" ".join(problem.split()), err=True)
    sys.exit(_USAGE)
