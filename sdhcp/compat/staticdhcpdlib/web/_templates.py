"""Whole pages, as XHTML."""

from collections.abc import Mapping, Sequence
from typing import Any

from ....scripting.site import current_site
from ....scripting.web_pages import Asked, dashboard_page, method_page
from ....scripting.web_registries import Element, Method

__all__ = ["renderDashboard", "renderTemplate"]


def renderTemplate(
    path: str, queryargs: Mapping[str, Sequence[str]], mimetype: Any, data: Any, headers: Any, method: Method | Element
) -> str:
    """A page with what one method shows."""
    return method_page(current_site(), Asked(path, queryargs, mimetype, data, headers), method)


def renderDashboard(
    path: str,
    queryargs: Mapping[str, Sequence[str]],
    mimetype: Any,
    data: Any,
    headers: Any,
    featured: Method | None = None,
) -> str:
    """The dashboard, below what a method shows if there is one."""
    return dashboard_page(current_site(), Asked(path, queryargs, mimetype, data, headers), featured)
