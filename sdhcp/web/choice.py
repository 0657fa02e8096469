"""Several resources below one path."""

from collections.abc import Mapping
from typing import Any

from twisted.web.resource import Resource

from .asked import path_of


class Choice(Resource):
    """Hands a request on by the beginning of its path; the longest that fits counts.

    :param others: by beginnings of paths; a path begins with one if it is it, or goes on with a slash.
    """

    isLeaf = True

    def __init__(self, usual: Resource, others: Mapping[str, Resource]) -> None:
        super().__init__()
        self._usual = usual
        self._others = sorted(others.items(), key=lambda item: -len(item[0]))

    def render(self, request: Any) -> Any:
        """Have it answered."""
        path = path_of(request)
        for beginning, resource in self._others:
            if path == beginning or path.startswith(f"{beginning}/"):
                return resource.render(request)
        return self._usual.render(request)
