"""Real clients: what each of them does in the life of a lease, directly and through a relay agent."""

import signal
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from .clients import Client, Dhclient, Dhcpcd, Udhcpc
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
"""
INI = """
[{subnet}|0]
lease-time: 20
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


class Direct:
    """A client on the server's own link."""

    programs: tuple[str, ...] = ()
    server_address, other_server = "10.1.0.1", "10.1.0.3"
    gateway = "10.1.0.1"

    def build(self, yard: Yard) -> tuple[str, str]:
        server, client = yard.space("s"), yard.space("c")
        yard.link(server, "vsrv", client, "vcli")
        ip("-n", server, "addr", "add", f"{self.server_address}/24", "dev", "vsrv")
        return server, client

    def move_server(self, server: str) -> None:
        ip("-n", server, "addr", "del", f"{self.server_address}/24", "dev", "vsrv")
        ip("-n", server, "addr", "add", f"{self.other_server}/24", "dev", "vsrv")

    def occupy(self, server: str, address: str) -> None:
        """Have another host on the client's link use an address."""
        ip("-n", server, "addr", "add", f"{address}/32", "dev", "vsrv")


class Relayed:
    """A client behind dhcrelay, which adds option 82."""

    programs = ("dhcrelay",)
    server_address, other_server = "10.0.0.1", "10.0.0.3"
    gateway = "10.1.0.1"

    def build(self, yard: Yard) -> tuple[str, str]:
        server, self.relay, client = yard.space("s"), yard.space("r"), yard.space("c")
        yard.link(server, "vsrv", self.relay, "rup")
        yard.link(self.relay, "rdn", client, "vcli")
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
    """What happens to one client; the classes below say which client and how it is connected."""

    kind: type[Client]
    programs: tuple[str, ...] = ()

    def setUp(self) -> None:
        lacking = missing(*self.kind.programs, *self.programs)
        if lacking:
            raise self.skip_with(lacking)
        self.yard = Yard()
        self.addCleanup(self.yard.close)
        self.server_space, self.client_space = self.build(self.yard)
        self.mac = mac_of(self.client_space, "vcli")
        self.ini = self.yard.folder / "dhcp.ini"
        self.reserve("10.1.0.50")
        self.server = self.serve(self.server_address)
        self.client = self.kind(self.yard, self.client_space, "vcli")

    def skip_with(self, why: str) -> Exception:
        from unittest import SkipTest

        return SkipTest(why)

    def serve(self, address: str, name: str = "server") -> Any:
        return self.yard.server(self.server_space, CONF.format(server=address, ini=str(self.ini)), name)

    def reserve(self, address: str) -> None:
        text = INI.format(subnet="10.1.0.0/24", gateway=self.gateway, mac=self.mac, address=address)
        self.ini.write_text(text, encoding="ascii")

    def bound(self, broadcast: bool = False) -> None:
        self.client.start(broadcast)
        self.client.expect_address("10.1.0.50")

    def test_first_lease(self) -> None:
        self.bound()
        self.server.expect("DISCOVER", "OFFER 10.1.0.50")
        self.server.expect("SELECTING", "ACK 10.1.0.50")

    def test_first_lease_with_the_broadcast_flag(self) -> None:
        self.bound(broadcast=True)
        self.server.expect("SELECTING", "ACK 10.1.0.50")

    def test_renewal(self) -> None:
        self.bound()
        self.client.renew()
        self.server.expect("REQUEST:RENEW", "ACK 10.1.0.50")
        self.client.expect_address("10.1.0.50")

    def test_rebinding_to_another_server(self) -> None:
        self.bound()
        self.server.stop()
        self.move_server(self.server_space)
        other = self.serve(self.other_server, "other")
        other.expect("REQUEST:REBIND", "ACK 10.1.0.50")
        self.client.expect_address("10.1.0.50")

    def test_reboot(self) -> None:
        self.bound()
        self.client.crash()
        self.client.start()
        if self.kind.reboots:
            self.server.expect("REQUEST:INIT-REBOOT", "ACK 10.1.0.50")
        else:
            self.server.expect("SELECTING", "ACK 10.1.0.50", times=2)
        self.client.expect_address("10.1.0.50")

    def test_release(self) -> None:
        self.bound()
        self.client.release()
        self.server.expect("RELEASE", "released")

    def test_decline_of_an_address_that_another_host_uses(self) -> None:
        if self.kind is Dhclient:
            self.client.refuse_file.touch()
        else:
            self.client.refuse_file.with_name("check").touch()
            self.occupy(self.server_space, "10.1.0.50")
        self.client.start()
        self.server.expect("declined 10.1.0.50", "another host uses that address")

    def test_a_changed_reservation_counts_at_the_next_renewal(self) -> None:
        self.bound()
        self.reserve("10.1.0.60")
        self.server.process.send_signal(signal.SIGHUP)
        self.server.expect("was read anew")
        self.client.renew()
        self.client.expect_address("10.1.0.60")
        self.server.expect("NAK", "nak-wrong-address")
        self.server.expect("SELECTING", "ACK 10.1.0.60")


class DirectDhclientTests(Direct, LifeOfALease, SynchronousTestCase):
    kind = Dhclient


class RelayedDhclientTests(Relayed, LifeOfALease, SynchronousTestCase):
    kind = Dhclient


class DirectUdhcpcTests(Direct, LifeOfALease, SynchronousTestCase):
    kind = Udhcpc


class RelayedUdhcpcTests(Relayed, LifeOfALease, SynchronousTestCase):
    kind = Udhcpc


class DirectDhcpcdTests(Direct, LifeOfALease, SynchronousTestCase):
    kind = Dhcpcd


class RelayedDhcpcdTests(Relayed, LifeOfALease, SynchronousTestCase):
    kind = Dhcpcd
