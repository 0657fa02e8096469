"""What every source of definitions keeps to, whatever it reads from."""

from dataclasses import replace

from twisted.internet import reactor
from twisted.internet.defer import gatherResults, maybeDeferred
from twisted.internet.task import Clock
from zope.interface.verify import verifyObject

from sdhcp.backends.cached import CachedSource
from sdhcp.backends.identified import IdentifiedSource
from sdhcp.backends.reservation import combine, host_fields, subnet_fields, without_host
from sdhcp.config.settings import CacheSettings
from sdhcp.interfaces import (
    UNKNOWN,
    BadReservation,
    ClientFailed,
    IDefinitionSource,
    IEnumerableSource,
    IHealth,
    IPeekable,
    IRefreshable,
    IReloadable,
    IRemoteSource,
    ISubnetSource,
)
from sdhcp.model import Definition, Query

from .samples import MAC, arrival, ip, message

SUBNETS = [
    {
        "subnet": "10.77.0.0/16", "serial": 0, "lease_time": 600,
    },
    {
        "subnet": "10.77.1.0/24", "serial": 0, "lease_time": 3600, "gateway": "10.77.1.1, 10.77.1.2",
        "subnet_mask": "255.255.255.0", "broadcast_address": "10.77.1.255", "domain_name": "example.org",
        "domain_name_servers": "10.77.0.53,10.77.0.54", "ntp_servers": "10.77.0.123",
    },
    {"subnet": "10.77.1.0/24", "serial": 1, "lease_time": 7200, "subnet_mask": "255.255.255.0"},
    {"subnet": "a room", "serial": 0, "lease_time": 60},
]  # fmt: skip
HOSTS = [
    {"mac": "02:00:5e:00:01:01", "ip": "10.77.1.50", "hostname": "known", "subnet": "10.77.1.0/24", "serial": 0},
    {"mac": "02:00:5e:00:01:02", "ip": "10.77.1.51", "subnet": "10.77.1.0/24", "serial": 1},
    {"mac": "02:00:5e:00:01:03", "ip": "10.9.9.9", "hostname": "bücher", "subnet": "a room", "serial": 0},
    {"mac": "02:00:5e:00:01:aa", "ip": "10.77.9.9", "hostname": "wide", "subnet": "10.77.0.0/16", "serial": 0},
]
EXPECTED = {
    "02:00:5e:00:01:01": Definition(
        ip("10.77.1.50"), 3600, "10.77.1.0/24", 0, "known", (ip("10.77.1.1"), ip("10.77.1.2")), ip("255.255.255.0"),
        ip("10.77.1.255"), "example.org", (ip("10.77.0.53"), ip("10.77.0.54")), (ip("10.77.0.123"),),
    ),
    "02:00:5e:00:01:02": Definition(ip("10.77.1.51"), 7200, "10.77.1.0/24", 1, subnet_mask=ip("255.255.255.0")),
    "02:00:5e:00:01:03": Definition(ip("10.9.9.9"), 60, "a room", 0, "bücher"),
    "02:00:5e:00:01:aa": Definition(ip("10.77.9.9"), 600, "10.77.0.0/16", 0, "wide"),
}  # fmt: skip
FIRST = HOSTS[0]["mac"]
STRANGER = "02:00:5e:00:01:99"
CIRCUIT = "circuit-id:eth 1/1/04:7"
OWN = {"room": "12", "option-66": "boot.example.org", "lease-time": "99"}
"""The site's own fields of a host, as a host's ``own`` holds them: each store has its own way to say them."""
OWN_COLUMNS = ("room", "option_66", "lease_time")


def octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def asked(mac: str | bytes = MAC, options=None) -> Query:
    """The question that a client's packet puts."""
    return Query(message(1, options, chaddr=octets(mac) if isinstance(mac, str) else mac), arrival())


def known_by(key: str) -> Query:
    """The question about a client that is known by a key."""
    return asked().known_by(key)


def columns(host):
    """A host's row: its own fields as columns of the names that EXTRA_MAPS has for them."""
    row = {key: value for key, value in host.items() if key != "own"}
    return {**row, **{key.replace("-", "_"): value for key, value in host.get("own", {}).items()}}


