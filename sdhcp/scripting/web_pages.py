"""Pages of the console, as XHTML, from what the site and the console itself have registered."""

import logging
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import groupby
from time import localtime, strftime, time
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from .. import __version__
from .site import SiteCallbacks
from .site_settings import setting
from .web_registries import Element, Method

CONTENT_TYPE: Final = "application/xhtml+xml; charset=utf-8"
_logger: Final = logging.getLogger("web.server")
_PAGE: Final = """\
<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en">
<head>
{headers}
</head>
<body{onload}>
<div id="content">
<div id="header"><div class="name"><a href="/">{name}</a></div>
<div class="times">{now}; up {up}, since {started}</div></div>
<div id="methods">
{methods}
</div>
<div id="main">
{main}
</div>
<div id="footer">{footer}</div>
</div>
</body>
</html>
"""
_FOOTER: Final = (
    f"sdhcp {__version__}, for the files of "
    '<a href="https://github.com/flan/staticdhcpd">staticDHCPd and libpydhcpserver 3.0</a>'
)


class Asked(NamedTuple):
    """What a browser asks for; the names are those that callbacks know their arguments by.

    ``mimetype`` and ``data`` are None unless something was posted.
    """

    path: str
    queryargs: Mapping[str, Sequence[str]]
    mimetype: str | None = None
    data: bytes | None = None
    headers: Any = None


def dashboard_page(site: SiteCallbacks, asked: Asked, featured: Method | None = None) -> str:
    """The dashboard; ``featured`` is a method whose element stands above all others, and which is not called again
    when the page is loaded once more."""
    elements = [_element(one.module, one.name, one.callback, asked) for one in site.dashboard.all()]
    if featured is not None:
        first = _element(featured.module, featured.name, featured.callback, asked)
        elements = [first, '<hr class="element"/>' if first else "", *elements]
    return _page(site, asked, elements, "/" if featured is not None else "")


def method_page(site: SiteCallbacks, asked: Asked, method: Method | Element) -> str:
    """A page with the element of one method."""
    return _page(site, asked, [_element(method.module, method.name, method.callback, asked)])


def _page(site: SiteCallbacks, asked: Asked, elements: Sequence[str], shown_as: str = "") -> str:
    now = time()
    return _PAGE.format(
        headers="\n".join(filter(None, (_header(callback, asked) for callback in site.headers.all()))),
        onload=f" onload=\"rewriteLocation('{shown_as}');\"" if shown_as else "",
        name=escape(str(setting("SYSTEM_NAME"))),
        now=_moment(now),
        up=_duration(int(now - site.started)),
        started=_moment(site.started),
        methods="\n".join(_methods(site)),
        main="\n".join(filter(None, elements)),
        footer=_FOOTER,
    )


def _element(module: str | None, name: str | None, callback: Callable[..., Any], asked: Asked) -> str:
    """An element under its heading; "" if its callback has nothing to show, or raises."""
    try:
        fragment = callback(**asked._asdict())
    except (Exception, SystemExit):  # a site's own function may raise anything, and the page is shown without it
        _logger.exception("the element %s | %s could not be made", module, name)
        return ""
    if fragment is None:
        return ""
    heading = " | ".join(one for one in (module, name) if one is not None)
    title = f'<h1 class="element">{heading}</h1>\n' if heading else ""
    return f'{title}<div class="element">{_text(fragment)}</div>'


def _header(callback: Callable[..., Any], asked: Asked) -> str:
    try:
        return _text(callback(*asked) or "")
    except (Exception, SystemExit):  # as above
        _logger.exception("a header could not be made")
        return ""


def _text(fragment: Any) -> str:
    return fragment.decode("utf-8", "replace") if isinstance(fragment, bytes) else str(fragment)


def _methods(site: SiteCallbacks) -> list[str]:
    lines = []
    for module, methods in groupby(site.methods.visible(), lambda method: method.module or ""):
        lines.append(f'<h1 class="method">{module}</h1>')
        for method in methods:
            name = method.name or escape(method.path)
            ask = " onclick=\"return confirm('Do you want to do this?');\"" if method.confirm else ""
            lines.append(f'<div class="method"><a href="{escape(quote(method.path))}"{ask}>{name}</a></div>')
    return lines


def _moment(seconds: float) -> str:
    return strftime("%Y-%m-%d %H:%M:%S", localtime(seconds))


def _duration(seconds: int) -> str:
    days, rest = divmod(max(0, seconds), 86400)
    return f"{days} d {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
