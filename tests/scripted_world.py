"""A whole server in memory with a site's code in it."""

import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.task import Clock

from sdhcp.publisher import Publisher
from sdhcp.scripted import ScriptedResponder
from sdhcp.scripting.hook import Failures
from sdhcp.scripting.site_hooks import SiteHooks, parts_of

from .in_process import Observed, Reply, Sent, World
from .samples import ip

PATIENCE = 10.0
"""Seconds after which a thread of a site's is taken for stuck."""


class ThreadedClock(Clock):
    """Time that stands still, and what threads want to be called."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: queue.Queue[Callable[[], Any]] = queue.Queue()

    def callFromThread(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.wanted.put(lambda: function(*arguments))

    def run_one(self) -> None:
        """Wait for a thread to want something, and do it."""
        self.wanted.get(timeout=PATIENCE)()


@dataclass
class ScriptedWorld(World):
    """As :class:`World`, with functions of a conf.py, and objects of its HOOKS."""

    hooks: dict[str, Callable[..., Any]] = field(default_factory=dict)
    providers: tuple[Any, ...] = ()
    proxy_port: int | None = 4011

    def __post_init__(self) -> None:
        self.clock = ThreadedClock()
        self.observed = Observed()
        publisher = Publisher(self.clock.seconds)
        publisher.add(self.observed)
        failures = Failures("/site", publisher.publish, self.clock.seconds)
        parts = parts_of(self.hooks, self.providers, self.proxy_port)
        self.site = SiteHooks(parts, self.clock, failures)
        self.responder = ScriptedResponder(
            self.source, self.policy, publisher, self.clock.seconds, self.clock, self.site
        )
        self.late = Sent()

    def send_late(self, data: bytes, source: str = "10.77.1.1", port: int = 67) -> list[Reply]:
        """All replies to one datagram for which one thread is at work."""
        self.responder.receive([(data, ip(source), port)], self.local, self.late)
        self.clock.run_one()
        return self.late.replies

    def outcomes(self) -> list[str]:
        """The outcome of every packet so far."""
        from sdhcp.events import Exchange

        return [event.outcome for event in self.observed.of(Exchange)]
