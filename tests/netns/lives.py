"""What happens to one real client in the life of its lease, whoever gives it, directly and through a relay agent."""

import signal
from typing import Any
from unittest import SkipTest

from .clients import Client, Dhclient
from .yard import Yard, ip, mac_of, missing, wait_for

CONF = """
DHCP_SERVER_IP = {server!r}
DATABASE_ENGINE = "INI"
INI_FILE = {ini!r}
ALLOW_DHCP_RELAYS = True
LINK_CHECK = True
UNAUTHORIZED_CLIENT_TIMEOUT = 1
SUSPEND_THRESHOLD = 100
LOG_CONSOLE_SEVERITY = "DEBUG"
DAEMON = False
WEB_ENABLED = False
"""
INI = """
[{subnet}|0]
lease-time: {lease_time}
renewal-time: 2
rebinding-time: 5
gateway: {gateway}
subnet-mask: 255.255.255.0
domain-name-servers: {gateway}

[{mac}]
ip: {address}
subnet: {subnet}
serial: 0
"""
HELD = "10.1.0.50"
"""The address that the client gets at first."""


class Place:
    """Where the client is."""

    def join(self, yard: Yard, space: str, device: str, client: str) -> None:
        """Put the client on a link."""
        yard.link(space, device, client, "vcli")


class Direct(Place):
    """A client on the server's own link."""

    programs: tuple[str, ...] = ()
    server_address, other_server = "10.1.0.1", "10.1.0.3"
    gateway = "10.1.0.1"

    def build(self, yard: Yard) -> tuple[str, str]:
        server, client = yard.space("s"), yard.space("c")
        self.join(yard, server, "vsrv", client)
        ip("-n", server, "addr", "add", f"{self.server_address}/24", "dev", "vsrv")
        return server, client

    def move_server(self, server: str) -> None:
        ip("-n", server, "addr", "del", f"{self.server_address}/24", "dev", "vsrv")
        ip("-n", server, "addr", "add", f"{self.other_server}/24", "dev", "vsrv")

    def occupy(self, server: str, address: str) -> None:
        """Have another host on the client's link use an address."""
        ip("-n", server, "addr", "add", f"{address}/32", "dev", "vsrv")


class Relayed(Place):
    """A client behind dhcrelay, which adds option 82."""

    programs = ("dhcrelay",)
    server_address, other_server = "10.0.0.1", "10.0.0.3"
    gateway = "10.1.0.1"

    def build(self, yard: Yard) -> tuple[str, str]:
        server, self.relay, client = yard.space("s"), yard.space("r"), yard.space("c")
        yard.link(server, "vsrv", self.relay, "rup")
        self.join(yard, self.relay, "rdn", client)
        ip("-n", server, "addr", "add", f"{self.server_address}/24", "dev", "vsrv")
        ip("-n", self.relay, "addr", "add", "10.0.0.2/24", "dev", "rup")
        ip("-n", self.relay, "addr", "add", "10.1.0.1/24", "dev", "rdn")
        ip("-n", server, "route", "add", "10.1.0.0/24", "via", "10.0.0.2")
        yard.run(self.relay, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        relays = ["dhcrelay", "-4", "-d", "--no-pid", "-a", "-id", "rdn", "-iu", "rup"]
        with (yard.folder / "relay").open("wb") as output:
            yard.start(self.relay, [*relays, self.server_address, self.other_server], stdout=output, stderr=output)
        wait_for("the relay agent", lambda: b"Sending on" in (yard.folder / "relay").read_bytes())
        return server, client

    def move_server(self, server: str) -> None:
        ip("-n", server, "addr", "del", f"{self.server_address}/24", "dev", "vsrv")
        ip("-n", server, "addr", "add", f"{self.other_server}/24", "dev", "vsrv")
        ip("-n", server, "route", "replace", "10.1.0.0/24", "via", "10.0.0.2")

    def occupy(self, server: str, address: str) -> None:
        ip("-n", self.relay, "addr", "add", f"{address}/32", "dev", "rdn")


class LifeOfALease:
    """What happens to one client; who inherits says which client, how it is connected and whose its address is."""

    kind: type[Client]
    programs: tuple[str, ...] = ()

    def setUp(self) -> None:
        lacking = missing(*self.kind.programs, *self.programs)
        if lacking:
            raise SkipTest(lacking)
        self.yard = Yard()
        self.addCleanup(self.yard.close)
        self.server_space, self.client_space = self.build(self.yard)
        self.mac = mac_of(self.client_space, "vcli")
        self.ini = self.yard.folder / "dhcp.ini"
        self.prepare()
        self.server = self.serve(self.server_address)
        self.client = self.kind(self.yard, self.client_space, "vcli")

    def prepare(self) -> None:
        """Write what the server reads when it starts."""
        raise NotImplementedError

    def conf(self, address: str) -> str:
        """The conf.py of a server."""
        return CONF.format(server=address, ini=str(self.ini))

    def serve(self, address: str, name: str = "server") -> Any:
        return self.yard.server(self.server_space, self.conf(address), name)

    def reserve(self, address: str) -> None:
        text = INI.format(
            subnet="10.1.0.0/24",
            lease_time=self.kind.lease_time,
            gateway=self.gateway,
            mac=self.mac,
            address=address,
        )
        self.ini.write_text(text, encoding="ascii")

    def bound(self, broadcast: bool = False) -> None:
        self.client.start(broadcast)
        self.client.expect_address(HELD)

    def test_first_lease(self) -> None:
        self.bound()
        self.server.expect("DISCOVER", f"OFFER {HELD}")
        self.server.expect("SELECTING", f"ACK {HELD}")

    def test_first_lease_with_the_broadcast_flag(self) -> None:
        self.bound(broadcast=True)
        self.server.expect("SELECTING", f"ACK {HELD}")

    def test_renewal(self) -> None:
        self.bound()
        self.client.renew()
        self.server.expect("REQUEST:RENEW", f"ACK {HELD}")
        self.client.expect_address(HELD)

    def test_rebinding_to_another_server(self) -> None:
        self.bound()
        self.server.stop()
        self.move_server(self.server_space)
        other = self.serve(self.other_server, "other")
        other.expect("REQUEST:REBIND", f"ACK {HELD}")
        self.client.expect_address(HELD)

    def test_reboot(self) -> None:
        self.bound()
        self.client.crash()
        self.client.start()
        if self.kind.reboots:
            self.server.expect("REQUEST:INIT-REBOOT", f"ACK {HELD}")
        else:
            self.server.expect("SELECTING", f"ACK {HELD}", times=2)
        self.client.expect_address(HELD)

    def test_release(self) -> None:
        self.bound()
        self.client.release()
        self.server.expect("RELEASE", "released")

    def declines(self) -> None:
        if self.kind is Dhclient:
            self.client.refuse_file.touch()
        else:
            self.client.refuse_file.with_name("check").touch()
            self.occupy(self.server_space, HELD)
        self.client.start()
        self.server.expect(f"declined {HELD}", "another host uses that address")

    def test_decline_of_an_address_that_another_host_uses(self) -> None:
        self.declines()

    def test_a_changed_reservation_counts_at_the_next_renewal(self) -> None:
        self.bound()
        self.reserve("10.1.0.60")
        self.server.process.send_signal(signal.SIGHUP)
        self.server.expect("was read anew")
        self.client.renew()
        self.client.expect_address("10.1.0.60")
        self.server.expect("NAK", "nak-wrong-address")
        self.server.expect("SELECTING", "ACK 10.1.0.60")
