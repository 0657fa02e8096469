"""``sdhcp reload``: a running server reads conf.py and its sources anew."""

import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

import click

from ..backends.paths import find
from ..control import NobodyListens, Refusal, ask
from ..hosts.store import Unusable
from ..leasing import socket_path
from .stores import AWAY, REFUSED, USAGE, leave, read_configuration


@click.command()
@click.option("--config", "-c", metavar="PATH", help="conf.py, or the folder that holds it.")
@click.option("--check", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def reload(config: str | None, check: bool, as_json: bool) -> None:
    """Have the server that runs by a conf.py read it anew, with all sources, and say what has changed.

    It is told by its control socket; where it has none, it is sent SIGHUP by its PID_FILE, and its log has what came of
    it. Exit status: 0 done, 1 refused, everything is as it was, 2 usage or conf.py not in order, 3 no server was found.
    """
    try:
        configuration = read_configuration(config)
    except Unusable as error:
        leave(USAGE, str(error))
    path = socket_path(configuration)
    try:
        answer = ask(path, "reload", check=check) if path else None
    except NobodyListens:
        answer = None
    except Refusal as error:
        leave(REFUSED, str(error))
    if answer is None:
        pid_file = configuration.process.pid_file
        _by_signal(find(pid_file, configuration.source.folder) if pid_file else None, check)
        click.echo("sent SIGHUP; the log of the server says what came of it")
        return
    if as_json:
        click.echo(json.dumps(answer, indent=2))
    else:
        for line in _lines(answer):
            click.echo(line)
    if answer.get("problems"):
        sys.exit(REFUSED)


def _by_signal(pid_file: str | None, check: bool) -> None:
    where = "set CONTROL_SOCKET in conf.py, which makes one"
    if check:
        leave(AWAY, f"no control socket is there to ask by; {where}")
    if pid_file is None:
        leave(AWAY, f"no control socket is there, and conf.py has no PID_FILE: send SIGHUP to the server, or {where}")
    try:
        with open(pid_file, encoding="ascii") as file:
            number = int(file.read())
        if number <= 1:
            raise ValueError
        os.kill(number, signal.SIGHUP)
    except (OSError, ValueError) as error:
        leave(AWAY, f"PID_FILE {pid_file}: {getattr(error, 'strerror', None) or 'there is no number in it'}")


def _lines(answer: Mapping[str, Any]) -> list[str]:
    if answer.get("problems"):
        return [f"everything is as it was: {problem}" for problem in answer["problems"]]
    lines = [f"{one['name']} {one['old']} -> {one['new']}" for one in answer.get("changed", ())]
    lines += [f"wants a restart: {one['name']} {one['old']} -> {one['new']}" for one in answer.get("wants_restart", ())]
    lines += [f"code that was changed: {file}" for file in answer.get("files", ())]
    return lines or ["conf.py is as it was"]
