"""Pools of addresses, as conf.py declares them."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from .model import Query


class Pool:
    """Addresses for clients that no source knows.

    ::

        POOLS = [
            Pool("guests", "192.168.2.100-192.168.2.199", subnet="192.168.2.0/24", gateway="192.168.2.1"),
        ]

    What is not in order is told when conf.py is checked, with the line of the pool. Addresses are text; where several
    may be given, a list or text with commas between.

    :param name: what it is called in the log, in lists, and where its leases are kept.
    :param ranges: "first-last", single addresses, or networks such as "10.0.0.0/24", of which neither the first nor the
        last address is lent.
    :param exclude: addresses that are left out, in the same form.
    :param subnet: the network that they lie in, such as "192.168.2.0/24"; its clients are those on a link in it.
    :param serial: tells apart several pools or sources of one subnet in statistics.
    :param lease_time: seconds; a client that wishes for another time gets it between ``lease_time_min`` and
        ``lease_time_max``, which are ``lease_time`` where they are not set.
    :param renewal_time: T1 in seconds; :param rebinding_time: T2.
    :param discourage_renewals: T1 and T2 late, at 97 and 97.5 % of the lease, so that addresses come back soon.
    :param hostname: the names of clients, such as "guest-{a}-{b}-{c}-{d}" with the parts of the address, or a prefix
        that they are put behind.
    :param options: further options by name or code, as a source's ``option-...`` fields.
    :param relays: only for clients that come through these relay agents: addresses or networks.
    :param interfaces: only for clients on these interfaces of the server.
    :param vendor_class: only for clients whose vendor class (option 60) begins with one of these;
    :param user_class: the same for the user class (option 77).
    :param clients: "unknown" for those that no source knows, "known" for those that have a reservation elsewhere,
        "all" for both.
    :param allow: a function that is given an :class:`sdhcp.model.Query` and says whether its client may use the pool;
        it must be quick, and never wait.
    :param ignore_client_identifier: know clients by their hardware address alone.
    :param offer_time: seconds for which an offered address is held.
    :param quarantine_time: seconds for which an address that was found in use is not lent.
    :param probe: whether an address is probed before it is offered.
    :param scan: whether the link is looked at when the server starts, to learn which addresses are in use.
    :param alert: percent of the addresses in use from which on the log says so; None for never.
    """

    def __init__(
        self,
        name: str,
        ranges: str | Sequence[str],
        *,
        subnet: str = "",
        exclude: str | Sequence[str] = (),
        serial: int = 0,
        lease_time: int = 3600,
        lease_time_min: int | None = None,
        lease_time_max: int | None = None,
        renewal_time: int | None = None,
        rebinding_time: int | None = None,
        discourage_renewals: bool = False,
        hostname: str | None = None,
        gateway: str | Sequence[str] | None = None,
        subnet_mask: str | None = None,
        broadcast_address: str | None = None,
        domain_name: str | None = None,
        domain_name_servers: str | Sequence[str] | None = None,
        ntp_servers: str | Sequence[str] | None = None,
        next_server: str | None = None,
        server_name: str | None = None,
        boot_file: str | None = None,
        options: dict[str | int, Any] | None = None,
        relays: str | Sequence[str] = (),
        interfaces: str | Sequence[str] = (),
        vendor_class: str | Sequence[str] = (),
        user_class: str | Sequence[str] = (),
        clients: str = "unknown",
        allow: Callable[[Query], bool] | None = None,
        ignore_client_identifier: bool = False,
        offer_time: int = 60,
        quarantine_time: int = 3600,
        probe: bool = True,
        scan: bool = False,
        alert: float | None = 90,
    ) -> None:
        self.name = name
        self.ranges = ranges
        self.subnet = subnet
        self.exclude = exclude
        self.serial = serial
        self.lease_time = lease_time
        self.lease_time_min = lease_time_min
        self.lease_time_max = lease_time_max
        self.renewal_time = renewal_time
        self.rebinding_time = rebinding_time
        self.discourage_renewals = discourage_renewals
        self.hostname = hostname
        self.gateway = gateway
        self.subnet_mask = subnet_mask
        self.broadcast_address = broadcast_address
        self.domain_name = domain_name
        self.domain_name_servers = domain_name_servers
        self.ntp_servers = ntp_servers
        self.next_server = next_server
        self.server_name = server_name
        self.boot_file = boot_file
        self.options = options or {}
        self.relays = relays
        self.interfaces = interfaces
        self.vendor_class = vendor_class
        self.user_class = user_class
        self.clients = clients
        self.allow = allow
        self.ignore_client_identifier = ignore_client_identifier
        self.offer_time = offer_time
        self.quarantine_time = quarantine_time
        self.probe = probe
        self.scan = scan
        self.alert = alert
        self.line = sys._getframe(1).f_lineno
        """The line of conf.py where it was declared."""

    def __repr__(self) -> str:
        return f"Pool({self.name!r}, {self.ranges!r})"
