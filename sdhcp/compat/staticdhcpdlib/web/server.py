"""The console's own part of what is registered."""

from ....scripting.site import current_site
from ....scripting.web_core import Logger, register
from ._templates import renderDashboard, renderTemplate

__all__ = ["WebService", "renderDashboard", "renderTemplate"]


class WebService:
    """Registers, when it is made, what the console has of its own, as conf.py wants it.

    :ivar log: the element with the last lines of the log; None if WEB_LOG_HISTORY is 0.
    """

    def __init__(self) -> None:
        self.log: Logger | None = register(current_site())
