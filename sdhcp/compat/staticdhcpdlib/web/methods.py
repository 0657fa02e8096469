"""The console's own pages and elements."""

from ....scripting.web_core import Logger, css, favicon, javascript, reinitialise

__all__ = ["Logger", "css", "favicon", "javascript", "reinitialise"]
