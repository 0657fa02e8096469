"""The grammar of INI files: sections and settings, each with its line."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

_SECTION: Final = re.compile(r"\[(.+)\]")
_SETTING: Final = re.compile(r"([^=:]+?)\s*[=:]\s*(.*)")
_COMMENT: Final = ("#", ";")


class Section(NamedTuple):
    """One section: its name, the line of its head, and (value, line) by setting, names in lower case."""

    name: str
    line: int
    settings: dict[str, tuple[str, int]]


class Fault(NamedTuple):
    """A line that is not in order."""

    line: int
    what: str


def parse(lines: Iterable[str]) -> tuple[list[Section], list[Fault]]:
    """All sections in their order, and every line that is not in order.

    Comments begin a line with ``#`` or ``;``. A line that is indented further than the setting before it
    continues its value.
    A value in double quotes loses them.
    """
    sections: list[Section] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    setting, level = "", 0
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith(_COMMENT):
            continue
        if "\ufffd" in line:
            faults.append(Fault(number, "some octets are not UTF-8; expected a file in UTF-8"))
            continue
        indent = len(raw) - len(raw.lstrip())
        if setting and indent > level:
            value, at = sections[-1].settings[setting]
            sections[-1].settings[setting] = (f"{value} {line}".strip(), at)
            continue
        level = indent
        head = _SECTION.match(line)
        if head:
            name = head[1].strip()
            if name in seen:
                faults.append(Fault(number, f"[{name}] stands here again, after line {seen[name]}"))
            seen.setdefault(name, number)
            sections.append(Section(name, number, {}))
            setting = ""
            continue
        pair = _SETTING.match(line)
        if pair is None:
            faults.append(Fault(number, f"{line[:60]!r} is neither a section nor a setting; expected name = value"))
            setting = ""
        elif not sections:
            faults.append(Fault(number, f"{pair[1]!r} stands before the first section"))
        else:
            setting = pair[1].strip().lower()
            if setting in sections[-1].settings:
                before = sections[-1].settings[setting][1]
                faults.append(Fault(number, f"{setting} stands here again, after line {before}"))
            sections[-1].settings[setting] = (_unquoted(pair[2]), number)
    return sections, faults


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
