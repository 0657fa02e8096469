"""Text of a packet: octets that can also be handled as the text that they spell."""

from collections.abc import Callable, Iterable
from typing import Any, Final, Self

_ENCODING: Final = "utf-8"


def _octets(value: Any) -> Any:
    """Text as octets, also inside a tuple; everything else as it is."""
    if isinstance(value, str):
        return value.encode(_ENCODING, "surrogateescape")
    if isinstance(value, tuple):
        return tuple(map(_octets, value))
    return value


class Text(bytes):
    """Octets that compare with, contain, start with and are split by text as well as by bytes.

    ``str(text)``, ``f"{text}"`` and ``"%s" % text`` give the text (UTF-8; what is none is replaced); ``repr`` and
    a single index are those of bytes. What is cut out of it or made of it is a Text again. Its hash is that of the
    bytes, which for ASCII is also that of the text, so that a dict with either of them as keys finds it; beyond
    ASCII only keys that are bytes are found.

    Where Python itself insists on str, as in ``", ".join([text])``, ``re.match("...", text)`` or
    ``text in "longer"``, ``str(text)`` is needed.
    """

    __slots__ = ()

    def __new__(cls, value: Any = b"", *how: str) -> Self:
        """From octets, from text, or from whatever bytes can be made of."""
        if isinstance(value, str):
            return super().__new__(cls, value.encode(*(how or (_ENCODING, "surrogateescape"))))
        return super().__new__(cls, value)

    def __str__(self) -> str:
        return self.decode(_ENCODING, "replace")

    def __format__(self, form: str) -> str:
        return format(str(self), form)

    __hash__ = bytes.__hash__

    def __eq__(self, other: object) -> bool:
        return bytes.__eq__(self, _octets(other))

    def __ne__(self, other: object) -> bool:
        return bytes.__ne__(self, _octets(other))

    def __lt__(self, other: Any) -> bool:
        return bytes.__lt__(self, _octets(other))

    def __le__(self, other: Any) -> bool:
        return bytes.__le__(self, _octets(other))

    def __gt__(self, other: Any) -> bool:
        return bytes.__gt__(self, _octets(other))

    def __ge__(self, other: Any) -> bool:
        return bytes.__ge__(self, _octets(other))

    def __contains__(self, part: Any) -> bool:
        return bytes.__contains__(self, _octets(part))

    def __getitem__(self, index: Any) -> Any:
        part = bytes.__getitem__(self, index)
        return part if isinstance(part, int) else type(self)(part)

    def __add__(self, other: Any) -> "Text":
        other = _octets(other)
        return Text(bytes(self) + other) if isinstance(other, bytes | bytearray | memoryview) else NotImplemented

    def __radd__(self, other: Any) -> "Text":
        other = _octets(other)
        return Text(other + bytes(self)) if isinstance(other, bytes | bytearray) else NotImplemented

    def __mul__(self, times: Any) -> "Text":
        return Text(bytes.__mul__(self, times))

    __rmul__ = __mul__

    def __mod__(self, values: Any) -> "Text":
        return Text(str(self) % values)

    def join(self, parts: Iterable[Any]) -> "Text":
        """The parts, text or bytes, with this between them."""
        return Text(bytes.join(self, map(_octets, parts)))

    def encode(self, encoding: str = _ENCODING, errors: str = "strict") -> bytes:
        """The octets, or those of the text in another encoding."""
        if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
            return bytes(self)
        return str(self).encode(encoding, errors)

    def format(self, *values: Any, **named: Any) -> "Text":
        """The text with its braces filled in."""
        return Text(str(self).format(*values, **named))

    def format_map(self, values: Any) -> "Text":
        """The text with its braces filled in from a mapping."""
        return Text(str(self).format_map(values))

    def translate(self, table: Any, /, delete: Any = b"") -> "Text":
        """With a table of bytes, or with a mapping as text is."""
        if table is None or isinstance(table, bytes | bytearray):
            return Text(bytes.translate(self, table, _octets(delete)))
        return Text(str(self).translate(table))


def _of(made: Any) -> Any:
    if isinstance(made, bytes):
        return Text(made)
    if isinstance(made, list | tuple):
        return type(made)(map(_of, made))
    return made


def _as_bytes(name: str) -> Callable[..., Any]:
    method = getattr(bytes, name)

    def call(self: Text, *values: Any, **named: Any) -> Any:
        return _of(method(self, *map(_octets, values), **{key: _octets(value) for key, value in named.items()}))

    return _named(call, name, method.__doc__)


def _as_text(name: str) -> Callable[..., Any]:
    method = getattr(str, name)

    def call(self: Text, *values: Any) -> Any:
        made = method(str(self), *(str(value) if isinstance(value, Text) else value for value in values))
        return Text(made) if isinstance(made, str) else made

    return _named(call, name, method.__doc__)


def _named(call: Callable[..., Any], name: str, text: str | None) -> Callable[..., Any]:
    call.__name__, call.__qualname__, call.__doc__ = name, f"Text.{name}", text
    return call


_BYTES_METHODS: Final = (
    "count", "find", "index", "rfind", "rindex", "startswith", "endswith", "removeprefix", "removesuffix", "replace",
    "split", "rsplit", "splitlines", "partition", "rpartition", "strip", "lstrip", "rstrip", "center", "ljust", "rjust",
    "zfill", "expandtabs",
)  # fmt: skip
_TEXT_METHODS: Final = (
    "lower", "upper", "title", "capitalize", "swapcase", "casefold", "isdecimal", "isnumeric", "isidentifier",
    "isprintable",
)  # fmt: skip
for _name in _BYTES_METHODS:
    setattr(Text, _name, _as_bytes(_name))
for _name in _TEXT_METHODS:
    setattr(Text, _name, _as_text(_name))
