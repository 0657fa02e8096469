"""What becomes of a request's options and fields when it is turned into a reply."""

from typing import Final, NamedTuple

from ..wire.constants import ACK, LEASEACTIVE, LEASEUNASSIGNED, LEASEUNKNOWN, NAK, OFFER

_FROM_THE_CLIENT: Final = frozenset((22, 43, 50, 52, 55, 57, 60, 61, 93, 94, 97, 118, 124, 125))
"""Options that only tell of the client, and that a script does not find in a reply."""
_NAMES: Final = ("file", "sname")


class Transformation(NamedTuple):
    """The reply's message type, the options that go, and the fields that are cleared."""

    kind: int
    options: frozenset[int]
    fields: tuple[str, ...]


TRANSFORMATIONS: Final = {
    one.kind: one
    for one in (
        Transformation(ACK, _FROM_THE_CLIENT, ()),
        Transformation(OFFER, _FROM_THE_CLIENT, ("ciaddr",)),
        Transformation(NAK, _FROM_THE_CLIENT | {51}, ("ciaddr", "siaddr", "yiaddr", *_NAMES)),
        Transformation(LEASEACTIVE, _FROM_THE_CLIENT, ("ciaddr", *_NAMES)),
        Transformation(LEASEUNASSIGNED, _FROM_THE_CLIENT, ("ciaddr", *_NAMES)),
        Transformation(LEASEUNKNOWN, _FROM_THE_CLIENT, ("ciaddr", *_NAMES)),
    )
}
