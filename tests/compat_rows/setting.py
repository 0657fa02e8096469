"""One setting of conf.py, as sites of staticDHCPd know it."""

from typing import Any, NamedTuple

Forms = tuple[tuple[str, Any], ...]


class Setting(NamedTuple):
    """``held`` is where the configuration has it, or the name among the settings of sources, which begins with "*".

    ``accepted`` are pairs of what stands in conf.py and what it comes to, ``refused`` what is told as a fault.
    """

    name: str
    held: str
    default: Any
    accepted: Forms
    refused: tuple[str, ...]
    meaning: str
    aliases: tuple[str, ...] = ()
    differs: str = ""
    needs: str = ""

    @property
    def fact(self) -> str:
        """What a site may rely on."""
        is_secret = "PASSWORD" in self.name
        default = {(): "None", frozenset(): "[]"}.get(self.default, repr(self.default))
        forms = "" if is_secret else "; may be " + ", ".join(f"`{form}`" for form, _ in self.accepted)
        also = "".join(f", also under the name `{name}`" for name in self.aliases)
        unset = "has no default" if self.name in ("DHCP_SERVER_IP", "DATABASE_ENGINE") else f"`{default}` if not set"
        return f"`{self.name}`{also}: {self.meaning}. {unset[0].upper()}{unset[1:]}{forms}"


FLAG: tuple[Forms, tuple[str, ...]] = (
    (("True", True), ("False", False), ("1", True), ("0", False)),
    ("None", '"yes"', "2"),
)
PORT: tuple[Forms, tuple[str, ...]] = ((("6767", 6767), ("65535", 65535)), ("0", "65536", "None", "'67'", "True"))
TIME: tuple[Forms, tuple[str, ...]] = ((("0", 0), ("3600", 3600)), ("-1", "None", "'x'", "2.5"))
TEXT: tuple[Forms, tuple[str, ...]] = ((('"x"', "x"),), ("None", '""', "5"))
TEXT_OR_NONE: tuple[Forms, tuple[str, ...]] = (
    (('"x"', "x"), ("None", None), ('""', None), ("0", None), ("False", None)),
    ("5", "['x']"),
)
SECRET: tuple[Forms, tuple[str, ...]] = ((('"hunter2"', "hunter2"), ("None", None)), ("4711", "['hunter2']"))
SEVERITY: tuple[Forms, tuple[str, ...]] = (
    (
        *((f'"{name}"', name) for name in ("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL")),
        ('"info"', "INFO"),
        ('"NOTSET"', "DEBUG"),
    ),
    ("None", '"LOUD"', "10"),
)
CONNECTIONS: tuple[Forms, tuple[str, ...]] = ((("1", 1), ("64", 64)), ("0", "None", "'x'"))
