"""``sdhcp mail-test``: whether the mail server that conf.py names takes mails."""

import os
import secrets
import sys
from time import time
from typing import Any, Final, cast

import click
from twisted.internet.defer import Deferred

from ..alerts.parcels import Attempt
from ..config import Configuration
from ..interfaces import IServerReactor

TAKEN: Final = 60.0
"""Seconds that the server is given to take the mail when it has it in full."""
_NEEDED: Final = ("server", "source", "destination")


@click.command("mail-test")
@click.option("--config", "-c", metavar="PATH", help="conf.py, or the folder that holds it.")
def mail_test(config: str | None) -> None:
    """Send a mail with the settings of conf.py, and say what the mail server answered.

    It goes there once, now, and is not kept. Exit status 0 if it was taken for everybody, 1 if not, 2 if conf.py is not
    in order or does not say where mails go.
    """
    from twisted.internet import reactor

    configuration = _configuration(config)
    attempt = send(configuration, cast(IServerReactor, reactor))
    email = configuration.email
    place = f"{email.server}:{email.port}"
    if attempt.is_in_clear:
        click.echo("note: the password went over the network unencrypted, since the server has no TLS")
    for address in attempt.taken:
        click.echo(f"{place} took the mail for {address}: {attempt.answer}")
    for address in email.destination:
        if address not in attempt.taken:
            click.echo(f"{place} did not take the mail for {address}: {attempt.problem}", err=True)
            hint = advice(attempt, email.timeout)
            if hint:
                click.echo(hint, err=True)
            break
    if not email.enabled:
        click.echo("note: EMAIL_ENABLED is False, so that the server sends no mails")
    sys.exit(0 if len(attempt.taken) == len(email.destination) else 1)


def send(configuration: Configuration, reactor: IServerReactor) -> Attempt:
    """Send the mail; what came of it. Runs the reactor, which can be done once."""
    from ..alerting import build_letters, build_mail_server
    from ..alerts.smtp import Mail, deliver

    letters = build_letters(configuration)
    now = time()
    parcel = letters.test(f"test-{int(now):x}-{secrets.token_hex(4)}", now)
    mail = Mail(letters.sender, parcel.to, parcel.text.encode("ascii", "replace"))
    found: list[Attempt] = []

    def begin() -> None:
        server = build_mail_server(configuration)
        trying: Deferred[Any] = deliver(server, mail, reactor, configuration.email.timeout, TAKEN)
        trying.addCallback(found.append)
        trying.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    return found[0] if found else Attempt(problem="it was ended before there was an answer", is_away=True)


def advice(attempt: Attempt, timeout: float) -> str:
    """What may help, "" if nothing is known that would."""
    if attempt.is_tls_trouble:
        return (
            "EMAIL_CA_FILE names the authority of its certificate, which must be that of EMAIL_SERVER; "
            'EMAIL_TLS = "none" does without TLS'
        )
    if attempt.problem.startswith("no answer"):
        return f"EMAIL_TIMEOUT is {timeout:g} s; the server itself waits longer in its later attempts"
    if " 4" in f" {attempt.problem}" and not attempt.is_away:
        return "that may pass: the server itself tries again for three days"
    return ""


def _configuration(config: str | None) -> Configuration:
    from ..alerting import check_alerts
    from ..compat import inject, install
    from ..config import ConfigurationError, load

    try:
        configuration = load(config, os.environ, os.getcwd(), prepare=install, executed=inject)
        check_alerts(configuration)
    except ConfigurationError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(2)
    missing = [f"EMAIL_{name.upper()}" for name in _NEEDED if not getattr(configuration.email, name)]
    if missing:
        click.echo(
            f"{configuration.path}: does not set {', '.join(missing)}: there is nobody to send a mail to", err=True
        )
        sys.exit(2)
    return configuration
