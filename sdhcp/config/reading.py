"""One conf.py while it is checked: what was found so far, right and wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from .loader import Loaded
from .problems import Problem, told
from .schema import REQUIRED, Parameter
from .values import Unfit, discreet, shown

NEEDED: Final = {
    "DHCP_SERVER_IP": "an address of this machine, or a list of them",
    "DATABASE_ENGINE": 'None, the name of a source such as "SQLite", or code',
}
"""What the settings without a default are expected to be."""

_DISCREET: Final = ("source", "web", "email", "alerts", "cache", "leases")
"""Sections whose settings may hold a password where none is expected."""


class Reading:
    """What a conf.py sets, and what is wrong with it.

    :ivar names: its upper-case names and what they hold.
    :ivar values: checked values by section and field; :ivar settings: those without a field.
    :ivar set_by: setting -> the name that set it.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        held = vars(loaded.module).items()
        self.names = {name: value for name, value in held if isinstance(name, str) and name.isupper()}
        self.problems: list[Problem] = []
        self.notices = list(loaded.warnings)
        self.values: dict[str, dict[str, Any]] = {}
        self.settings: dict[str, Any] = {}
        self.set_by: dict[str, str] = {}

    def line(self, name: str) -> int:
        """Where a name was set; a name that is not set has no line."""
        lines = self.loaded.lines
        return lines.get(name) or (lines.get("*", 0) if name in self.names else 0)

    def problem(self, name: str, what: str, expected: str = "") -> None:
        """Something is wrong with a name."""
        self.problems.append(Problem(self.loaded.path, self.line(name), name, what, expected))

    def notice(self, name: str, what: str) -> None:
        """An operator should know something about a name."""
        self.notices.append(Problem(self.loaded.path, self.line(name), name, what))

    @contextmanager
    def looking_at(self, name: str, show: Callable[[Any], str] = discreet) -> Iterator[None]:
        """Whatever goes wrong inside is wrong with a name; ``show`` is how its value may be shown."""
        try:
            yield
        except Unfit as error:
            self.problem(name, error.told(show), error.expected)
        except Exception as error:  # a site's object may do anything when it is looked at
            self.problem(name, told(error), "a value that can be read")

    def read(self, parameter: Parameter) -> None:
        """Check one setting; one that is wrong has its default from here on."""
        present = [name for name in (parameter.name, *parameter.aliases) if name in self.names]
        value = None if parameter.default is REQUIRED else parameter.default
        if present:
            # staticDHCPd copied names in the order of the alphabet, so that the last one stood.
            *others, name = sorted(present)
            self.set_by[parameter.name] = name
            for other in others:
                with self.looking_at(other):
                    if self.names[other] != self.names[name]:
                        self.notice(other, f"the same setting as {name}, which differs and counts")
            with self.looking_at(name, discreet if parameter.section in _DISCREET else shown):
                value = parameter.check(self.names[name])
        elif parameter.default is REQUIRED:
            self.problem(parameter.name, "not set", NEEDED[parameter.name])
        if parameter.field:
            self.values.setdefault(parameter.section, {})[parameter.field] = value
        else:
            self.settings[parameter.name] = value

    def value(self, parameter: Parameter) -> Any:
        """The checked value of a setting."""
        if parameter.field:
            return self.values[parameter.section][parameter.field]
        return self.settings[parameter.name]
