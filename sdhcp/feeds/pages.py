"""Records as fragments for pages of the console: well-formed, everything in them escaped."""

from collections.abc import Sequence
from html import escape
from time import localtime, strftime
from typing import Final

from .store import Record

_CLASSES: Final = {"CRITICAL": "critical", "ERROR": "error", "WARN": "warn", "INFO": "info", "DEBUG": "debug"}


def record_page(record: Record) -> str:
    """One record, whole."""
    return (
        f'<div class="record"><p>{_severity(record)} {_when(record)}, from {escape(record.module)}</p>'
        f"<pre>{escape(record.text)}</pre></div>"
    )


def records_page(records: Sequence[Record], path: str) -> str:
    """All records, each with a link to its page at ``path``."""
    if not records:
        return "<p>There are no records.</p>"
    rows = "".join(
        f"<tr><td>{_when(record)}</td><td>{_severity(record)}</td><td>{escape(record.module)}</td>"
        f'<td><a href="{escape(path)}?uid={escape(record.uid)}">{escape(record.title)}</a></td></tr>'
        for record in records
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Time", "Severity", "From", "What"))
    return f'<table class="element"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _severity(record: Record) -> str:
    return f'<span class="{_CLASSES.get(record.severity, "info")}">{escape(record.severity)}</span>'


def _when(record: Record) -> str:
    return strftime("%Y-%m-%d %H:%M:%S", localtime(record.time))
