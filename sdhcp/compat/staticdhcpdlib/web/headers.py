"""The console's own fragments of the head of every page."""

from ....scripting import web_core
from ....scripting.web_core import css_header as css
from ....scripting.web_core import favicon_header as favicon
from ....scripting.web_core import javascript_header as javascript
from ....scripting.web_core import title

__all__ = ["contentType", "css", "favicon", "javascript", "title"]

contentType = web_core.content_type  # noqa: N816  the name that a site's files know
