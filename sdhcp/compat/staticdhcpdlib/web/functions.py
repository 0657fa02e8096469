"""What callbacks of pages need."""

from html import escape
from typing import Any

__all__ = ["sanitise"]


def sanitise(string: Any) -> str | None:
    """A text that can stand in a page; None stays None."""
    return None if string is None else escape(str(string))
