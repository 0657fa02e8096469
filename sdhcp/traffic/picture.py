"""The frames as a picture: packets a second over time, as SVG without a script or anything loaded from elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from math import floor, log10
from time import localtime, strftime
from typing import Final, NamedTuple

from .counts import METHODS, Counts, count_of
from .frames import Frame, Report

WIDTH: Final = 1536
HEIGHT: Final = 320
_LEFT: Final = 64
_RIGHT: Final = 16
_TOP: Final = 24
_BELOW: Final = 24
_ENTRY: Final = 20
"""The height of a line of the legend."""
_LETTER: Final = 7.0
"""How wide a letter is taken to be."""
_COLOURS: Final = (
    ("#1b1f24", "#e6edf3"),
    ("#a40e26", "#ff8182"),
    ("#0550ae", "#6cb6ff"),
    ("#1a7f37", "#57d364"),
    ("#8250df", "#c297ff"),
    ("#bf5700", "#ffa657"),
    ("#57606a", "#9ea7b3"),
    ("#0a7b83", "#39d2c0"),
    ("#b3217f", "#ff80ce"),
    ("#7d5a00", "#e3b341"),
    ("#116329", "#8ddb8c"),
    ("#4d4dc4", "#a5b4ff"),
)
"""The colour of each line on a light and on a dark ground: all packets, the kinds, other packets."""


class Line(NamedTuple):
    """One line: its name, packets a second for each frame, the number of its colour, and whether it is dashed."""

    name: str
    values: tuple[float, ...]
    colour: int
    is_dashed: bool


def as_svg(
    report: Report,
    methods: bool = True,
    discarded: bool = True,
    title: str = "Packets a second",
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> str:
    """The picture, of a size in pixels that it has by itself; it may be shown at any.

    Kinds that did not come have no line.

    :param methods: whether there is a line for each kind that was answered.
    :param discarded: whether there is one for each kind that was not, which is dashed.
    """
    lines = list(_lines(report.frames, methods, discarded))
    legend = list(_legend(lines, size[0]))
    rows = 1 + legend[-1][1]
    plot = _Plot(report.frames, lines, size, rows)
    parts = [_head(title, _description(report, lines), size), *plot.grid(), *plot.curves()]
    for x, row, line in legend:
        y = size[1] - _BELOW / 2 - (rows - 1 - row) * _ENTRY
        parts.append(f'<path class="line" {_stroke(line)} d="M{x:.0f} {y - 4:.0f}h24"/>')
        parts.append(f'<text x="{x + 30:.0f}" y="{y:.0f}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _lines(frames: Sequence[Frame], methods: bool, discarded: bool) -> Iterator[Line]:
    def line(name: str, colour: int, count: Callable[[Counts], int], is_dashed: bool = False) -> Line:
        values = (count(frame.counts) / frame.seconds if frame.seconds >= 1 else 0.0 for frame in frames)
        return Line(name, tuple(values), colour, is_dashed)

    yield line("all packets", 0, lambda counts: counts.total)
    several = []
    for number, method in enumerate(METHODS):
        if methods:
            several.append(line(method, number + 1, count_of(method)))
        if discarded:
            several.append(line(f"{method} discarded", number + 1, count_of(method, is_discarded=True), True))
    if methods:
        several.append(line("other packets", len(METHODS) + 1, lambda counts: counts.other))
    yield from (one for one in several if any(one.values))


def _legend(lines: Sequence[Line], width: int) -> Iterator[tuple[float, int, Line]]:
    """Where each line's name stands: its left edge and its row."""
    x, row = float(_LEFT), 0
    for line in lines:
        needed = 46 + len(line.name) * _LETTER
        if x + needed > width - _RIGHT and x > _LEFT:
            x, row = float(_LEFT), row + 1
        yield x, row, line
        x += needed


