"""What a site may hand over as DATABASE_ENGINE, made into a source."""

from collections.abc import Callable
from typing import Any

from .config.settings import SourceSettings
from .config.values import discreet
from .interfaces import IDefinitionSource, IServerReactor, SourceError


def adapt(
    engine: Any, settings: SourceSettings, reactor: IServerReactor, clock: Callable[[], float]
) -> IDefinitionSource:
    """A source made of an object of the site's own.

    :raises SourceError: if it is nothing that can be asked for clients.
    """
    if IDefinitionSource.providedBy(engine):
        return IDefinitionSource(engine)
    raise SourceError(f"{discreet(engine)} is nothing that can be asked for clients", "a source")
