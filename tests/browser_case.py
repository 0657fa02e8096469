"""What the tests in a browser begin with: one Chromium and one site for all of them."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple
from unittest import TestLoader

from twisted.trial.unittest import SynchronousTestCase

from .browser import BETWEEN, DARK, LIGHT, NARROW, SKIP, WIDE, Browser
from .console_site import NASTY_MAC, RESERVED, ConsoleSite
from .netns.yard import ROOT
from .web_case import NAME, PASSWORD

PICTURES = ROOT / ".trial-screenshots"
"""Where there is a picture of each page afterwards."""


def plain(path: str) -> Callable[[Browser], None]:
    """Opens a page that has an address of its own."""
    return lambda browser: browser.show(path)


def difference(browser: Browser) -> None:
    """Ask what changing a reservation would change."""
    browser.show(f"/console/reservations/edit?key={RESERVED.hex(':')}")
    field = browser.find("input[name=hostname]")
    field.clear()
    field.send_keys("renamed")
    browser.click("#main form button")


def record(browser: Browser) -> None:
    """Open the record of the feed that is the oldest."""
    browser.show("/feed/record")
    browser.click("#main tr:last-child a")


PAGES: dict[str, Callable[[Browser], None]] = {
    "dashboard": plain("/"),
    "clients": plain("/console/clients?find=5e00"),
    "client": plain(f"/console/client/{NASTY_MAC.hex(':')}"),
    "packets": plain("/console/packets?client=02:00:5e"),
    "packet": plain("/console/packets/28"),
    "explain": plain(f"/console/explain?mac={RESERVED.hex(':')}&giaddr=127.0.0.2"),
    "leases": plain("/console/leases?pool=guests"),
    "release": plain("/console/leases/release?pool=guests&address=127.0.0.101"),
    "reservations": plain("/console/reservations?find=machine-2"),
    "reservation": plain("/console/reservations/edit"),
    "difference": difference,
    "sources": plain("/console/sources"),
    "configuration": plain("/console/configuration"),
    "reload": plain("/console/reload"),
    "log": plain("/console/log?severity=INFO"),
    "averages": plain("/statistics/averages"),
    "lifetime": plain("/statistics/lifetime"),
    "records": plain("/feed/record"),
    "record": record,
    "extension": plain("/site/racks"),
    "confirm": plain("/console/confirm?path=%2Fsite%2Fcool"),
}


class Visit(NamedTuple):
    """What was found of one page, in all windows together: ``wider`` is what is wider than a telephone or a tablet."""

    name: str
    headings: list[str]
    said: list[str]
    hosts: set[str]
    images: list[str]
    wider: list[str]
    faults: list[str]


class BrowserCase(SynchronousTestCase):
    """Cases that share a browser, in which the password is known, and a site."""

    timeout = 120
    skip = SKIP

    _ended: ClassVar[int] = 0

    def setUp(self) -> None:
        self.addCleanup(self._end)
        self.site, self.browser = shared()
        self.browser.look()
        self.browser.said()
        self.browser.traffic()

    def _end(self) -> None:
        """Let go of browser and site behind the last case that is known; behind a few chosen ones the process does."""
        BrowserCase._ended += 1
        known = map(TestLoader().getTestCaseNames, BrowserCase.__subclasses__())
        if BrowserCase._ended == sum(map(len, known)):
            BrowserCase._ended = 0
            _closing.close()
            shared.cache_clear()
            visits.cache_clear()


_closing = ExitStack()
atexit.register(_closing.close)


@cache
def shared() -> tuple[ConsoleSite, Browser]:
    """The site and the browser."""
    folder = tempfile.mkdtemp(prefix="sdhcp-console-")
    _closing.callback(shutil.rmtree, folder, ignore_errors=True)
    site = ConsoleSite(Path(folder))
    _closing.callback(site.close)
    browser = Browser(site.base)
    _closing.callback(browser.close)
    browser.log_in("/console/sources", NAME, PASSWORD)
    return site, browser


@cache
def visits() -> list[Visit]:
    """All pages, each seen in light and dark, on a screen and a telephone, with pictures of them."""
    _, browser = shared()
    PICTURES.mkdir(exist_ok=True)
    return [_visit(browser, name, show) for name, show in PAGES.items()]


def _visit(browser: Browser, name: str, show: Callable[[Browser], None]) -> Visit:
    browser.look()
    show(browser)
    faults: list[str] = []
    wider: list[str] = []
    for size in (WIDE, BETWEEN, NARROW):
        browser.look(size)
        browser.fit()
        if size != WIDE:
            wider += browser.wider()
        if size == BETWEEN:
            continue
        for colours in (LIGHT, DARK):
            browser.look(size, colours)
            browser.picture(PICTURES / f"{name}-{size[0]}-{colours}.png")
            # Each of both once: of sizes and of colours.
            if (size == WIDE) == (colours == LIGHT):
                faults += [f"{name}, {size[0]}, {colours}: {fault}" for fault in browser.faults()]
    images = browser.run("return Array.from(document.images, one => one.getAttribute('src'))")
    return Visit(name, browser.headings(), browser.said(), browser.hosts(), images, wider, faults)
