"""Pools of a site's code in a server: what they may have in common, and who uses their addresses when it starts."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.compat import inject, install
from sdhcp.config import load
from sdhcp.extensions import dynamism, redis_dynamic
from sdhcp.interfaces import SourceLoadError
from sdhcp.leases.memory import MemoryLeases
from sdhcp.leases.settings import rules_of
from sdhcp.pools import Pool
from sdhcp.scripting.site import current_site
from sdhcp.site_pools import SitePools

from .compat_site import SiteFolder
from .lending_world import Users
from .samples import ip

CONF = 'DHCP_SERVER_IP = "127.0.0.1"\nDATABASE_ENGINE = None\n'
NOW = 1_700_000_000.0


class SitePoolTests(SiteFolder, SynchronousTestCase):
    def setUp(self):
        self.configuration = load(str(self.copied(CONF)), {}, "/", prepare=install, executed=inject)
        self.site = current_site()
        self.users = Users()
        self.store = MemoryLeases()
        self.built = []
        self.told = []

    def pool(self, *addresses, subnet="guests", look=False):
        pool = dynamism.DynamicPool(subnet, 0, 600, "guest")
        pool.add_ips(addresses, arp_addresses=look)
        return pool

    def build(self, configuration):
        self.built.append(configuration)
        return MemoryLeases()

    def served(self, *others):
        pools = SitePools(
            self.site, self.configuration, self.store, [rules_of(one).addresses for one in others], self.build,
            self.users, Clock(), lambda: NOW, lambda *line: self.told.append(line),
        )  # fmt: skip
        pools.startService()
        self.addCleanup(pools.stopService)
        return pools

    def refused(self, *others):
        return str(self.assertRaises(SourceLoadError, self.served, *others))

    def test_an_address_is_of_one_pool_alone(self):
        self.pool("10.77.1.5")
        self.pool("10.77.1.5", "10.77.1.6", subnet="phones")
        self.assertIn("'guests|0' and 'phones|0' have addresses in common", self.refused())

    def test_pools_of_conf_py_count_too(self):
        self.pool("10.77.1.5")
        self.assertIn("in common", self.refused(Pool("a", "10.77.1.1-10.77.1.9", subnet="10.77.1.0/24")))
        self.assertIn("is there twice", self.refused(Pool("guests|0", "10.77.1.9", subnet="10.77.1.0/24")))

    def test_who_uses_an_address_when_the_server_starts_holds_it(self):
        self.users.users = {ip("10.77.1.6"): b"\2\0\0\0\0\6"}
        pool = self.pool("10.77.1.5", "10.77.1.6", "10.77.1.7", look=True)
        other = self.pool("10.77.2.5", subnet="others")
        self.served()
        (lease,) = self.store.leases(pool.addresses, None, 9)
        self.assertEqual((lease.address, lease.state.value, lease.mac), (ip("10.77.1.6"), "bound", b"\2\0\0\0\0\6"))
        self.assertEqual(self.told, [("INFO", "pool guests|0: 10.77.1.6 is used by 02:00:00:00:00:06")])
        self.assertEqual(self.store.leases(other.addresses, None, 9), [])

    def test_pools_that_name_a_redis_server_have_their_leases_there(self):
        given = ("lock", "guests", 0, 600, "guest")
        pools = [redis_dynamic.DynamicPool(key, *given, host="cache") for key in ("one", "one", "two")]
        served = self.served()
        stores = [served.store_of(pool) for pool in pools]
        self.assertIs(stores[0], stores[1])
        self.assertEqual(len({id(store) for store in [self.store, *stores]}), 3)
        self.assertEqual([one.leases.prefix for one in self.built], ["one", "two"])

    def test_when_the_server_ends_nobody_is_lent_an_address(self):
        self.pool("10.77.1.5")
        self.served().stopService()
        self.assertIsNone(self.site.lending)
