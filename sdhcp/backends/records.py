"""Reservations that come whole, as a service or a site's code tells them: one mapping with everything in it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..interfaces import Found
from ..model import Definition
from .reservation import BadField, combine, host_address, host_fields, host_name, subnet_fields, without_host

EXPECTED: Final = "a mapping with ip, lease_time, subnet and serial, a list of these, or None"
_LISTS: Final = {"gateway": "gateways", "domain_name_servers": "", "ntp_servers": ""}
"""Fields that hold several addresses, and what else they are called."""
_FIELDS: Final = ("lease_time", "gateway", "subnet_mask", "broadcast_address", "domain_name", *tuple(_LISTS)[1:])
_KEPT: Final = 4096
"""How many subnets are kept in the form that definitions take them."""
_HARMLESS: Final = (str, int, float, bytes)


class Records:
    """Turns records into definitions; what they say of one subnet is read once, and its hosts share it.

    :param defaults: what counts where a record has nothing, "" or 0, by field.
    """

    def __init__(self, defaults: Mapping[str, Any] | None = None) -> None:
        self._defaults = {"serial": 0, **(defaults or {})}
        self._subnets: dict[tuple[Any, ...], Definition] = {}

    def found(self, answer: Any) -> Found:
        """What an answer comes to: a definition, a mapping, an object with such attributes, several, or nothing.

        :raises BadField: if it is not in order.
        """
        if answer is None or isinstance(answer, Definition):
            return answer
        if isinstance(answer, Mapping):
            return self.definition(answer) if answer else None
        if hasattr(answer, "ip") and hasattr(answer, "lease_time"):
            return self.definition(_attributes(answer))
        if isinstance(answer, Iterable) and not isinstance(answer, str | bytes):
            several = tuple(self._one(item) for item in answer)
            return several or None
        if not answer:
            return None
        raise BadField(f"a value of type {type(answer).__name__} is no reservation; expected {EXPECTED}")

    def definition(self, record: Mapping[str, Any]) -> Definition:
        """The definition of one record. Fields that mean nothing are left alone; ``extra`` is kept as it is.

        :raises BadField: if it is not in order.
        """
        name, serial = record.get("subnet"), self._value(record, "serial")
        if name is None or name == "":
            raise BadField("subnet: not set; expected the name of a subnet, such as 192.168.0.0/24")
        own = record.get("extra")
        extra = _named(own)
        values = (str(name), serial, *(self._value(record, field) for field in _FIELDS))
        subnet = self._subnets.get(values) or self._read(values)
        address, hostname = _dotted(record.get("ip")), record.get("hostname") or None
        if not extra:
            return subnet.for_host(host_address(address), host_name(hostname), own or None)
        host = {"ip": address, "hostname": hostname, "subnet": name, "serial": serial}
        return combine(host_fields(host, extra), subnet, own)

    def _one(self, item: Any) -> Definition:
        found = self.found(item)
        if isinstance(found, Definition):
            return found
        what = "nothing" if found is None else "a list"
        raise BadField(f"a list that holds {what} is no list of reservations; expected {EXPECTED}")

    def _value(self, record: Mapping[str, Any], field: str) -> Any:
        value = record.get(field) or record.get(_LISTS.get(field) or field) or self._defaults.get(field)
        if field in _LISTS:
            return _listed(value)
        if field in ("subnet_mask", "broadcast_address"):
            return _dotted(value)
        return _plain(value)

    def _read(self, values: tuple[Any, ...]) -> Definition:
        fields = subnet_fields(dict(zip(_FIELDS, values[2:], strict=True)), {})
        subnet = without_host(values[0], values[1], fields, {})
        if len(self._subnets) >= _KEPT:
            self._subnets.clear()
        self._subnets[values] = subnet
        return subnet


def _attributes(definition: Any) -> dict[str, Any]:
    """The fields of a definition that was made for staticDHCPd."""
    names = ("ip", "hostname", "subnet", "serial", "extra", "gateways", *_FIELDS)
    return {name: getattr(definition, name, None) for name in names}


def _named(extra: Any) -> Mapping[str, Any]:
    """Those of the site's own fields that have a name and may mean something."""
    if not isinstance(extra, Mapping):
        return {}
    return {name: value for name, value in extra.items() if isinstance(name, str)}


def _listed(value: Any) -> str | None:
    """Addresses with commas between, from whatever holds them: text, numbers, octets, and lists of these."""
    if not value:
        return None
    if isinstance(value, bytes | bytearray):
        value = list(value)
    if not isinstance(value, list | tuple | set | frozenset):
        return str(value)
    items: Sequence[Any] = list(value)
    if all(type(item) is int for item in items):
        items = [items[start : start + 4] for start in range(0, len(items), 4)]
    return ",".join(str(_dotted(item)) for item in items if item not in (None, ""))


def _dotted(value: Any) -> Any:
    """An address as text, from text, an object that is one, or four numbers."""
    if value is None or value == "":
        return None
    if isinstance(value, list | tuple | bytes | bytearray):
        return ".".join(map(str, value))
    return str(value)


def _plain(value: Any) -> Any:
    """A value as it is, or as text where it could not be compared."""
    return value if value is None or isinstance(value, _HARMLESS) else str(value)
