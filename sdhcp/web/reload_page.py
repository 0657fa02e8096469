"""The page that shows what reading conf.py anew would change, and a button that does it."""

from typing import Any

from klein import Klein
from twisted.python.failure import Failure

from .facts import ServerFacts
from .origin import is_own
from .views import refused
from .visit import visit_of
from .writing import Writer, go_to


class ReloadPage:
    """``/console/reload``."""

    app = Klein()

    def __init__(self, facts: ServerFacts, writer: Writer) -> None:
        self._facts = facts
        self._writer = writer

    @app.handle_errors(Exception)
    def failed(self, request: Any, failure: Failure) -> bytes:
        """What is told instead of a page."""
        return refused(request, failure)

    @app.route("/console/reload", methods=["GET"])
    async def look(self, request: Any) -> bytes:
        """What would change. conf.py is executed for that, which no other site can have a browser ask for."""
        if not is_own(visit_of(request).question):
            return await self._writer.page(request, "reload", outcome=None, stage="unasked", path=self._path)
        return await self._look(request, "before")

    @app.route("/console/reload", methods=["POST"])
    async def apply(self, request: Any) -> bytes:
        """Read everything anew, if that changes what was shown."""
        form = self._writer.posted(request)
        version = form.get("version")
        if version is None:
            await self._facts.reload()
            return go_to(request, "/console/sources")
        if version != (await self._facts.check()).version():
            return await self._look(request, "another")
        outcome = await self._facts.reload()
        return await self._writer.page(request, "reload", outcome=outcome, stage="after", path=self._path)

    @property
    def _path(self) -> str:
        return self._facts.configuration.path

    async def _look(self, request: Any, stage: str) -> bytes:
        outcome = await self._facts.check()
        return await self._writer.page(request, "reload", outcome=outcome, stage=stage, path=self._path)