def record(host, subnets):
    """A host with all that its subnet says, as an HTTP service or a site's code tells it; own fields in ``extra``."""
    subnet = next(one for one in subnets if (one["subnet"], one["serial"]) == (host["subnet"], host["serial"]))
    own = host.get("own")
    return {**subnet, **{key: value for key, value in host.items() if key != "own"}, **({"extra": own} if own else {})}


def definitions(subnets, hosts):
    """What subnets and hosts come to."""
    shared = {}
    for subnet in subnets:
        fields = {key: value for key, value in subnet.items() if key not in ("subnet", "serial")}
        shared[subnet["subnet"], subnet["serial"]] = without_host(
            subnet["subnet"], subnet["serial"], subnet_fields(fields, {}), {}
        )
    found = {}
    for host in hosts:
        own = {f"maps.{name}": value for name, value in host.get("own", {}).items()}
        fields = {key: value for key, value in host.items() if key not in ("mac", "own")}
        found[host["mac"]] = combine(host_fields(fields, own), shared[host["subnet"], host["serial"]], own or None)
    return found


def plain(definition):
    """A definition without columns of the site's own that are empty."""
    if definition is None or any((definition.extra or {}).values()):
        return definition
    return replace(definition, extra=None)


class SourceContract:
    """Twenty cases, mixed into a test case of trial (the asynchronous one) that says how its store is filled.

    ``open(subnets, hosts)`` fills an empty store and gives the source, not started yet, as a value, a Deferred or
    a coroutine;
    ``change(subnets, hosts)`` has the store hold those instead, and is done when the source may be asked.
    The store need not be refilled whole if what it holds in the end is the same.
    """

    checks_entries_when_read = False
    """Whether an entry that is not in order is refused when the store is read, not when its client asks."""

    async def find(self, source, query):
        found = await source.lookup(query)
        if IPeekable.providedBy(source):
            peeked = source.peek(query)
            if peeked is not UNKNOWN:
                self.assertEqual(peeked, found)
        return found

    async def address_of(self, source, key):
        found = await self.find(source, known_by(key))
        return found and found.ip

    async def test_01_is_what_it_says_it_is(self):
        source = await self.opened(SUBNETS, HOSTS)
        verifyObject(IDefinitionSource, source)
        also = (IPeekable, IRefreshable, ISubnetSource, IEnumerableSource, IReloadable, IRemoteSource, IHealth)
        for interface in also:
            if interface.providedBy(source):
                verifyObject(interface, source)
        self.assertTrue(source.name)

    async def test_02_knows_each_client_in_full(self):
        source = await self.opened(SUBNETS, HOSTS)
        for mac, definition in EXPECTED.items():
            self.assertEqual(plain(await self.find(source, asked(mac))), definition)

    async def test_03_does_not_know_a_stranger(self):
        source = await self.opened(SUBNETS, HOSTS)
        for stranger in (STRANGER, b"", b"\2", bytes(16)):
            self.assertIsNone(await self.find(source, asked(stranger)))

    async def test_04_knows_nobody_where_nobody_is(self):
        source = await self.opened([], [])
        self.assertIsNone(await self.find(source, asked()))

    async def test_05_a_client_without_a_host_name_has_none(self):
        hosts = [{**HOSTS[0], "hostname": None}, {**HOSTS[1], "hostname": ""}, HOSTS[2]]
        source = await self.opened(SUBNETS, hosts)
        self.assertIsNone((await self.find(source, asked(FIRST))).hostname)
        self.assertIsNone((await self.find(source, asked(HOSTS[1]["mac"]))).hostname)

    async def test_06_any_letters_in_a_host_name(self):
        source = await self.opened(SUBNETS, [{**HOSTS[0], "hostname": "дом-家"}])
        self.assertEqual((await self.find(source, asked())).hostname, "дом-家")

    async def test_07_lists_of_addresses_however_they_are_spaced(self):
        subnets = [{**SUBNETS[1], "gateway": " 10.77.1.1 ,10.77.1.2,", "ntp_servers": ""}]
        found = await self.find(await self.opened(subnets, HOSTS[:1]), asked())
        self.assertEqual((found.gateways, found.ntp_servers), ((ip("10.77.1.1"), ip("10.77.1.2")), ()))

    async def test_08_a_changed_address_counts(self):
        source = await self.opened(SUBNETS, HOSTS)
        self.assertEqual(await self.address_of(source, FIRST), ip("10.77.1.50"))
        await self.changed(SUBNETS, [{**HOSTS[0], "ip": "10.77.1.60"}, *HOSTS[1:]])
        self.assertEqual(await self.address_of(source, FIRST), ip("10.77.1.60"))

    async def test_09_a_client_that_was_removed_is_not_known(self):
        source = await self.opened(SUBNETS, HOSTS)
        self.assertIsNotNone(await self.address_of(source, FIRST))
        await self.changed(SUBNETS, HOSTS[1:])
        self.assertIsNone(await self.address_of(source, FIRST))

    async def test_10_a_stranger_that_was_added_is_known(self):
        source = await self.opened(SUBNETS, HOSTS)
        self.assertIsNone(await self.address_of(source, STRANGER))
        await self.changed(SUBNETS, [*HOSTS, {**HOSTS[0], "mac": STRANGER, "ip": "10.77.1.70"}])
        self.assertEqual(await self.address_of(source, STRANGER), ip("10.77.1.70"))

    async def test_11_a_changed_subnet_counts_for_its_clients(self):
        source = await self.opened(SUBNETS, HOSTS)
        self.assertEqual((await self.find(source, asked())).lease_time, 3600)
        subnet = {**SUBNETS[1], "lease_time": 1800, "gateway": "10.77.1.9"}
        await self.changed([SUBNETS[0], subnet, *SUBNETS[2:]], HOSTS)
        found = await self.find(source, asked())
        self.assertEqual((found.lease_time, found.gateways), (1800, (ip("10.77.1.9"),)))

    async def test_12_two_serials_of_a_subnet_are_two_subnets(self):
        source = await self.opened(SUBNETS, HOSTS)
        times = [(await self.find(source, asked(host["mac"]))).lease_time for host in HOSTS[:2]]
        self.assertEqual(times, [3600, 7200])

    async def test_13_several_clients_share_an_address(self):
        # The tables keep an address from standing twice in one subnet, so the second one is in another.
        twin = {**HOSTS[0], "mac": STRANGER, "serial": 1}
        source = await self.opened(SUBNETS, [HOSTS[0], twin])
        for mac in (FIRST, STRANGER):
            self.assertEqual(await self.address_of(source, mac), ip("10.77.1.50"))

    async def test_14_fields_of_the_sites_own_come_with_the_client(self):
        source = await self.opened(SUBNETS, [{**HOSTS[0], "own": {"room": "12"}}, HOSTS[1]])
        extra = (await self.find(source, asked())).extra
        self.assertEqual({name.rpartition(".")[2]: value for name, value in extra.items() if value}, {"room": "12"})

    async def test_15_own_fields_that_name_options_are_options(self):
        source = await self.opened(SUBNETS, [{**HOSTS[0], "own": {"option-66": "boot.example.org"}}, HOSTS[1]])
        self.assertEqual((await self.find(source, asked())).options, {66: b"boot.example.org"})

    async def test_16_a_hosts_own_lease_time_goes_before_its_subnets(self):
        source = await self.opened(SUBNETS, [{**HOSTS[0], "own": {"lease-time": "99"}}, HOSTS[2]])
        self.assertEqual((await self.find(source, asked())).lease_time, 99)
        self.assertEqual((await self.find(source, asked(HOSTS[2]["mac"]))).lease_time, 60)

    async def test_17_an_entry_that_is_not_in_order_costs_its_own_client_alone(self):
        hosts = [{**HOSTS[0], "ip": "10.77.1.500"}, *HOSTS[1:]]
        if self.checks_entries_when_read:
            error = await self.assertFailure(self.attempt(SUBNETS, hosts), Exception)
            self.assertIn("10.77.1.500", str(error))
            return
        source = await self.opened(SUBNETS, hosts)
        # What a site's own code raises says what it wants to.
        error = await self.assertFailure(source.lookup(asked()), BadReservation, ClientFailed)
        for part in ("10.77.1.500",) if isinstance(error, ClientFailed) else (FIRST, "ip", "10.77.1.500"):
            self.assertIn(part, str(error))
        self.assertEqual(await self.address_of(source, HOSTS[1]["mac"]), ip("10.77.1.51"))

    async def test_18_many_at_once_each_get_their_own(self):
        hosts = [
            {**HOSTS[0], "mac": f"02:00:5e:00:02:{number:02x}", "ip": f"10.77.1.{number + 1}"} for number in range(200)
        ]
        source = await self.opened(SUBNETS, hosts)
        found = await gatherResults([source.lookup(known_by(host["mac"])) for host in hosts])
        self.assertEqual([one.ip for one in found], [ip(host["ip"]) for host in hosts])

    async def test_19_one_client_that_asks_often_at_once(self):
        source = await self.opened(SUBNETS, HOSTS)
        found = await gatherResults([source.lookup(asked()) for _ in range(50)])
        self.assertEqual([plain(one) for one in found], [EXPECTED[FIRST]] * 50)

    async def test_20_clients_that_are_known_by_other_keys(self):
        hosts = [{**HOSTS[0], "mac": CIRCUIT}, HOSTS[1]]
        source = IdentifiedSource(await self.opened(SUBNETS, hosts), ("circuit-id", "mac"))
        circuit = CIRCUIT.partition(":")[2].encode()
        with_circuit = {82: bytes([1, len(circuit)]) + circuit}
        self.assertEqual((await self.find(source, asked(STRANGER, with_circuit))).ip, ip("10.77.1.50"))
        self.assertEqual((await self.find(source, asked(HOSTS[1]["mac"]))).ip, ip("10.77.1.51"))
        for odd in ("circuit-id:' OR 1=1 --", 'circuit-id:"', "circuit-id:0x00ff", "client-identifier:" + "x" * 255):
            self.assertIsNone(await self.find(source, asked(STRANGER).known_by(odd)))

    async def opened(self, subnets, hosts):
        source = self.in_front(await self.attempt(subnets, hosts))
        if IRemoteSource.providedBy(source):
            source.start()
            self.addCleanup(source.stop)
        return source

    def attempt(self, subnets, hosts):
        return maybeDeferred(self.open, subnets, hosts)

    async def changed(self, subnets, hosts):
        await maybeDeferred(self.change, subnets, hosts)

    def in_front(self, source):
        """What the cases ask instead of the source itself."""
        return source


