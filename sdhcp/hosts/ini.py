"""Reservations in an INI file, changed in place and put there whole."""

import io
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final, cast

from zope.interface import implementer

from ..backends.ini import IniSource
from ..backends.ini_grammar import Section, parse
from ..backends.paths import find
from ..backends.reservation import BadField, hardware_address, host_fields, subnet_fields
from ..config.settings import SourceSettings
from ..identity import PREFIXES
from ..interfaces import IServerReactor, SourceLoadError
from .host import SUBNET_FIELDS, Host, SubnetRow, read_address, sorted_own, with_texts
from .ini_text import IniText
from .plan import Plan
from .store import Advance, IHostStore, Refused, Unreachable, Unusable

_SUBNET: Final = re.compile(r"(.+)\|([0-9]{1,18})\Z")
_ANY_KEY: Final = "key:"
_OF_HOSTS: Final = ("ip", "hostname", "subnet", "serial")
_NAMES: Final = {name.replace("_", "-"): name for name in SUBNET_FIELDS[2:]}
"""The settings of a subnet's section -> the names of fields."""


@implementer(IHostStore)
class IniStore:
    """An INI file.

    :param path: the file.
    :raises Unreachable: if it cannot be read.
    :raises Unusable: with every fault of it.
    """

    name = "INI"
    own_of_hosts = None
    own_of_subnets = None

    def __init__(self, path: str) -> None:
        self._path = os.path.realpath(path)
        self._told_path = path
        try:
            with open(self._path, "rb") as file:
                self._octets = file.read()
        except OSError as error:
            raise Unreachable(f"{path}: cannot be read: {error.strerror}") from None
        _see_in_order(self._path, path)
        self._mark = "\ufeff" if self._octets.startswith(b"\xef\xbb\xbf") else ""
        # Comments may be in another encoding than UTF-8, and stay so.
        text = self._octets.decode("utf-8-sig", "surrogateescape")
        self._lines = list(io.StringIO(text, newline=""))
        sections, _ = parse(self._lines)
        self._defaults = next((section.settings for section in sections if section.name == "DEFAULT"), {})
        self._all = sections
        self._hosts: dict[str, tuple[Section, Host]] = {}
        self._subnets: dict[tuple[str, int], tuple[Section, SubnetRow]] = {}
        for section in sections:
            self._take(section)

    def hosts(self) -> Iterator[Host]:
        """Every reservation, in the order of the file."""
        return (host for _, host in self._hosts.values())

    def count(self) -> int:
        """How many there are."""
        return len(self._hosts)

    def known(self, keys: Iterable[str]) -> list[Host]:
        """The reservations of clients."""
        return [self._hosts[key][1] for key in keys if key in self._hosts]

    def at(self, ip: str) -> list[Host]:
        """The reservations of an address."""
        return [host for host in self.hosts() if host.ip == ip]

    def subnets(self) -> list[SubnetRow]:
        """Every subnet."""
        return [row for _, row in self._subnets.values()]

    def widths(self) -> Mapping[str, int]:
        """No limits."""
        return {}

    def check_host(self, host: Host) -> None:
        """See that the further settings of a host mean something.

        :raises BadField: for the first that does not.
        """
        _check_settings(host.own)
        host_fields({"ip": host.ip, "subnet": "", "serial": 0}, {f"maps.{name}": value for name, value in host.own})

    def check_subnet(self, subnet: SubnetRow) -> None:
        """See that a subnet is in order.

        :raises BadField: for the first field that is not.
        """
        _check_settings(subnet.own)
        subnet_fields(subnet.record(), {f"subnets.{name}": value for name, value in subnet.own})

    def write(self, plan: Plan, advance: Advance) -> None:
        """Write the file anew, see that a server would take it, and put it there with one rename.

        :raises Refused: if it was changed meanwhile, or a server would not take it.
        """
        text = IniText(self._lines, self._all)
        for row in plan.subnets_removed:
            text.remove(self._subnets[row.subnet, row.serial][0])
        for host in plan.removed:
            text.remove(self._hosts[host.key][0])
        for change in plan.subnets_changed:
            section = self._subnets[change.new.subnet, change.new.serial][0]
            text.change(section, _changed(_of_subnet(change.old), _of_subnet(change.new)))
        for host_change in plan.changed:
            section = self._hosts[host_change.new.key][0]
            text.change(section, _changed(_of_host(host_change.old), _of_host(host_change.new)))
        for row in plan.subnets_added:
            text.append(f"{row.subnet}|{row.serial}", _of_subnet(row))
        for host in plan.added:
            text.append(section_of(host.key), _of_host(host))
        self._put(self._mark + text.text())
        advance(plan.size)

    def close(self) -> None:
        """There is nothing to let go of."""

    def _take(self, section: Section) -> None:
        subnet = _SUBNET.match(section.name)
        settings = {name: value for name, (value, _) in section.settings.items()}
        usual = {name: value for name, (value, _) in self._defaults.items()}
        usual |= settings
        fields = {name.replace("_", "-"): value for name, value in usual.items()}
        if section.name == "DEFAULT":
            return
        if subnet:
            own = {name: value for name, value in settings.items() if name.replace("_", "-") not in _NAMES}
            lease_time = int(fields.get("lease-time", "0"))
            row = SubnetRow(subnet[1], int(subnet[2]), lease_time, own=sorted_own(own))
            texts = [fields.get(name, "") for name in list(_NAMES)[1:]]
            self._subnets[subnet[1], int(subnet[2])] = section, with_texts(row, texts)
            return
        key = key_of(section.name)
        if key:
            own = {name: value for name, value in settings.items() if name not in _OF_HOSTS}
            serial = int(fields.get("serial", "0"))
            host = Host(
                key, read_address(fields["ip"]), fields.get("hostname", ""), fields["subnet"], serial, sorted_own(own)
            )
            self._hosts[key] = section, host

    def _put(self, text: str) -> None:
        folder = os.path.dirname(self._path)
        try:
            mode = os.stat(self._path)
            number, beside = tempfile.mkstemp(prefix=".dhcp-", suffix=".ini", dir=folder)
        except OSError as error:
            raise Refused(f"{self._told_path}: cannot be written: {error.strerror}; nothing was changed") from None
        try:
            with open(number, "wb") as file:
                file.write(text.encode("utf-8", "surrogateescape"))
                file.flush()
                os.fsync(file.fileno())
            os.chmod(beside, stat.S_IMODE(mode.st_mode))
            with suppress(PermissionError):
                os.chown(beside, mode.st_uid, mode.st_gid)
            try:
                _see_in_order(beside, self._told_path)
            except Unusable as error:
                raise Refused(f"a server would not take this, so that nothing was changed:\n{error}") from None
            with open(self._path, "rb") as file:
                if file.read() != self._octets:
                    raise Refused(f"{self._told_path}: somebody else has changed it meanwhile; nothing was changed")
            os.replace(beside, self._path)
        except OSError as error:
            raise Refused(f"{self._told_path}: cannot be written: {error.strerror}; nothing was changed") from None
        finally:
            with suppress(FileNotFoundError):
                os.unlink(beside)


