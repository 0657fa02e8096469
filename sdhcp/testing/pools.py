"""What pools of a site's code lend by where nothing is kept."""

import threading
from collections.abc import Callable
from typing import Any

from ..interfaces import ILeaseStore, IServerReactor
from ..leases.memory import MemoryLeases
from ..scripting.dynamic_pool import Lending


def lending_in_memory(reactor: IServerReactor, wall: Callable[[], float]) -> Lending:
    """All addresses are free at the beginning, and nobody uses one.

    :param wall: seconds since the epoch.
    """
    store: ILeaseStore = MemoryLeases()
    return Lending(reactor, threading.get_ident(), wall, lambda pool: store, None, _nobody_there)


def _nobody_there(*_: Any) -> None:
    """Nobody looks who uses addresses."""
