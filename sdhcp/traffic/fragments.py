"""What was counted as tables for the console: well-formed fragments, everything in them escaped."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Final

from .counts import METHODS, Counts, count_of
from .frames import WINDOWS, Average, Report

_SHARES: Final = (("half", 0.5), ("9 of 10", 0.9), ("99 of 100", 0.99))


def lifetime_table(report: Report) -> str:
    """How many of each kind came since the start, and how long they took."""
    counts = report.lifetime
    rows = [
        (name, str(answered), "" if discarded is None else str(discarded))
        for name, answered, discarded in counts.rows()
    ]
    speed = counts.total / report.seconds if report.seconds > 0 else 0.0
    foot = [f"{counts.total} packets in {duration(report.seconds)}: {rate(speed)} a second"]
    if counts.exchanges:
        within = ", ".join(f"{name} within {milliseconds(counts.within(share))}" for name, share in _SHARES)
        foot.append(f"{milliseconds(counts.mean)} each on average, {within}, all within {milliseconds(counts.longest)}")
    return _table("Packets since the start", ("Kind", "Answered", "Discarded"), rows, foot)


def averages_table(report: Report, windows: tuple[int, ...] = WINDOWS) -> str:
    """Packets a second and how long they took, over windows of frames; kinds that did not come are left out."""
    averages = report.averages(windows)
    rows: list[Sequence[str]] = [("all packets", *_rates(averages, lambda counts: counts.total))]
    for method in METHODS:
        rows += _if_any(method, averages, count_of(method))
        rows += _if_any(f"{method} discarded", averages, count_of(method, is_discarded=True))
    rows += _if_any("other packets", averages, lambda counts: counts.other)
    if any(one.counts.exchanges for one in averages):
        rows.append(("time each", *_times(averages, lambda counts: counts.mean)))
        rows += [(f"{name} within", *_times(averages, _within(share))) for name, share in _SHARES]
        rows.append(("all within", *_times(averages, lambda counts: counts.longest)))
    head = ("Packets a second", *(f"last {duration(one.seconds)}" if one.frames else "now" for one in averages))
    return _table("Averages", head, rows, ())


def graph(report: Report, picture: str, files: Sequence[tuple[str, str]], size: tuple[int, int]) -> str:
    """The picture that a browser loads from a path, with links to the same as files, each a name and a path."""
    began = report.frames[0].time
    since = duration(report.frames[-1].time + report.interval - began)
    alt = f"Graph of packets a second in the last {since}; the averages are its numbers."
    links = " ".join(f'<a href="{escape(path)}">{escape(name)}</a>' for name, path in files)
    return (
        f'<div class="graph"><img src="{escape(picture)}" alt="{escape(alt)}" width="{size[0]}" height="{size[1]}"/>'
        "</div>"
        f'<p class="files">{links}</p>'
    )


def _rates(averages: Iterable[Average], count: Callable[[Counts], int]) -> list[str]:
    return [rate(one.rate(count(one.counts))) for one in averages]


def _if_any(name: str, averages: Sequence[Average], count: Callable[[Counts], int]) -> list[Sequence[str]]:
    return [(name, *_rates(averages, count))] if any(count(one.counts) for one in averages) else []


def _times(averages: Iterable[Average], time: Callable[[Counts], float]) -> list[str]:
    return [milliseconds(time(one.counts)) if one.counts.exchanges else "" for one in averages]


def _within(share: float) -> Callable[[Counts], float]:
    return lambda counts: counts.within(share)


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], foot: Sequence[str]) -> str:
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(_row(row) for row in rows)
    below = "<br/>".join(map(escape, foot))
    tfoot = f'<tfoot><tr><td colspan="{len(head)}">{below}</td></tr></tfoot>' if foot else ""
    return (
        f'<table class="element"><caption>{escape(caption)}</caption><thead><tr>{names}</tr></thead>{tfoot}'
        f"<tbody>{body}</tbody></table>"
    )


def _row(cells: Sequence[str]) -> str:
    name, *values = cells
    numbers = "".join(f'<td class="number">{escape(value)}</td>' for value in values)
    return f'<tr><th scope="row">{escape(name)}</th>{numbers}</tr>'


def rate(value: float) -> str:
    """A number of packets a second, with as many digits as it is worth."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 or not value else "under 0.001"


def milliseconds(seconds: float) -> str:
    """A time as milliseconds."""
    value = seconds * 1000
    return f"{value:.0f} ms" if value >= 100 else f"{value:.3g} ms"


def duration(seconds: float) -> str:
    """A time as the largest unit that leaves a number with few digits."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            value = f"{seconds / size:.1f}"
            return f"{value.removesuffix('.0')} {unit}"
    return f"{seconds:.0f} s"
