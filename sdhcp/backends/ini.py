"""Reservations in an INI file, held in memory and swapped whole."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorThreads
from twisted.internet.threads import deferToThreadPool
from zope.interface import implementer

from ..config.settings import SourceSettings
from ..identity import PREFIXES
from ..interfaces import (
    Found,
    IDefinitionSource,
    IEnumerableSource,
    IPeekable,
    IReloadable,
    ISubnetSource,
    IWarns,
    SourceLoadError,
)
from ..model import Definition, Query, Subnet
from . import subnets
from .ini_grammar import Section, parse
from .paths import find
from .reservation import BadField, combine, hardware_address, host_fields, subnet_fields, without_host

_SUBNET: Final = re.compile(r"(.+)\|([0-9]{1,18})\Z")
_OF_SUBNETS: Final = (
    "lease-time",
    "gateway",
    "subnet-mask",
    "broadcast-address",
    "ntp-servers",
    "domain-name-servers",
    "domain-name",
)
_OF_HOSTS: Final = ("ip", "hostname", "subnet", "serial")
_FURTHER: Final = ("next-server", "server-name", "boot-file", "renewal-time", "rebinding-time", "lease-time")
_STAND_INS: Final = {"lease_time": "1", "ip": "192.0.2.1", "serial": "0"}
"""What lets the other fields of a section be checked though a field that has to be there is not in order."""
_ANY_KEY: Final = "key:"
"""Stands before the key that a site's own function gives."""
_OWN: Final = ("maps.", "subnets.", "option-", "force-option-")


class _Contents(NamedTuple):
    """What one reading of the file gave."""

    definitions: dict[str, Definition]
    subnets: subnets.Subnets
    warnings: tuple[str, ...]


@implementer(IDefinitionSource, IPeekable, ISubnetSource, IEnumerableSource, IReloadable, IWarns)
class IniSource:
    """Reservations of an INI file.

    :param path: the file.
    :param reactor: its thread pool reads the file at a reload.
    :raises SourceLoadError: with every fault of the file, each with its line.
    """

    name = "INI"

    def __init__(self, path: str, reactor: IReactorThreads) -> None:
        self._path = path
        self._reactor = reactor
        self._contents = _read(path)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sections that are neither a subnet nor a hardware address."""
        return self._contents.warnings

    def peek(self, query: Query) -> Found:
        """What is known, at once."""
        return self._contents.definitions.get(query.key)

    def lookup(self, query: Query) -> "Deferred[Found]":
        """As :meth:`peek`; the Deferred has fired."""
        return succeed(self.peek(query))

    def subnet_of(self, address: bytes) -> Subnet | None:
        """The narrowest subnet that holds an address."""
        return self._contents.subnets.holding(address)

    def reservations(self) -> Iterator[tuple[str, Definition]]:
        """Every client's key with its definition, in the order of the file."""
        yield from self._contents.definitions.items()

    def reload(self) -> "Deferred[None]":
        """Read the file anew, in a thread, and swap what it holds; fires when that is done.

        Fails with :class:`SourceLoadError` and keeps what was if the file is not in order.
        """
        reading = deferToThreadPool(self._reactor, self._reactor.getThreadPool(), _read, self._path)
        return reading.addCallback(self._swap)

    def _swap(self, contents: _Contents) -> None:
        self._contents = contents


def _read(path: str) -> _Contents:
    try:
        with Path(path).open(encoding="utf-8-sig", errors="replace", newline=None) as lines:
            sections, faults = parse(lines)
    except OSError as error:
        raise SourceLoadError([f"{path}: cannot be read: {error.strerror}; expected the file of INI_FILE"]) from None
    reading = _Reading(path)
    reading.problems += [(fault.line, fault.what) for fault in faults]
    defaults = next((section.settings for section in sections if section.name == "DEFAULT"), {})
    hosts = []
    for section in sections:
        settings = {**defaults, **section.settings} if defaults else section.settings
        subnet = _SUBNET.match(section.name)
        key = _key(section.name)
        if section.name == "DEFAULT":
            continue
        if subnet:
            reading.subnet(subnet[1], int(subnet[2]), section._replace(settings=settings))
        elif key:
            hosts.append((key, section._replace(settings=settings)))
        else:
            what = f"[{section.name[:60]}] is left out: it is neither a subnet, such as [192.168.0.0/24|0], nor a MAC"
            reading.warnings.append(f"{path}:{section.line}: {what}")
    for key, section in hosts:
        reading.host(key, section)
    if reading.problems:
        raise SourceLoadError([f"{path}:{line}: {what}" for line, what in sorted(set(reading.problems))])
    return _Contents(reading.definitions, subnets.Subnets(reading.networks()), tuple(reading.warnings))


def _key(name: str) -> str:
    """The key of the client that a section is for, "" if it is for none."""
    mac = hardware_address(name)
    if mac is not None:
        return mac.hex(":")
    return name.removeprefix(_ANY_KEY) if name.startswith((*PREFIXES, _ANY_KEY)) else ""


