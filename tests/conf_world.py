"""A whole server in memory that is made of a conf.py, as a start would make it."""

import sys
from pathlib import Path
from typing import Any

from sdhcp.compat import inject, install
from sdhcp.config import load
from sdhcp.hooks import build_responder, call_init, check_providers
from sdhcp.publisher import Publisher
from sdhcp.scripting.site import site_of
from sdhcp.scripting.statistics import SiteStatistics
from sdhcp.sources import build_source
from sdhcp.wire.message import encode

from .in_process import Observed, Reply, Sent, World
from .samples import FRAMES, RELAY, ip, message
from .scripted_world import ThreadedClock


class AtOnce:
    """Takes statistics as the thread of a site's functions does, and hands them on without one."""

    def put(self, function: Any, *arguments: Any) -> None:
        """Call it."""
        function(*arguments)


class ConfWorld(World):
    """A loaded conf.py at work.

    :param reactor: what its code waits with; time that stands still if it is None.
    """

    def __init__(self, configuration: Any, reactor: Any = None) -> None:
        self.conf = configuration.site.module
        self.local = FRAMES
        self.clock = reactor or ThreadedClock()
        self.observed = Observed()
        clock = self.clock.seconds
        publisher = Publisher(clock)
        publisher.add(self.observed)
        publisher.add(SiteStatistics(site_of(self.conf), AtOnce()))
        check_providers(configuration)
        call_init(configuration)
        assigned = site_of(self.conf).assigned
        source = build_source(configuration, self.clock, clock)
        self.responder = build_responder(configuration, assigned, source, publisher, clock, self.clock)
        self.late = Sent()

    def ask_and_wait(self, kind: int, options: dict[int, bytes] | None = None, **fields: Any) -> Reply | None:
        """The reply to a message for which one thread is at work, None for silence."""
        fields.setdefault("giaddr", RELAY)
        self.late = Sent()
        self.responder.receive([(encode(message(kind, options, **fields)), ip("10.77.1.1"), 67)], self.local, self.late)
        self.clock.run_one()
        return self.late.replies[0] if self.late.replies else None

    def tick(self) -> None:
        """What happens once a second."""
        site = site_of(self.conf)
        site.run_all(site.ticks.all())


class ConfCase:
    """Loads conf.py files, and forgets them and what they have imported."""

    def load_folder(self, folder: Path) -> Any:
        """The configuration of the conf.py in a folder."""
        before, known = list(sys.path), dict(sys.modules)

        def put_back() -> None:
            sys.path[:] = before
            for name, module in list(sys.modules.items()):
                if name not in known and str(getattr(module, "__file__", None) or "").startswith(f"{folder}/"):
                    del sys.modules[name]
            sys.modules.pop("conf", None)
            sys.modules.update({"conf": known["conf"]} if "conf" in known else {})

        self.addCleanup(put_back)
        return load(str(folder), {}, "/", prepare=install, executed=inject)

    def load_text(self, text: str) -> Any:
        """The configuration of a conf.py with a text."""
        folder = Path(self.mktemp()).absolute()
        folder.mkdir(parents=True)
        (folder / "conf.py").write_text(text, encoding="utf-8")
        return self.load_folder(folder)