def key_of(name: str) -> str:
    """The key of the client that a section is for, "" if it is for none."""
    mac = hardware_address(name)
    if mac is not None:
        return mac.hex(":")
    return name.removeprefix(_ANY_KEY) if name.startswith((*PREFIXES, _ANY_KEY)) else ""


def section_of(key: str) -> str:
    """The name of the section for a client."""
    return key if key_of(key) == key else _ANY_KEY + key


def _of_host(host: Host) -> dict[str, str]:
    fields = {"ip": host.ip, "hostname": host.hostname, "subnet": host.subnet, "serial": str(host.serial)}
    return {name: value for name, value in (*fields.items(), *host.own) if value}


def _of_subnet(row: SubnetRow) -> dict[str, str]:
    fields = {setting: str(value) for setting, value in zip(_NAMES, row[2:-1], strict=True)}
    return {name: value for name, value in (*fields.items(), *row.own) if value}


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str | None]:
    return {name: new.get(name) for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)}


def _check_settings(own: Iterable[tuple[str, str]]) -> None:
    for name, value in own:
        if not name or name != name.lower().strip() or {"=", ":", "\n"} & set(name) or name[0] in "[#;":
            raise BadField(f"{name}: no name that a setting can have")
        if not value.isprintable():
            raise BadField(f"{name}: {value[:40]!r} is no value of one line")


def _see_in_order(path: str, told: str) -> None:
    """See that a server would take a file.

    :raises Unusable: with every fault.
    """
    try:
        # Reading alone needs no reactor: only a reload does.
        IniSource(path, cast(IServerReactor, None))
    except SourceLoadError as error:
        raise Unusable("\n".join(problem.replace(path, told) for problem in error.problems)) from None


def open_store(settings: SourceSettings) -> IniStore:
    """The store of a configuration.

    :raises Unreachable: if the file cannot be read.
    :raises Unusable: with every fault of it.
    """
    return IniStore(find(settings.ini_file or "", settings.folder))