class _Reading:
    """One file while it is checked."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[tuple[int, str]] = []
        self.warnings: list[str] = []
        self.definitions: dict[str, Definition] = {}
        self._subnets: dict[tuple[str, int], Definition | None] = {}
        self._keys: dict[str, int] = {}
        self._spellings: dict[str, int] = {}
        self._addresses: dict[tuple[bytes, str, int], int] = {}

    def subnet(self, name: str, serial: int, section: Section) -> None:
        """Take in one subnet."""
        fields, extra = self._fields(section, _OF_SUBNETS, "subnets.")
        self._subnets[name, serial] = None
        if "lease_time" not in fields:
            self.problems.append((section.line, f"[{section.name}] has no lease-time; expected seconds"))
            return
        subnet = self._checked(section, subnet_fields, fields, extra)
        if subnet is not None:
            self._subnets[name, serial] = without_host(name, serial, subnet, extra)

    def host(self, key: str, section: Section) -> None:
        """Take in one host; its subnet must be there."""
        before = self._keys.setdefault(key, section.line)
        if before != section.line:
            if self._spellings.get(section.name) != before:  # else the grammar has told of it
                self.problems.append((section.line, f"[{section.name}] is the same MAC as in line {before}"))
            return
        self._spellings[section.name] = section.line
        fields, extra = self._fields(section, _OF_HOSTS, "maps.")
        missing = [name for name in ("ip", "subnet") if not fields.get(name)]
        if missing:
            self.problems.append((section.line, f"[{section.name}] has no {' and no '.join(missing)}"))
            return
        fields.setdefault("serial", "0")
        host = self._checked(section, host_fields, fields, extra)
        if host is None:
            return
        network = (host["subnet"], host["serial"])
        if network not in self._subnets:
            line = section.settings["subnet"][1]
            self.problems.append((line, f"subnet: there is no section [{network[0]}|{network[1]}]"))
            return
        subnet = self._subnets[network]
        if subnet is None:
            return
        taken = self._addresses.setdefault((host["ip"], *network), section.line)
        if taken != section.line:
            line = section.settings["ip"][1]
            self.problems.append((line, f"ip: {fields['ip']} is given to the host in line {taken} already"))
            return
        self.definitions[key] = combine(host, subnet, {**(subnet.extra or {}), **extra} or None)

    def networks(self) -> Iterator[Subnet]:
        """All subnets that tell their network."""
        for subnet in self._subnets.values():
            if subnet is not None:
                found = subnets.make(subnet)
                if found is not None:
                    yield found

    def _fields(self, section: Section, known: Iterable[str], prefix: str) -> tuple[dict[str, str], dict[str, str]]:
        """A section's own fields by their columns' names, and the site's by ``prefix`` and name."""
        fields: dict[str, str] = {}
        extra: dict[str, str] = {}
        for name, (value, line) in section.settings.items():
            plain = name.replace("_", "-")
            if plain in known:
                fields[plain.replace("-", "_")] = value
            elif name.startswith(("maps.", "subnets.")):
                extra[prefix + name.partition(".")[2]] = value
            elif plain.startswith(_OWN) or plain in _FURTHER:
                extra[prefix + plain] = value
            else:
                near = difflib.get_close_matches(plain, [*known, *_FURTHER], 1)
                hint = f"; expected perhaps {near[0]}" if near else f"; your own fields begin with {prefix}"
                self.problems.append((line, f"{name}: no such field{hint}"))
        return fields, extra

    def _checked(
        self,
        section: Section,
        read: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]],
        fields: dict[str, str],
        extra: dict[str, str],
    ) -> dict[str, Any] | None:
        """What a section's fields say, None if some are not in order; each of those is a problem of its own."""
        fields, extra = dict(fields), dict(extra)
        sound = True
        while True:
            try:
                said = read(fields, extra)
            except BadField as error:
                sound = False
                name = str(error).partition(":")[0]
                self._bad_field(section, name, str(error))
                # Without the field the next fault comes to light.
                if fields.pop(name, None) is None and extra.pop(name, None) is None:
                    return None
                if name in _STAND_INS:
                    fields[name] = _STAND_INS[name]
            else:
                return said if sound else None

    def _bad_field(self, section: Section, name: str, problem: str) -> None:
        wanted = name.partition(".")[2] or name
        lines: Mapping[str, tuple[str, int]] = section.settings
        for spelling in (name, wanted, wanted.replace("_", "-"), name.replace("_", "-")):
            if spelling in lines:
                self.problems.append((lines[spelling][1], spelling + problem[len(name) :]))
                return
        self.problems.append((section.line, problem))


def build(settings: SourceSettings, reactor: IReactorThreads, clock: object) -> IniSource:
    """The source of a configuration.

    :raises SourceLoadError: with every fault of the file.
    """
    return IniSource(find(settings.ini_file or "", settings.folder), reactor)
