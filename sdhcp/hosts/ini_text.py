"""The text of an INI file changed in place: comments, order and line ends stay."""

from collections.abc import Iterable, Mapping
from typing import Final

from ..backends.ini_grammar import Section

_COMMENT: Final = ("#", ";")


class IniText:
    """The lines of a file, with the sections that were read from them.

    :param lines: with their line ends.
    :param sections: as :func:`sdhcp.backends.ini_grammar.parse` gives them.
    """

    def __init__(self, lines: list[str], sections: Iterable[Section]) -> None:
        self._lines: list[str | None] = list(lines)
        self._end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
        self._added: dict[int, list[str]] = {}
        self._appended: list[str] = []
        starts = sorted(section.line for section in sections)
        following = [*starts[1:], len(lines) + 1]
        self._until = {start: end - 1 for start, end in zip(starts, following, strict=False)}

    def remove(self, section: Section) -> None:
        """Take a section away, with the comments between its settings; those after the last one stay."""
        last = self._last(section)
        for number in range(section.line, last + 1):
            self._lines[number - 1] = None
        if last < len(self._lines) and not (self._lines[last] or "").strip():
            self._lines[last] = None

    def change(self, section: Section, settings: Mapping[str, str | None]) -> None:
        """Give settings of a section other values; None takes one away, one that is not there goes to the end."""
        for usual, value in settings.items():
            other = usual.replace("-", "_")
            name = other if other in section.settings and usual not in section.settings else usual
            if name not in section.settings:
                if value is not None:
                    self._add(section, name, value)
                continue
            number = section.settings[name][1]
            line = self._lines[number - 1] or ""
            for more in range(number, self._value_end(section, number)):
                self._lines[more] = None
            if value is None:
                self._lines[number - 1] = None
            else:
                at = min(at for at in (line.find("="), line.find(":")) if at >= 0) + 1
                space = line[at : len(line) - len(line[at:].lstrip(" \t"))] or " "
                self._lines[number - 1] = line[:at] + space + quoted(value) + self._end_of(line)

    def append(self, name: str, settings: Mapping[str, str]) -> None:
        """Add a section at the end."""
        self._appended.append(f"{self._end}[{name}]{self._end}")
        self._appended += [f"{key}: {quoted(value)}{self._end}" for key, value in settings.items()]

    def text(self) -> str:
        """The whole file."""
        lines: list[str] = []
        for number, line in enumerate(self._lines, 1):
            if line is not None:
                lines.append(line)
            if number in self._added:
                if lines and not lines[-1].endswith(("\n", "\r")):
                    lines[-1] += self._end
                lines += self._added[number]
        if self._appended and lines and not lines[-1].endswith(("\n", "\r")):
            lines[-1] += self._end
        appended = "".join(self._appended)
        return "".join(lines) + (appended if lines else appended.removeprefix(self._end))

    def _add(self, section: Section, name: str, value: str) -> None:
        first = min((line for _, line in section.settings.values()), default=0)
        like = (self._lines[first - 1] or "") if first else ""
        indent = like[: len(like) - len(like.lstrip())]
        self._added.setdefault(self._last(section), []).append(f"{indent}{name}: {quoted(value)}{self._end}")

    def _last(self, section: Section) -> int:
        """The number of the last line that says something for a section."""
        last = max((line for _, line in section.settings.values()), default=section.line)
        return self._value_end(section, last) if last != section.line else last

    def _value_end(self, section: Section, number: int) -> int:
        """The number of the last line of the value that begins in a line."""
        begins = {line for _, line in section.settings.values()}
        last = number
        for following in range(number + 1, self._until[section.line] + 1):
            if following in begins:
                break
            line = (self._lines[following - 1] or "").strip()
            if line and not line.startswith(_COMMENT):
                last = following
        return last

    def _end_of(self, line: str) -> str:
        return line[len(line.rstrip("\r\n")) :] or self._end


def quoted(value: str) -> str:
    """A value as it is written; in quotes where it would be read otherwise without them."""
    bare = value == value.strip() and not (len(value) > 1 and value[0] == value[-1] == '"')
    return value if bare else f'"{value}"'
