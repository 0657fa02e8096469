"""From a file to a plan for a store."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple

from .checks import check_hosts, check_subnets
from .host import HOST_FIELDS, SUBNET_FIELDS
from .networks import Networks
from .plan import Plan, after, plan_hosts, plan_subnets
from .store import IHostStore, Phases, Refused, Unusable
from .tables import Faults, Table, read_csv, read_json


class Files(NamedTuple):
    """What is imported: a file of hosts, ``csv`` or ``json``, and perhaps a CSV file of subnets.

    ``-`` is the standard input.
    """

    hosts: str
    form: str
    subnets: str | None = None


def plan_import(store: IHostStore, files: Files, replace_all: bool, any_key: bool, phases: Phases) -> Plan:
    """What files would change in a store. Everything in them is checked before the store's hosts are read.

    :param replace_all: whether what the files do not have is to go: hosts, and subnets if a file tells subnets.
    :param any_key: whether the site has keys of its own making.
    :raises Unusable: with every line that is not in order.
    :raises Refused: with every line that does not go together with what the store has.
    """
    faults = Faults()
    there = store.subnets()
    with _opened(files) as (hosts, subnets):
        plan = Plan()
        if subnets is not None:
            wanted = check_subnets(subnets, store, faults)
            plan = plan_subnets(wanted, subnets.names, there, replace_all)
        networks = Networks(after(there, plan))
        with phases("checking", hosts.length) as advance:
            checked = check_hosts(hosts, networks, store, any_key, faults, advance)
    faults.stop()
    with phases("comparing", store.count()) as advance:
        plan = plan_hosts(checked, store.hosts(), replace_all, plan, faults, advance)
    faults.stop(Refused)
    return plan


@contextmanager
def _opened(files: Files) -> Iterator[tuple[Table, Table | None]]:
    with _read(files.hosts) as octets:
        if files.form == "json":
            if files.subnets:
                raise Unusable(f"{files.subnets}: subnets stand in the JSON file itself")
            yield read_json(files.hosts, octets)
            return
        hosts = read_csv(files.hosts, octets, HOST_FIELDS, ("mac", "ip", "subnet"))
        if not files.subnets:
            yield hosts, None
            return
        with _read(files.subnets) as more:
            yield hosts, read_csv(files.subnets, more, SUBNET_FIELDS, ("subnet",))


def _read(path: str) -> IO[bytes]:
    if path == "-":
        return io.BytesIO(sys.stdin.buffer.read())
    try:
        file = open(path, "rb")
        if not file.seekable():
            with file:
                return io.BytesIO(file.read())
    except OSError as error:
        raise Unusable(f"{path}: cannot be read: {error.strerror}") from None
    return file
