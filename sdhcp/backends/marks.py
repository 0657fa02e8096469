"""Whether what is kept of a subnet's clients still holds, told for all of them at once."""

from collections.abc import Callable
from typing import Final

from ..interfaces import Found
from ..model import Definition

SIZE: Final = 65_536
"""How many subnets are told apart; when there are more, what is kept of all clients is read anew."""


class Mark:
    """Shared by all that was kept of one subnet, until the subnet is changed."""

    __slots__ = ("holds",)

    def __init__(self) -> None:
        self.holds = True


class Marks:
    """The marks of all subnets.

    :param all_lifted: called when there are too many, and what is kept of all clients holds no longer.
    :ivar shed: how often there were too many subnets.
    """

    def __init__(self, size: int = SIZE, all_lifted: Callable[[], None] = lambda: None) -> None:
        self._size = size
        self._all_lifted = all_lifted
        self._marks: dict[tuple[str, int], Mark] = {}
        self.shed = 0

    def of(self, found: Found) -> tuple[Mark, ...]:
        """The marks that say whether an answer holds."""
        if found is None:
            return ()
        if isinstance(found, Definition):
            return (self._of(found.subnet, found.serial),)
        return tuple(self._of(one.subnet, one.serial) for one in found)

    def lift(self, subnet: str, serial: int) -> None:
        """What was kept of a subnet's clients holds no longer."""
        mark = self._marks.pop((subnet, serial), None)
        if mark is not None:
            mark.holds = False

    def _of(self, subnet: str, serial: int) -> Mark:
        key = (subnet, serial)
        mark = self._marks.get(key)
        if mark is None:
            if len(self._marks) >= self._size:
                self.shed += 1
                for other in self._marks.values():
                    other.holds = False
                self._marks.clear()
                self._all_lifted()
            self._marks[key] = mark = Mark()
        return mark
