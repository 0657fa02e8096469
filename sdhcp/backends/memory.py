"""Sources that hold everything in memory: given in code, or nobody at all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from ..interfaces import Found, IDefinitionSource, IEnumerableSource, IPeekable, ISubnetSource
from ..model import Definition, Query, Subnet
from .subnets import Subnets

_Known = Definition | Sequence[Definition]


@implementer(IDefinitionSource, IPeekable, ISubnetSource, IEnumerableSource)
class MemorySource:
    """Definitions by what clients are known by: hardware addresses as bytes, or keys as text.

    :param definitions: one definition, or several, for each key.
    :param subnets: what clients without a definition that ask for information get.
    :ivar definitions: what counts now, by keys as text; it may be changed.
    """

    def __init__(
        self,
        definitions: Mapping[bytes, _Known] | Mapping[str, _Known],
        subnets: Iterable[Subnet] = (),
        name: str = "memory",
    ) -> None:
        self.name = name
        self.definitions: dict[str, _Known] = {
            key.hex(":") if isinstance(key, bytes) else key: known for key, known in definitions.items()
        }
        self._subnets = Subnets(subnets)

    def peek(self, query: Query) -> Found:
        """What is known, at once."""
        return self.definitions.get(query.key)

    def lookup(self, query: Query) -> "Deferred[Found]":
        """As :meth:`peek`; the Deferred has fired."""
        return succeed(self.peek(query))

    def subnet_of(self, address: bytes) -> Subnet | None:
        """The narrowest subnet that holds an address."""
        return self._subnets.holding(address)

    def reservations(self) -> Iterator[tuple[str, Definition]]:
        """Every key with each of its definitions."""
        for key, found in self.definitions.items():
            for definition in [found] if isinstance(found, Definition) else found:
                yield key, definition


def nobody() -> MemorySource:
    """The source for ``DATABASE_ENGINE = None``: it knows nobody."""
    return MemorySource({}, name="nobody")
