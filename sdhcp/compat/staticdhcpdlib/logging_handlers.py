"""Handlers of log records."""

from ...scripting.fifo_handler import FIFOHandler

__all__ = ["FIFOHandler"]
