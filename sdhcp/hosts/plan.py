"""What a file would add, change and remove in a store."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from ..backends.reservation import BadField
from .checks import CheckedHosts, usual_number
from .host import HOST_FIELDS, SUBNET_FIELDS, Host, Own, SubnetRow, read_address
from .store import Advance
from .tables import Faults

_STEP: Final = 8192


class HostChange(NamedTuple):
    """A host as the store has it, and as it shall be; its key stays."""

    old: Host
    new: Host


class SubnetChange(NamedTuple):
    """A subnet as the store has it, and as it shall be; its name and serial stay."""

    old: SubnetRow
    new: SubnetRow


class Plan(NamedTuple):
    """Everything that is to be done to a store at once."""

    added: Sequence[Host] = ()
    changed: Sequence[HostChange] = ()
    removed: Sequence[Host] = ()
    subnets_added: Sequence[SubnetRow] = ()
    subnets_changed: Sequence[SubnetChange] = ()
    subnets_removed: Sequence[SubnetRow] = ()

    @property
    def size(self) -> int:
        """How many rows are written."""
        return sum(map(len, self))

    def in_the_way(self) -> list[Host]:
        """Hosts that give up an address which another one takes over, whatever order they are written in."""
        moved = [change for change in self.changed if change.old.place != change.new.place]
        taken = {change.new.place for change in moved}
        return [change.old for change in moved if change.old.place in taken]


def plan_subnets(
    wanted: Iterable[SubnetRow], names: Iterable[str], there: Iterable[SubnetRow], replace_all: bool
) -> Plan:
    """What becomes of the subnets; the hosts' part of the plan is empty.

    :param names: the fields that the file tells.
    """
    left = {(row.subnet, row.serial): row for row in there}
    told = frozenset(names)
    added, changed = [], []
    for row in wanted:
        old = left.pop((row.subnet, row.serial), None)
        if old is None:
            added.append(row)
            continue
        untold: dict[str, Any] = {
            name: value for name, value in zip(SUBNET_FIELDS, old, strict=False) if name not in told
        }
        new = row._replace(**untold, own=_kept(row.own, old.own, told))
        if new != old:
            changed.append(SubnetChange(old, new))
    return Plan(
        subnets_added=added, subnets_changed=changed, subnets_removed=list(left.values()) if replace_all else []
    )


def after(there: Iterable[SubnetRow], plan: Plan) -> Iterator[SubnetRow]:
    """The subnets that there are once a plan is done."""
    removed = {(row.subnet, row.serial) for row in plan.subnets_removed}
    changed = {(change.new.subnet, change.new.serial): change.new for change in plan.subnets_changed}
    for row in there:
        key = row.subnet, row.serial
        if key not in removed:
            yield changed.get(key, row)
    yield from plan.subnets_added


def plan_hosts(
    checked: CheckedHosts, there: Iterable[Host], replace_all: bool, subnets: Plan, faults: Faults, advance: Advance
) -> Plan:
    """What becomes of the hosts, together with what becomes of the subnets.

    Addresses that a host which stays has already, and subnets that are removed under one, go to ``faults``.

    :param there: every host of the store.
    :param replace_all: whether those are removed that the file does not have.
    """
    hosts, by_key = checked.hosts, checked.by_key
    seen = bytearray(len(hosts))
    changed: list[HostChange] = []
    removed: list[Host] = []
    done = 0
    taken = _taken(checked, faults)
    for old in there:
        done += 1
        if done % _STEP == 0:
            advance(_STEP)
        number = by_key.get(old.key)
        if number is None:
            if replace_all:
                removed.append(old)
            else:
                taken(old)
            continue
        seen[number] = 1
        if hosts[number] != old:
            new = merged(hosts[number], old, checked.names)
            if new != old and new != _usual(old):
                changed.append(HostChange(old, new))
    added = [host for host, known in zip(hosts, seen, strict=True) if not known]
    return subnets._replace(added=added, changed=changed, removed=removed)


def merged(host: Host, old: Host, names: frozenset[str]) -> Host:
    """A host as a file has it, with what the file does not tell as it was."""
    return Host(
        old.key,
        host.ip,
        host.hostname if "hostname" in names else old.hostname,
        host.subnet,
        host.serial,
        _kept(host.own, old.own, names),
    )


def differences(change: HostChange | SubnetChange) -> str:
    """What a change changes, in words."""
    old, new = change.old.record(), change.new.record()
    fields = HOST_FIELDS if isinstance(change, HostChange) else SUBNET_FIELDS
    names = dict.fromkeys((*fields, *old, *new))
    return ", ".join(
        f"{name} {_shown(old.get(name))} -> {_shown(new.get(name))}"
        for name in names
        if old.get(name, "") != new.get(name, "")
    )


def _shown(value: object) -> str:
    text = str(value if value not in (None, "") else "none")
    return text if len(text) < 60 else text[:57] + "..."


def _kept(own: Own, old: Own, names: frozenset[str]) -> Own:
    untold = [(name, value) for name, value in old if name not in names]
    return tuple(sorted((*own, *untold))) if untold else own


def _usual(host: Host) -> Host:
    """A host with its address written as usual."""
    try:
        return host._replace(ip=read_address(host.ip), hostname=host.hostname.strip(), own=tuple(sorted(host.own)))
    except BadField:
        return host


def _taken(checked: CheckedHosts, faults: Faults) -> Callable[[Host], None]:
    """A look at a host that stays as it is: whether the file gives its address away."""
    networks, by_place, table = checked.networks, checked.by_place, checked.table
    gone: set[tuple[str, int]] = set()

    def look(host: Host) -> None:
        network = networks.get(host.subnet, host.serial)
        if network is None:
            if (host.subnet, host.serial) not in gone:
                gone.add((host.subnet, host.serial))
                faults.add(f"subnet {host.subnet}, serial {host.serial}", f"{host.key} is in it, and is not removed")
            return
        try:
            number = by_place.get(network.number << 32 | usual_number(host.ip))
        except (ValueError, KeyError):
            return
        if number is not None:
            faults.add(table.where(checked.lines[number]), f"ip: {host.ip} is given to {host.key} in the store already")

    return look