class CachedContract(SourceContract):
    """The same with a cache in front.

    What was asked for is asked for again within its time; what was changed, after it. A store that tells its
    changes overrides ``changed`` so that no time passes.
    """

    cache_settings = CacheSettings(enabled=True)

    def in_front(self, source):
        self.time = Clock()
        return CachedSource(source, self.cache_settings, reactor, self.time.seconds, self.second_cache())

    def second_cache(self):
        """A cache behind the process's memory, by the clock ``self.time``."""
        return None

    async def find(self, source, query):
        found = await super().find(source, query)
        self.assertEqual(await source.lookup(query), found)
        return found

    async def changed(self, subnets, hosts):
        await super().changed(subnets, hosts)
        self.time.advance(CacheSettings().age + 1)


class ListContract:
    """For sources that can list what they hold, and that know their subnets."""

    async def test_lists_every_client(self):
        source = await self.opened(SUBNETS, HOSTS)
        self.assertEqual({key: plain(found) for key, found in source.reservations()}, EXPECTED)

    async def test_lists_nobody_where_nobody_is(self):
        source = await self.opened([], [])
        self.assertEqual(list(source.reservations()), [])
        self.assertIsNone(source.subnet_of(ip("10.77.1.9")))

    async def test_the_narrowest_subnet_and_its_lowest_serial_hold_an_address(self):
        source = await self.opened(SUBNETS, HOSTS)
        found = source.subnet_of(ip("10.77.1.9")).definition
        self.assertEqual((found.ip, found.hostname, found.lease_time), (bytes(4), None, 3600))
        self.assertEqual(source.subnet_of(ip("10.77.2.9")).definition.lease_time, 600)
        self.assertIsNone(source.subnet_of(ip("10.78.0.1")))
