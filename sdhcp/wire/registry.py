"""Options by name and number."""

import difflib
from typing import Final, NamedTuple

from .errors import UnknownOption
from .option_table import ALIASES, OPTIONS


class OptionType(NamedTuple):
    """One option: its number, its name, and the family of its value (see :mod:`sdhcp.wire.options`)."""

    code: int
    name: str
    family: str


_BY_CODE: Final = {code: OptionType(code, name, family) for code, name, family in OPTIONS}
_BY_NAME: Final = {
    **{alias: _BY_CODE[code] for alias, code in ALIASES.items()},
    **{known.name.replace("-", "_"): known for known in _BY_CODE.values()},
}


def lookup(which: str | int) -> OptionType:
    """The option with a number or name; names in any case, with ``-`` or ``_``, "option-66" or "66".

    :raises UnknownOption: naming the nearest known one.
    """
    if isinstance(which, int):
        known = _BY_CODE.get(which)
        if known is None:
            raise UnknownOption(f"{which} is no option; expected 1 to 254")
        return known
    name = which.strip().lower().replace("-", "_").replace(" ", "_")
    known = _BY_NAME.get(name)
    if known is not None:
        return known
    number = name.removeprefix("option_")
    if number.isascii() and number.isdigit() and len(number) < 4:
        return lookup(int(number))
    near = difflib.get_close_matches(name, _BY_NAME, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UnknownOption(f"{which!r} is no option's name or number{hint}")


def name_of(code: int) -> str:
    """The name of an option; never raises."""
    known = _BY_CODE.get(code)
    return known.name if known else f"option_{code}"
