"""The statistics of packets."""

from collections.abc import Callable
from typing import Final

from ..interfaces import WebAnswer, WebQuestion
from ..traffic.fragments import averages_table, graph, lifetime_table
from ..traffic.frames import Report, Traffic
from ..traffic.picture import HEIGHT, WIDTH, as_svg
from ..traffic.tables import as_csv, as_json
from .parts import OLD, Page, Panel, at_both

_OWN: Final = "/statistics/"
_LEAST: Final = 100
_MOST: Final = 4000
"""Pixels that a picture may be wide or high."""
_POLICY: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""For the picture, which has a style of its own and nothing else that a browser could be led astray by."""


class TrafficReports:
    """Panels and pages of what a :class:`Traffic` has counted.

    :param clock: seconds of the clock that events have their times from.
    :param epoch: seconds since the epoch.
    :param secure: whether pages ask for the password, as the dashboard does on which they stand.
    """

    def __init__(self, traffic: Traffic, clock: Callable[[], float], epoch: Callable[[], float], secure: bool) -> None:
        self._traffic = traffic
        self._secure = secure
        self._clock = clock
        self._epoch = epoch

    def panels(self) -> list[Panel]:
        """The graph, averages and everything since the start."""
        return [
            Panel("packets per second", 210, self._graph),
            Panel("averages", 220, self._averages),
            Panel("lifetime", 230, self._lifetime),
        ]

    def methods(self) -> list[Page]:
        """The same as pages, and the graph as files."""
        return at_both(
            _OWN,
            f"{OLD}stats/",
            "statistics",
            [
                ("lifetime", "lifetime", lambda _: self._lifetime()),
                ("averages", "averages", lambda _: self._averages()),
                ("graph.csv", "graph (csv)", lambda _: WebAnswer("text/csv", as_csv(self._report()))),
                ("graph.json", "graph (json)", lambda _: WebAnswer("application/json", as_json(self._report()))),
                ("graph.svg", "graph (svg)", self._picture),
            ],
            self._secure,
        )

    def _report(self) -> Report:
        return self._traffic.report(self._clock(), self._epoch())

    def _lifetime(self) -> str:
        return lifetime_table(self._report())

    def _averages(self) -> str:
        return averages_table(self._report())

    def _graph(self) -> str:
        files = [(name, f"{_OWN}graph.{name.lower()}") for name in ("SVG", "CSV", "JSON")]
        return graph(self._report(), f"{_OWN}graph.svg", files, (WIDTH, HEIGHT))

    def _picture(self, question: WebQuestion) -> WebAnswer:
        picture = as_svg(
            self._report(),
            methods=question.first("methods", "1") != "0",
            discarded=question.first("discarded", "1") != "0",
            size=(_pixels(question.first("width"), WIDTH), _pixels(question.first("height"), HEIGHT)),
        )
        return WebAnswer("image/svg+xml", picture, _POLICY)


def _pixels(text: str, default: int) -> int:
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default
    return min(max(value, _LEAST), _MOST)
