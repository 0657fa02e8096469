"""An alert as people read it, and as a program does."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ..interfaces import Alert

_UNITS: Final = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_STAGES: Final = {"begun": "", "goes on": "goes on: ", "over": "over: "}


def lasted(seconds: float) -> str:
    """A time in its two largest units, such as "2 hours 5 minutes"."""
    if seconds < 10:
        return f"{seconds:.1f} seconds"
    rest, parts = round(seconds), []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(parts[:2])


def moment(seconds: float) -> str:
    """A time of day with its date, in the zone of the machine."""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def headline(alert: Alert) -> str:
    """One line that says it all."""
    if alert.stage == "over":
        return f"over after {lasted(alert.seconds)}: {alert.title}"
    again = " again" if alert.stage == "begun" and alert.spells > 1 else ""
    return f"{_STAGES[alert.stage]}{alert.title}{again}"


def body(alert: Alert, server: str) -> str:
    """The alert in full, as lines of text.

    :param server: what the server is called.
    """
    blocks = [headline(alert), alert.what, _whom(alert), _figures(alert)]
    if alert.stage != "over":
        blocks += [_labelled("Meanwhile", alert.meanwhile), _labelled("What to do", alert.advice)]
        blocks.append(_labelled("Next", _next(alert)))
    if alert.said:
        blocks.append("\n".join(["What else it was:", *(f"  {one}" for one in alert.said)]))
    if alert.trace and alert.number == 1:
        blocks.append("\n".join(f"  | {line}" for line in alert.trace.splitlines()))
    blocks.append(f"-- \n{server}, trouble {alert.trouble}, alert {alert.number}")
    return "\n\n".join(block for block in blocks if block) + "\n"


def _labelled(label: str, text: str) -> str:
    return f"{label}: {text}" if text else ""


def _whom(alert: Alert) -> str:
    if not alert.whom:
        return ""
    more = alert.met - len(alert.whom)
    return f"Whom: {', '.join(alert.whom)}{f' and {more:,} others' if more > 0 else ''}"


def _figures(alert: Alert) -> str:
    lines = [f"Since: {moment(alert.since)}"]
    if alert.stage == "over":
        lines.append(f"Until: {moment(alert.until)}, {lasted(alert.seconds)}{' in all' if alert.spells > 1 else ''}")
    elif alert.until > alert.since:
        lines.append(f"Last: {moment(alert.until)}")
    if alert.spells > 1:
        lines.append(f"It came {alert.spells:,} times; it is {'there now' if alert.is_on else 'over for now'}")
    if alert.times > alert.spells:
        more = f", {alert.more:,} of them since the last mail" if alert.number > 1 else ""
        lines.append(f"How often: {alert.times:,} times{more}")
    return "\n".join(lines)


def _next(alert: Alert) -> str:
    if alert.spells > 1:
        return "you are told how it goes on now and then, and when it has been over for some hours."
    return "you are told how it goes on in growing intervals, and when it is over."


def as_json(alert: Alert, name: str, host: str) -> Mapping[str, Any]:
    """The alert for a program: all that is known of it, and ``text``, which chats show."""
    known = {key: list(value) if isinstance(value, tuple) else value for key, value in alert._asdict().items()}
    times = {key: round(getattr(alert, key), 3) for key in ("at", "since", "until", "seconds")}
    return {"text": f"{name} on {host}: {headline(alert)}", "server": name, "host": host, **known, **times}
