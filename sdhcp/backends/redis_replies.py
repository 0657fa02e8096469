"""What a Redis server says, taken apart as it comes (RESP, version 2)."""

from typing import Any, Final

import txredisapi

LONGEST: Final = 4 * 2**20
"""Octets of a value or a line; nothing that clients are made of comes near."""
_BULK, _ARRAY, _NUMBER, _STATUS, _ERROR = b"$*:+-"


class Replies:
    """Takes octets in, gives replies out: bytes, int, None, lists of these, or a ``txredisapi.ResponseError``.

    The same as ``hiredis.Reader``, which is taken where it is installed. txredisapi's own reading waits for
    the reactor's next turn after each value.
    """

    def __init__(self) -> None:
        self._octets = b""
        self._at = 0
        self._open: list[tuple[list[Any], int]] = []

    def feed(self, octets: bytes) -> None:
        """Take octets."""
        self._octets = self._octets[self._at :] + octets if self._at < len(self._octets) else octets
        self._at = 0

    def gets(self) -> Any:
        """The next reply, False while none is whole.

        :raises txredisapi.InvalidData: for what no Redis server says.
        """
        octets, at, open_arrays = self._octets, self._at, self._open
        find = octets.find
        while True:
            end = find(b"\r\n", at)
            if end < 0 or end - at > LONGEST:
                if len(octets) - at > LONGEST:
                    raise txredisapi.InvalidData("a line without an end")
                self._at = at
                return False
            kind = octets[at]
            value: Any
            if kind == _BULK:
                length = _number(octets, at, end)
                if length < 0:
                    value = None
                else:
                    begin = end + 2
                    end = begin + length
                    if length > LONGEST:
                        raise txredisapi.InvalidData(f"a value of {length} octets")
                    if end + 2 > len(octets):
                        self._at = at
                        return False
                    value = octets[begin:end]
            elif kind == _ARRAY:
                length = _number(octets, at, end)
                if length > 0:
                    open_arrays.append(([], length))
                    at = end + 2
                    continue
                value = [] if length == 0 else None
            elif kind == _NUMBER:
                value = _number(octets, at, end)
            elif kind == _STATUS:
                value = octets[at + 1 : end]
            elif kind == _ERROR:
                value = txredisapi.ResponseError(octets[at + 1 : end].decode("utf-8", "replace"))
            else:
                raise txredisapi.InvalidData("something that is no reply of a Redis server")
            at = end + 2
            while open_arrays:
                items, length = open_arrays[-1]
                items.append(value)
                if len(items) < length:
                    break
                value = items
                open_arrays.pop()
            else:
                self._at = at
                return value


def _number(octets: bytes, at: int, end: int) -> int:
    if end - at > 22:
        raise txredisapi.InvalidData("something that is no number")
    try:
        return int(octets[at + 1 : end])
    except ValueError:
        raise txredisapi.InvalidData("something that is no number") from None


def reader() -> Any:
    """What takes one connection's octets apart."""
    if txredisapi.hiredis is None:
        return Replies()
    return txredisapi.hiredis.Reader(protocolError=txredisapi.InvalidData, replyError=txredisapi.ResponseError)
