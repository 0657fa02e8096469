"""Alerts while the server runs: built from a configuration, watched, and sent off before the end."""

import os
import secrets
from collections.abc import Callable
from random import random
from typing import Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThreadPool

from .alerts import trust
from .alerts.book import AlertBook
from .alerts.courier import Courier
from .alerts.folder import ParcelFolder
from .alerts.mail import Letters, MailSink, attempts
from .alerts.smtp import MailServer
from .alerts.webhook import WebhookSink, WebService
from .backends.paths import find
from .config import Configuration, ConfigurationError, Problem
from .events import Event, ServerMessage, Shed
from .interfaces import IAlertSink
from .messages import ALERTS
from .responder import SOURCE_UNAVAILABLE
from .stats import Counters

WATCH: Final = 1.0
"""Seconds between two looks at what is to be told."""
TELL_LOST: Final = 60.0
"""Seconds between two looks at what was let go."""
LAST: Final = 2.5
"""Seconds to send what waits, when the server ends."""
FOLDER: Final = 0.4
"""Seconds after those for what is still to be written."""


def check_alerts(configuration: Configuration) -> None:
    """Whether files are there that alerts need.

    :raises ConfigurationError: with what is not in order, with its line.
    """
    wanted = {
        "EMAIL_CA_FILE": configuration.email.ca_file if configuration.email.enabled else None,
        "ALERT_WEBHOOK_CA_FILE": configuration.alerts.webhook_ca_file,
    }
    problems = []
    for name, path in wanted.items():
        try:
            _authorities(configuration, path)
        except trust.BadAuthorities as error:
            expected = "a PEM file with the certificates of the authorities to trust"
            problems.append(Problem(configuration.path, configuration.lines.get(name, 0), name, str(error), expected))
    if problems:
        raise ConfigurationError(problems)


def _authorities(configuration: Configuration, path: str | None) -> Any:
    return trust.authorities(find(path, configuration.source.folder) if path else None)


def build_mail_server(configuration: Configuration) -> MailServer:
    """The server that takes mails.

    :raises BadAuthorities: if those who vouch for it cannot be read.
    """
    email = configuration.email
    authorities = _authorities(configuration, email.ca_file)
    return MailServer(email.server or "", email.port, email.tls, email.user, email.password, authorities)


def build_letters(configuration: Configuration) -> Letters:
    """What writes mails."""
    email = configuration.email
    host = os.uname().nodename
    return Letters(email.source or "", email.destination, email.subject, configuration.process.name, host)


class Alerting(Service):
    """All that tells people of troubles; nothing at all if conf.py wants none.

    :param publish: takes events, about the delivery of alerts.
    :param clock: seconds of a monotonic clock, which events have theirs from; ``wall`` since the epoch.
    :param counters: of what has come in.
    :ivar book: the observer of events; None if there is nobody to tell.
    """

    def __init__(
        self,
        configuration: Configuration,
        publish: Callable[[Event], None],
        reactor: Any,
        clock: Callable[[], float],
        wall: Callable[[], float],
        counters: Counters,
    ) -> None:
        self._publish = publish
        self._reactor = reactor
        self._clock = clock
        self._wall = wall
        self._counters = counters
        self._couriers: list[Courier] = []
        self._lost_told = 0
        self._loops: list[tuple[LoopingCall, float]] = []
        sinks = [*self._mail(configuration), *self._webhook(configuration)]
        self.book: AlertBook | None = None
        if sinks:
            self.book = book = AlertBook(sinks, wall, f"{int(wall()):x}-{secrets.token_hex(4)}", self._traffic)
            watching, telling = LoopingCall(lambda: book.watch(clock())), LoopingCall(self._tell_lost)
            watching.clock = telling.clock = reactor
            self._loops = [(watching, WATCH), (telling, TELL_LOST)]

    @property
    def waiting(self) -> int:
        """Alerts that wait to be delivered."""
        return sum(len(courier) for courier in self._couriers)

    @property
    def lost(self) -> int:
        """Alerts that were let go."""
        return sum(courier.lost for courier in self._couriers)

    @property
    def refused(self) -> int:
        """Alerts that somebody would not take."""
        return sum(courier.refused for courier in self._couriers)

    def startService(self) -> None:
        """Begin to send."""
        super().startService()
        for courier in self._couriers:
            courier.start()
        for loop, interval in self._loops:
            loop.start(interval, now=False)

    def stopService(self) -> "Deferred[Any]":
        """Send what waits, for 3 s at most; fires when that is done."""
        super().stopService()
        for loop, _ in self._loops:
            if loop.running:
                loop.stop()
        ended: Deferred[Any] = DeferredList([courier.stop(LAST) for courier in self._couriers], consumeErrors=True)
        ended.addTimeout(LAST + FOLDER, self._reactor, lambda *_: None)
        return ended

    def _mail(self, configuration: Configuration) -> list[IAlertSink]:
        email = configuration.email
        if not email.enabled:
            return []
        server, letters = build_mail_server(configuration), build_letters(configuration)
        folder = None
        if email.queue is not None:
            folder = ParcelFolder(find(email.queue, configuration.source.folder), self._aside, self._tell)
        trying = attempts(server, letters.sender, email.timeout, self._reactor, self._tell)
        courier = Courier(server.place, trying, self._reactor, random, self._wall, self._tell, folder)
        self._couriers.append(courier)
        return [MailSink(letters, courier)]

    def _webhook(self, configuration: Configuration) -> list[IAlertSink]:
        alerts = configuration.alerts
        if alerts.webhook is None:
            return []
        service = WebService(alerts.webhook, _authorities(configuration, alerts.webhook_ca_file), self._reactor)
        courier = Courier(service.place, service.deliver, self._reactor, random, self._wall, self._tell)
        self._couriers.append(courier)
        return [WebhookSink(service.place, configuration.process.name, os.uname().nodename, courier)]

    def _aside(self, function: Callable[..., Any], *arguments: Any) -> "Deferred[Any]":
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), function, *arguments)

    def _tell(self, level: str, text: str) -> None:
        self._publish(ServerMessage(self._clock(), level, text, ALERTS.id))

    def _traffic(self) -> tuple[int, int]:
        exchanges = self._counters.exchanges
        silent = sum(count for (_, outcome), count in exchanges.items() if outcome == SOURCE_UNAVAILABLE.outcome)
        return sum(exchanges.values()), silent

    def _tell_lost(self) -> None:
        lost = self.lost
        if lost > self._lost_told:
            self._publish(Shed(self._clock(), "alerts that could not be delivered", lost - self._lost_told))
            self._lost_told = lost
