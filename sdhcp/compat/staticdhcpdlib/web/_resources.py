"""Style, script and icon of the console's pages."""

from ....scripting.web_resources import CSS, FAVICON, JS

__all__ = ["CSS", "FAVICON", "JS"]
