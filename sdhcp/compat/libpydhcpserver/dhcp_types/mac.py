"""Hardware addresses."""

from ....scripting.mac import MAC

__all__ = ["MAC"]
