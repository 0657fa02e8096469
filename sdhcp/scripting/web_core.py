"""What the console has of its own: headers, style, script and icon, the log, and reading everything anew.

Functions take what all callbacks take. A site may take any of it out and put in its own.
"""

import logging
from collections.abc import Callable
from html import escape
from typing import Any, Final

from . import web_resources
from .fifo_handler import FIFOHandler
from .site import SiteCallbacks, current_site
from .site_settings import setting
from .web_registries import DASHBOARD, Method

REINITIALISE: Final = "/ca/uguu/puukusoft/staticDHCPd/reinitialise"
"""The path that staticDHCPd has, which scripts of operators ask for."""
_CLASSES: Final = (
    (logging.CRITICAL, "critical"),
    (logging.ERROR, "error"),
    (logging.WARNING, "warn"),
    (logging.INFO, "info"),
)


def content_type(*_: Any, **__: Any) -> str:
    """Says what the page is."""
    return '<meta http-equiv="content-type" content="application/xhtml+xml; charset=utf-8"/>'


def javascript_header(*_: Any, **__: Any) -> str:
    """Loads the script."""
    return '<script type="text/javascript" src="/javascript"></script>'


def title(*_: Any, **__: Any) -> str:
    """Names the server."""
    return f"<title>{escape(str(setting('SYSTEM_NAME')))}</title>"


def css_header(*_: Any, **__: Any) -> str:
    """Loads the style."""
    return '<link rel="stylesheet" type="text/css" href="/css"/>'


def favicon_header(*_: Any, **__: Any) -> str:
    """Loads the icon."""
    return '<link rel="shortcut icon" type="image/x-icon" href="/favicon.ico"/>'


def javascript(*_: Any, **__: Any) -> tuple[str, bytes]:
    """The script."""
    return "text/javascript", web_resources.JS


def css(*_: Any, **__: Any) -> tuple[str, bytes]:
    """The style."""
    return "text/css", web_resources.CSS


def favicon(*_: Any, **__: Any) -> tuple[str, bytes]:
    """The icon."""
    return "image/x-icon", web_resources.FAVICON


def reinitialise(*_: Any, **__: Any) -> str:
    """Reads everything anew, and says how long that took."""
    try:
        return f"Everything was read anew in {current_site().reinitialise():.4f} seconds."
    except (Exception, SystemExit) as error:  # of a site's own function
        logging.getLogger("web.methods").exception("could not reinitialise")
        return f'<span class="critical">This failed: {escape(str(error))}</span>'


Lines = Callable[[], list[tuple[int, str]]]


class Logger:
    """The element that shows the last lines of the log, the newest first, from WEB_LOG_SEVERITY on.

    :param lines: gives the level and the text of each; without this it takes the records of all loggers from the moment
        when it is made.
    """

    def __init__(self, lines: Lines | None = None) -> None:
        self._handler: FIFOHandler | None = None
        if lines is not None:
            self._lines = lines
            return
        self._handler = FIFOHandler(int(setting("WEB_LOG_HISTORY")))
        pieces = ("asctime", "levelname", "name", "message") if setting("DEBUG") else ("asctime", "message")
        self._handler.setFormatter(logging.Formatter(" : ".join(f"%({piece})s" for piece in pieces)))
        self._handler.setLevel(getattr(logging, str(setting("WEB_LOG_SEVERITY")).upper(), logging.INFO))
        self._lines = self._handler.readContents
        logging.getLogger().addHandler(self._handler)

    def render(self, *_: Any, **__: Any) -> str:
        """The lines."""
        height = setting("WEB_LOG_MAX_HEIGHT")
        style = f' style="max-height: {int(height)}px;"' if height else ""
        lines = [_line(level, text) for level, text in self._lines()]
        return f'<div class="log"{style}>{"<br/>".join(lines)}</div>'

    def close(self) -> None:
        """Take no more records."""
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()


def _line(level: int, text: str) -> str:
    """One record; a level between two has the lower one's colour."""
    name = next((name for least, name in _CLASSES if level >= least), "debug")
    return f'<span class="{name}">{"<br/>".join(escape(text).splitlines())}</span>'


def register(site: SiteCallbacks, lines: Lines | None = None) -> Logger | None:
    """Register everything that conf.py does not switch off, before a site's own; the log, if there is one.

    :param lines: as for :class:`Logger`.
    """
    for wanted, header in (
        (True, content_type),
        (True, javascript_header),
        (setting("WEB_HEADER_TITLE"), title),
        (setting("WEB_HEADER_CSS"), css_header),
        (setting("WEB_HEADER_FAVICON"), favicon_header),
    ):
        if wanted:
            site.headers.add(header)
    kept = not setting("DEBUG")
    for wanted, path, callback in (
        (True, "/javascript", javascript),
        (setting("WEB_HEADER_CSS"), "/css", css),
        (setting("WEB_HEADER_FAVICON"), "/favicon.ico", favicon),
    ):
        if wanted:
            site.methods.add(Method(path, callback, cacheable=kept))
    if setting("WEB_REINITIALISE_ENABLED"):
        site.methods.add(
            Method(
                REINITIALISE,
                reinitialise,
                hidden=bool(setting("WEB_REINITIALISE_HIDDEN")),
                secure=bool(setting("WEB_REINITIALISE_SECURE")),
                module="core",
                name="reinitialise",
                confirm=bool(setting("WEB_REINITIALISE_CONFIRM")),
                display_mode=DASHBOARD,
            )
        )
    if int(setting("WEB_LOG_HISTORY") or 0) <= 0:
        return None
    log = Logger(lines)
    site.dashboard.add("core", "events", log.render, setting("WEB_DASHBOARD_ORDER_LOG"))
    return log