def _head(title: str, description: str, size: tuple[int, int]) -> str:
    light, dark = ("".join(f"--line-{number}:{pair[kind]};" for number, pair in enumerate(_COLOURS)) for kind in (0, 1))
    width, height = size
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="traffic-title traffic-description" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">\n'
        f'<title id="traffic-title">{escape(title)}</title>\n'
        f'<desc id="traffic-description">{escape(description)}</desc>\n'
        f"<style>svg{{--ink:#1b1f24;--grid:#d0d7de;{light}}}"
        f"@media (prefers-color-scheme:dark){{svg{{--ink:#e6edf3;--grid:#3d444d;{dark}}}}}"
        "text{fill:var(--ink,#57606a)}.grid{stroke:var(--grid,#8b949e);stroke-width:1;fill:none}"
        ".line{stroke-width:1.5;fill:none;stroke-linejoin:round}</style>"
    )


def _stroke(line: Line) -> str:
    # The second colour is for pages that let no picture have a style of its own.
    dashes = ' stroke-dasharray="5 3"' if line.is_dashed else ""
    return f'stroke="var(--line-{line.colour},{_COLOURS[line.colour][0]})" fill="none"{dashes}'


def _description(report: Report, lines: Sequence[Line]) -> str:
    counts = [frame.counts.total for frame in report.frames]
    first, last = report.frames[0], report.frames[-1]
    since = strftime("%Y-%m-%d %H:%M", localtime(first.time))
    until = strftime("%Y-%m-%d %H:%M", localtime(last.time + last.seconds))
    most = max(lines[0].values)
    names = ", ".join(line.name for line in lines)
    return f"{sum(counts)} packets from {since} to {until}, at most {most:.4g} a second. Lines: {names}."


class _Plot:
    """The part of the picture that has the axes and the curves."""

    def __init__(self, frames: Sequence[Frame], lines: Sequence[Line], size: tuple[int, int], rows: int) -> None:
        self._frames, self._lines = frames, lines
        self._right = max(_LEFT + 1, size[0] - _RIGHT)
        self._bottom = max(_TOP + 1, size[1] - _BELOW - rows * _ENTRY)
        self._step = _tick(max(max(line.values) for line in lines))
        most = max(max(line.values) for line in lines)
        self._ticks = max(1, -int(-most // self._step))

    def _x(self, number: int) -> float:
        return _LEFT + (self._right - _LEFT) * number / max(1, len(self._frames) - 1)

    def _y(self, value: float) -> float:
        return self._bottom - (self._bottom - _TOP) * value / (self._ticks * self._step)

    def grid(self) -> Iterator[str]:
        """The axes: packets a second upwards, the time of day to the right."""
        yield f'<text x="4" y="{_TOP - 10}">packets/s</text>'
        for number in range(self._ticks + 1):
            value = number * self._step
            y = self._y(value)
            yield f'<path class="grid" stroke="#8b949e" d="M{_LEFT} {y:.1f}H{self._right}"/>'
            yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>'
        count = len(self._frames)
        marks = max(1, min(8, count - 1, (self._right - _LEFT) // 110))
        for number in sorted({round(mark * (count - 1) / marks) for mark in range(marks + 1)}):
            x = self._x(number)
            when = strftime("%d %b %H:%M" if count > 1 else "%H:%M", localtime(self._frames[number].time))
            anchor = "start" if number == 0 else "end" if number == count - 1 else "middle"
            yield f'<path class="grid" stroke="#8b949e" d="M{x:.1f} {self._bottom}v4"/>'
            yield f'<text x="{x:.1f}" y="{self._bottom + 16}" text-anchor="{anchor}">{when}</text>'

    def curves(self) -> Iterator[str]:
        """The lines, each with its name."""
        for line in reversed(self._lines):
            name = f"<title>{escape(line.name)}</title>"
            yield f'<path class="line" {_stroke(line)} d="{self._path(line.values)}">{name}</path>'

    def _path(self, values: Sequence[float]) -> str:
        last = len(values) - 1
        # Where nothing changes for a while its two ends are enough.
        shown = [
            number
            for number, value in enumerate(values)
            if number in (0, last) or not values[number - 1] == value == values[number + 1]
        ]
        points = [f"{self._x(number):.1f} {self._y(values[number]):.1f}" for number in shown]
        return f"M{'L'.join(points)}" + (f"H{self._right}" if last == 0 else "")


def _tick(most: float) -> float:
    """The distance of two lines of the grid, 1, 2 or 5 times a power of ten; at most five stand above the axis."""
    if most <= 0:
        return 1.0
    size = 10.0 ** floor(log10(most / 5))
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor * 5 >= most * (1 - 1e-9))
