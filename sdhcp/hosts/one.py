"""One reservation: what becomes of a store when it is made or changed."""

from collections.abc import Mapping

from .checks import check_hosts
from .host import Host
from .networks import Networks
from .plan import Plan, plan_hosts
from .store import IHostStore, Refused
from .tables import Faults, Table


def plan_one(store: IHostStore, any_key: bool, fields: Mapping[str, str]) -> Plan:
    """What reserving an address changes; a reservation that is there is changed, and keeps the fields not told.

    :param any_key: whether the site has keys of its own making.
    :param fields: by the names of HOST_FIELDS and of the site's own, all as text.
    :raises Refused: if the store does not allow it.
    :raises sdhcp.hosts.store.Unusable: if it has not all of the fields.
    """
    key = fields["mac"]
    faults = Faults()
    table = Table(tuple(fields), [(1, list(fields.values()))], 1, lambda number: key)
    networks = Networks(store.subnets())
    checked = check_hosts(table, networks, store, any_key, faults, lambda rows: None)
    faults.stop(Refused)
    others = [host for host in store.at(fields["ip"]) if host.key != key and networks.get(host.subnet, host.serial)]
    plan = plan_hosts(checked, [*store.known([key]), *others], False, Plan(), faults, lambda rows: None)
    faults.stop(Refused)
    return plan


def line(host: Host) -> str:
    """A reservation in one line."""
    name = f" {host.hostname}" if host.hostname else ""
    own = "".join(f" {field}={value}" for field, value in host.own)
    return f"{host.key} {host.ip}{name} in {host.subnet}, serial {host.serial}{own}"
