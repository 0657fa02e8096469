"""Real clients of a pool, directly and through a relay agent."""

from twisted.trial.unittest import SynchronousTestCase

from ..drills.network import Switch
from .clients import Dhclient, Dhcpcd, Udhcpc
from .lives import HELD, Direct, LifeOfALease, Relayed
from .yard import Yard, ip, mac_of

POOLS = """
from sdhcp.pools import Pool

LEASES_FILE = {file!r}
POOLS = [
    Pool(
        "guests",
        "10.1.0.50-10.1.0.59",
        subnet="10.1.0.0/24",
        gateway={gateway!r},
        domain_name_servers={gateway!r},
        lease_time={lease_time},
        renewal_time=2,
        rebinding_time=5,
        probe={probe},
    ),
]
"""
NOBODY = """
[10.1.0.0/24|0]
lease-time: 20
gateway: 10.1.0.1
subnet-mask: 255.255.255.0
"""
NEXT = "10.1.0.51"


class Lent(LifeOfALease):
    """The client is lent its address."""

    gateway: str
    probe = True
    leases = "leases.sqlite3"

    def prepare(self) -> None:
        self.ini.write_text(NOBODY, encoding="ascii")

    def conf(self, address: str) -> str:
        file = str(self.yard.folder / self.leases)
        pools = POOLS.format(file=file, gateway=self.gateway, lease_time=self.kind.lease_time, probe=self.probe)
        return super().conf(address) + pools

    def join(self, yard: Yard, space: str, device: str, client: str) -> None:
        """Put the client on a link with room for another host."""
        self.switch = Switch(yard)
        self.switch.plug(space, device)
        self.switch.plug(client, "vcli")

    def squat(self, address: str) -> str:
        """Have another host on the client's link use an address; its hardware address."""
        squatter = self.yard.space("q")
        self.switch.plug(squatter, "vsqt", f"{address}/24")
        ip("-n", squatter, "route", "add", "default", "via", "10.1.0.1")
        return mac_of(squatter, "vsqt")

    def start_again(self) -> None:
        """Serve with another conf.py, or after the server has ended."""
        self.server.stop()
        self.server = self.serve(self.server_address, "again")

    def test_decline_of_an_address_that_another_host_uses(self) -> None:
        self.probe = False
        self.start_again()
        self.declines()
        self.client.expect_address(NEXT)
        self.server.expect("SELECTING", f"ACK {NEXT}")
        self.assertEqual(self.server.lines("SELECTING", f"ACK {HELD}")[1:], [])

    def test_the_same_address_after_the_server_was_restarted(self) -> None:
        self.bound()
        self.start_again()
        self.client.renew()
        self.server.expect("REQUEST:RENEW", f"ACK {HELD}")
        self.client.expect_address(HELD)

    def test_the_same_address_after_server_and_client_were_killed(self) -> None:
        self.bound()
        self.server.process.kill()
        self.server.process.wait()
        self.client.crash()
        self.start_again()
        self.client.start()
        self.client.expect_address(HELD)
        self.server.expect(f"ACK {HELD}")

    def test_the_same_address_after_a_release(self) -> None:
        self.bound()
        self.client.release()
        self.server.expect("RELEASE", "released")
        self.client.crash()
        self.client.start()
        self.client.expect_address(HELD)

    def test_an_address_that_another_host_uses_is_not_offered(self) -> None:
        squatter = self.squat(HELD)
        self.client.start()
        self.client.expect_address(NEXT)
        self.server.expect(f"{HELD} is not lent for a while", self.evidence(squatter))
        self.assertEqual(self.server.lines(f"OFFER {HELD}"), [])

    def evidence(self, squatter: str) -> str:
        """What the log says of who uses an address."""
        raise NotImplementedError


class Here(Lent, Direct):
    """On the server's own link."""

    def evidence(self, squatter: str) -> str:
        return f"used by {squatter}"


class Behind(Lent, Relayed):
    """Behind a relay agent, where nobody can tell who answers."""

    def evidence(self, squatter: str) -> str:
        return "answers an ICMP echo"


class DirectDhclientPoolTests(Here, SynchronousTestCase):
    kind = Dhclient


class RelayedDhclientPoolTests(Behind, SynchronousTestCase):
    kind = Dhclient


class DirectUdhcpcPoolTests(Here, SynchronousTestCase):
    kind = Udhcpc


class RelayedUdhcpcPoolTests(Behind, SynchronousTestCase):
    kind = Udhcpc


class DirectDhcpcdPoolTests(Here, SynchronousTestCase):
    kind = Dhcpcd


class RelayedDhcpcdPoolTests(Behind, SynchronousTestCase):
    kind = Dhcpcd
