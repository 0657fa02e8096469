"""Sites whose code is tried without a network."""

import os
import sys
import threading
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.memory import MemorySource
from sdhcp.config import ConfigurationError
from sdhcp.events import Blocked, Exchange, HookFailed
from sdhcp.hooks import InitFailed
from sdhcp.interfaces import SourceLoadError
from sdhcp.testing import (
    Place,
    Site,
    bootp,
    decline,
    discover,
    inform,
    init_reboot,
    packet,
    rebind,
    release,
    renew,
    request_selecting,
    simulate,
)
from sdhcp.wire.message import encode

from .samples import MAC, RELAY, definition, message

ADDRESS = "10.0.0.50"
PLAIN = """
DHCP_SERVER_IP = "10.0.0.1"
ALLOW_DHCP_RELAYS = True
DATABASE_ENGINE = {
    "02:00:00:00:00:01":
        {"ip": "10.0.0.50", "lease_time": 3600, "subnet": "10.0.0.0/24", "serial": 0, "hostname": "one"},
}
"""


class SimulationCase(SynchronousTestCase):
    """Writes conf.py files and makes sites of them."""

    def conf(self, text="", **files):
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        for name, content in {"conf": PLAIN + text, **files}.items():
            (folder / f"{name}.py").write_text(content, encoding="utf-8")
        return folder

    def site(self, text="", **more):
        site = Site(self.conf(text), **more)
        self.addCleanup(site.close)
        return site


class OutcomeTests(SimulationCase):
    def test_an_offer_is_read_and_its_way_told(self):
        outcome = simulate(self.conf(), discover())
        self.assertEqual((outcome.outcome, outcome.kind), ("offered", "DISCOVER"))
        self.assertEqual((outcome.reply.kind, outcome.reply.address), ("OFFER", ADDRESS))
        self.assertEqual((outcome.reply.option("lease_time"), outcome.reply.option(12)), (3600, "one"))
        self.assertEqual(outcome.reply.raw("hostname"), b"one")
        self.assertIsNone(outcome.reply.option("tftp_server_name"))
        self.assertEqual(outcome.destination, Place(ADDRESS, 68, "02:00:00:00:00:01"))
        self.assertEqual(outcome.octets, outcome.reply.octets)
        self.assertEqual((outcome.definition.hostname, outcome.steps), ("one", ()))
        self.assertEqual([type(event) for event in outcome.events], [Exchange])
        self.assertTrue(outcome.log[0].startswith("INFO : DISCOVER from 02:00:00:00:00:01 on simulated: OFFER"))

    def test_every_state_of_a_client_has_its_packet(self):
        cases = (
            (discover(), "DISCOVER", "offered"),
            (request_selecting(address=ADDRESS), "REQUEST:SELECTING", "acknowledged"),
            (init_reboot(address="10.0.0.51"), "REQUEST:INIT-REBOOT", "nak-wrong-address"),
            (renew(address=ADDRESS), "REQUEST:RENEW", "acknowledged"),
            (rebind(address=ADDRESS), "REQUEST:REBIND", "acknowledged"),
            (rebind(address=ADDRESS, giaddr="10.0.0.2"), "REQUEST:REBIND", "acknowledged"),
            (inform(address=ADDRESS), "INFORM", "informed"),
            (release(address=ADDRESS), "RELEASE", "released"),
            (decline(address=ADDRESS), "DECLINE", "declined"),
            (bootp(), "BOOTP", "bootp"),
        )
        site = self.site()
        for given, kind, outcome in cases:
            with self.subTest(kind):
                came = site.ask(given)
                self.assertEqual((came.kind, came.outcome), (kind, outcome))

    def test_a_relay_agent_is_answered_with_what_it_told(self):
        given = discover(giaddr="10.0.0.2", circuit_id="eth0:7", remote_id=b"\1\2")
        outcome = simulate(self.conf(), given)
        self.assertEqual(outcome.destination, Place("10.0.0.2", 67))
        self.assertEqual(outcome.reply.option(82), {1: b"eth0:7", 2: b"\1\2"})

    def test_octets_and_messages_come_as_such_packets_do(self):
        known = MemorySource({MAC: definition()})
        for given in (message(1, giaddr=RELAY), encode(message(1, giaddr=RELAY))):
            outcome = simulate(self.conf(), given, source=known)
            self.assertEqual((outcome.outcome, outcome.destination.ip), ("offered", "10.77.1.1"))
        renewal = simulate(self.conf(), message(3, ciaddr=definition().ip), source=known)
        self.assertEqual((renewal.kind, renewal.outcome), ("REQUEST:RENEW", "acknowledged"))

    def test_what_is_no_message_is_told_as_such(self):
        outcome = simulate(self.conf(), b"abc")
        self.assertEqual((outcome.outcome, outcome.request, outcome.reply), ("truncated", None, None))
        self.assertIn("3 octets", outcome.detail)

    def test_a_refused_packet_has_the_reason(self):
        outcome = simulate(self.conf("ALLOW_LOCAL_DHCP = False\n"), discover())
        self.assertEqual((outcome.outcome, outcome.detail), ("local-not-allowed", "ALLOW_LOCAL_DHCP is off"))
        self.assertEqual(outcome.kind, "DISCOVER")
        self.assertIsNone(outcome.reply)

    def test_an_outcome_cannot_be_changed(self):
        outcome = simulate(self.conf(), discover())
        for changed in (outcome, outcome.reply):
            self.assertRaises(AttributeError, setattr, changed, "octets", b"")


class PacketTests(SimulationCase):
    def test_options_are_named_or_numbered_and_valued_or_octets(self):
        given = packet(
            "DISCOVER",
            "02-00-00-00-00-09",
            options={"hostname": "pc", 77: b"\1a", "requested_address": "10.0.0.9", 61: None},
            vendor="PXEClient",
            client_identifier=b"\1\2",
            parameter_request_list=("router", 66),
            broadcast=True,
        ).message
        self.assertEqual(given.hardware_address, bytes.fromhex("020000000009"))
        self.assertEqual(given.flags, 0x8000)
        self.assertEqual(
            {code: octets for code, octets in given.options.items() if code != 53},
            {12: b"pc", 77: b"\1a", 50: bytes([10, 0, 0, 9]), 60: b"PXEClient", 55: bytes([3, 66])},
        )

    def test_a_client_may_ask_for_no_options(self):
        self.assertEqual(set(discover(parameter_request_list=()).message.options), {53})

    def test_what_does_not_fit_is_refused_in_words(self):
        for wrong, words in (
            (lambda: packet("OFFER"), "is no kind of packet"),
            (lambda: renew(), "REQUEST:RENEW needs an address"),
            (lambda: discover("nonsense"), "is no hardware address"),
            (lambda: discover(giaddr="10.0.0"), "is no IPv4 address"),
            (lambda: discover(circuit_id="x"), "give its giaddr too"),
            (lambda: discover(options={"tftp-server-nam": "x"}), "did you mean"),
            (lambda: discover(options={"lease_time": "long"}), "lease_time"),
        ):
            with self.subTest(words):
                self.assertIn(words, str(self.assertRaises(ValueError, wrong)))

    def test_the_server_is_one_of_the_sites(self):
        site = self.site('DHCP_SERVER_IP = ["10.0.0.1", "10.9.0.1"]\nPROXY_PORT = 4011\n')
        self.assertEqual(site.ask(discover(server="10.9.0.1")).reply.option("server_identifier"), "10.9.0.1")
        selecting = request_selecting(address=ADDRESS, server="10.9.0.1")
        self.assertEqual(site.ask(selecting).reply.option("server_identifier"), "10.9.0.1")
        self.assertRaises(ValueError, site.ask, discover(server="10.8.0.1"))
        self.assertRaises(ValueError, site.ask, discover(port=69))
        self.assertRaises(TypeError, site.ask, "DISCOVER")
        self.assertEqual(site.ask(discover(port=4011)).events[-1].arrival.local.is_proxy, True)


HOOKS = """
from staticdhcpdlib.databases.generic import Definition

def filterPacket(packet, method, mac, client_ip, relay_ip, port):
    return {"02:00:00:00:00:06": False, "02:00:00:00:00:07": None}.get(str(mac), True)

def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
    logger.warning("nobody knows %s", mac)
    if packet.getOption("vendor_class_identifier"):
        return Definition("10.0.0.99", 60, "10.0.0.0/24", 0)

def loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet):
    if str(mac).endswith("09"):
        raise ValueError("no port")
    packet.setOption("tftp_server_name", "boot.example.org")
    packet.deleteOption("hostname")
    packet.setOption("file", "x.pxe")
    packet.response_port = 6868
    return True
"""


class StepTests(SimulationCase):
    def test_each_hook_tells_what_it_was_told_gave_and_changed(self):
        outcome = simulate(self.conf(HOOKS), request_selecting(address=ADDRESS, giaddr="10.0.0.2"))
        first, last = outcome.steps
        self.assertEqual((first.hook, last.hook), ("filterPacket", "loadDHCPPacket"))
        for step in outcome.steps:
            self.assertEqual((step.method, step.mac), ("REQUEST:SELECTING", "02:00:00:00:00:01"))
            self.assertEqual((step.client_ip, step.relay_ip, step.port), (ADDRESS, "10.0.0.2", 67))
            self.assertEqual((step.answered, step.returned, step.raised, step.where), (True, True, "", ""))
        self.assertEqual(first.changes, ())
        self.assertEqual(
            [(change.what, change.name, change.after) for change in last.changes],
            [
                ("deleted", "hostname", None),
                ("set", "tftp_server_name", b"boot.example.org"),
                ("set", "file", b"x.pxe".ljust(128, b"\0")),
                ("set", "response_port", 6868),
            ],
        )
        self.assertIn('set tftp_server_name = "boot.example.org"', map(str, last.changes))
        self.assertEqual(outcome.destination.port, 6868)
        self.assertEqual((outcome.reply.option("hostname"), outcome.reply.boot_file), (None, "x.pxe"))

    def test_to_watch_changes_nothing_in_a_reply(self):
        quiet = "def loadDHCPPacket(packet, *_):\n    return True\n"
        for given in (discover(), inform(address=ADDRESS), bootp(), discover(giaddr="10.0.0.2", circuit_id="1")):
            plain, hooked = simulate(self.conf(), given), simulate(self.conf(quiet), given)
            self.assertEqual((hooked.octets, hooked.destination), (plain.octets, plain.destination))
            self.assertEqual(hooked.step("loadDHCPPacket").changes, ())

    def test_a_filter_s_no_and_none_differ(self):
        site = self.site(HOOKS)
        self.assertEqual(site.ask(discover("02:00:00:00:00:06")).outcome, "filtered")
        outcome = site.ask(discover("02:00:00:00:00:07"))
        self.assertIsNone(outcome.steps[0].returned)
        self.assertIsInstance(outcome.events[0], Blocked)
        self.assertEqual(site.ask(discover("02:00:00:00:00:06")).outcome, "filtered")
        self.assertEqual(site.ask(discover("02:00:00:00:00:07")).outcome, "blocked")

    def test_a_hook_in_a_thread_is_waited_for(self):
        outcome = simulate(self.conf(HOOKS), discover("02:00:00:00:00:02", vendor="guest"))
        step = outcome.step("handleUnknownMAC")
        self.assertEqual((step.in_thread, str(step.returned.ip)), (True, "10.0.0.99"))
        self.assertEqual((outcome.reply.address, outcome.definition.lease_time), ("10.0.0.99", 60))
        self.assertIn("WARN : nobody knows 02:00:00:00:00:02", outcome.log)

    def test_what_a_hook_raises_is_told_with_its_line(self):
        conf = self.conf(HOOKS)
        outcome = simulate(conf, discover("02:00:00:00:00:09", vendor="guest"))
        step = outcome.step("loadDHCPPacket")
        line = next(at for at, text in enumerate((PLAIN + HOOKS).splitlines(), 1) if "no port" in text)
        self.assertEqual((step.raised, step.where), ("ValueError: no port", f"{conf / 'conf.py'}:{line}"))
        self.assertIn('raise ValueError("no port")', step.trace)
        self.assertNotIn("watching", step.trace)
        self.assertEqual((outcome.outcome, outcome.reply), ("hook-failed", None))

    def test_every_failure_has_its_traceback(self):
        site = self.site("async def filterPacket(*_):\n    return 1 / 0\n")
        for mac in ("02:00:00:00:00:01", "02:00:00:00:00:02"):
            step = site.ask(discover(mac)).step("filterPacket")
            self.assertIn("return 1 / 0", step.trace)
            self.assertTrue(step.raised.startswith("ZeroDivisionError"), step.raised)

    def test_what_a_hook_gave_that_cannot_be_used_is_its_failure(self):
        outcome = simulate(self.conf("def handleUnknownMAC(*_):\n    return 5\n"), discover("02:00:00:00:00:02"))
        step = outcome.step("handleUnknownMAC")
        self.assertEqual((step.returned, outcome.outcome), (5, "hook-failed"))
        self.assertIn("is no reservation", step.raised)

    def test_octets_that_are_none_are_told_of(self):
        spoils = "def loadDHCPPacket(packet, *_):\n    packet.getOption(51).append('x')\n    return True\n"
        outcome = simulate(self.conf(spoils), discover())
        self.assertEqual(outcome.outcome, "hook-failed")
        self.assertIn("are no octets", outcome.step("loadDHCPPacket").raised)

    def test_a_hook_that_was_not_called_is_named(self):
        outcome = simulate(self.conf(HOOKS), discover("02:00:00:00:00:06"))
        error = self.assertRaises(LookupError, outcome.step, "loadDHCPPacket")
        self.assertIn("called were: filterPacket", str(error))

    def test_providers_in_hooks_are_steps_too(self):
        text = """
from zope.interface import implementer
from sdhcp.interfaces import IDefinitionChooser, IReplyEditor

@implementer(IDefinitionChooser, IReplyEditor)
class Rooms:
    def choose(self, definitions, request):
        return definitions[1]

    async def edit(self, request, definition):
        return request.packet.setOption("hostname", "room")

HOOKS = [Rooms()]
"""
        two = [{"ip": f"10.0.0.{last}", "lease_time": 60, "subnet": "10.0.0.0/24", "serial": 0} for last in (60, 61)]
        outcome = simulate(self.conf(text), discover(), source={"02:00:00:00:00:01": two})
        self.assertEqual([step.hook for step in outcome.steps], ["Rooms.choose", "Rooms.edit"])
        self.assertEqual((outcome.reply.address, outcome.reply.option("hostname")), ("10.0.0.61", "room"))


NEVER = """
from twisted.internet.defer import Deferred

def loadDHCPPacket(packet, method, mac, definition, *_):
    if definition.hostname == "never":
        return Deferred()
    return True
"""


class TimeTests(SimulationCase):
    def test_a_hook_that_never_answers_ends_when_the_server_gives_up(self):
        never = {"02:00:00:00:00:01": {"ip": ADDRESS, "lease_time": 60, "subnet": "a", "hostname": "never"}}
        site = self.site(NEVER, source=never, patience=0.02)
        first = site.ask(discover())
        self.assertEqual((first.outcome, first.is_waiting, first.reply), ("waiting", True, None))
        self.assertFalse(first.step("loadDHCPPacket").answered)
        self.assertEqual(site.ask(discover()).outcome, "pending")
        self.assertEqual(site.advance(3.9), ())
        (late,) = site.advance(0.2)
        self.assertEqual(late.outcome, "hook-failed")
        self.assertIsInstance(late.events[0], HookFailed)
        self.assertIn("no answer within 4 s", late.step("loadDHCPPacket").raised)
        self.assertFalse(late.step("loadDHCPPacket").answered)
        outcome = simulate(self.conf(NEVER), discover(), source=never, patience=0.02)
        self.assertEqual(outcome.outcome, "hook-failed")

    def test_blocks_end_with_time(self):
        site = self.site()
        stranger = discover("02:00:00:00:00:02")
        self.assertEqual(site.ask(stranger).outcome, "unknown-client")
        self.assertEqual(site.ask(stranger).outcome, "blocked")
        site.advance(61)
        self.assertEqual(site.ask(stranger).outcome, "unknown-client")

    def test_who_asks_too_often_is_suspended(self):
        site = self.site("SUSPEND_THRESHOLD = 2\nMISBEHAVING_CLIENT_TIMEOUT = 30\n")
        self.assertEqual([site.ask(discover()).outcome for _ in range(4)], ["offered", "offered", "blocked", "blocked"])
        site.advance(31)
        self.assertEqual(site.ask(discover()).outcome, "offered")

    def test_time_does_not_go_back(self):
        site = self.site()
        for seconds in (-1, float("nan")):
            self.assertRaises(ValueError, site.advance, seconds)

    def test_a_clock_may_be_shared(self):
        clock = Clock()
        site = self.site(clock=clock)
        site.ask(discover("02:00:00:00:00:02"))
        clock.advance(61)
        self.assertEqual(site.ask(discover("02:00:00:00:00:02")).outcome, "unknown-client")

    def test_repeated_trouble_is_counted_in_the_log_as_time_goes_by(self):
        site = self.site("UNAUTHORIZED_CLIENT_TIMEOUT = 600\n")
        for _ in range(4):
            site.ask(discover("02:00:00:00:00:02"))
        site.advance(61)
        self.assertIn("WARN : 2 more in the last minute", site.log[-1])

    def test_a_coroutine_that_waits_for_the_time_goes_on_with_it(self):
        site = self.site(
            "from twisted.internet.defer import Deferred\nwaiting = []\n"
            "async def loadDHCPPacket(packet, *_):\n"
            "    waiting.append(Deferred())\n    logger.warning('waits')\n    await waiting[-1]\n"
            "    logger.warning('goes on')\n    return packet.setOption('hostname', 'late')\n",
            patience=0.02,
        )
        self.assertEqual(site.ask(discover()).log, ("WARN : waits",))
        site.clock.callLater(2, lambda: site.configuration.site.module.waiting[0].callback(None))
        (late,) = site.advance(3)
        self.assertEqual((late.outcome, late.reply.option("hostname")), ("offered", "late"))
        self.assertEqual(late.log[:2], ("WARN : waits", "WARN : goes on"))


CALLBACKS = """
from staticdhcpdlib import config, system
seen = []
callbacks.systemAddTickHandler(lambda: seen.append("tick"))
callbacks.systemAddReinitHandler(lambda: seen.append("reinit"))
callbacks.statsAddHandler(lambda statistics: seen.append(statistics.method))

def init():
    seen.append("init")

def filterPacket(packet, method, mac, *_):
    if str(mac).endswith("ff"):
        config.AUTHORITATIVE = True
    return True
"""


class SiteTests(SimulationCase):
    def test_what_the_site_has_registered_is_called(self):
        site = self.site(CALLBACKS)
        seen = site.configuration.site.module.seen
        site.tick()
        site.ask(discover())
        self.assertEqual(site.reload(), "")
        self.assertEqual(seen, ["init", "tick", "DISCOVER", "reinit"])

    def test_a_setting_that_code_assigns_counts(self):
        site = self.site(CALLBACKS)
        self.assertEqual(site.ask(init_reboot("02:00:00:00:00:05", "10.0.0.9")).outcome, "unknown-client")
        site.ask(release("02:00:00:00:00:ff", "10.0.0.9"))
        self.assertEqual(site.ask(init_reboot("02:00:00:00:00:05", "10.0.0.9")).outcome, "nak-unknown")

    def test_a_file_is_read_anew(self):
        ini = "[10.0.0.0/24|0]\nlease-time: 60\n\n[{}]\nip: 10.0.0.7\nsubnet: 10.0.0.0/24\nserial: 0\n"
        folder = self.conf('DATABASE_ENGINE = "INI"\nINI_FILE = "dhcp.ini"\n')
        (folder / "dhcp.ini").write_text(ini.format("02:00:00:00:00:01"), encoding="utf-8")
        with Site(folder) as site:
            self.assertEqual(site.ask(discover()).reply.address, "10.0.0.7")
            (folder / "dhcp.ini").write_text(ini.format("02:00:00:00:00:02"), encoding="utf-8")
            self.assertEqual(site.reload(), "")
            self.assertEqual(site.ask(discover()).outcome, "unknown-client")
            (folder / "dhcp.ini").write_text("[nonsense\n", encoding="utf-8")
            self.assertIn("dhcp.ini:1", site.reload())
            self.assertIn("CRITICAL", site.log[-1])

    def test_sources_of_every_form_take_the_place_of_the_configured_one(self):
        entry = {"ip": "10.0.0.77", "lease_time": 60, "subnet": "10.0.0.0/24"}
        here = threading.get_ident()
        threads = []

        def look_up(key):
            threads.append(threading.get_ident())
            return entry

        async def look_up_later(key):
            return entry

        class Database:
            def lookupMAC(self, mac):
                return entry

        for source in ({"02:00:00:00:00:01": entry}, look_up, look_up_later, Database, Database()):
            with self.subTest(source=source):
                self.assertEqual(simulate(self.conf(), discover(), source=source).reply.address, "10.0.0.77")
        self.assertNotIn(here, threads)
        self.assertEqual(simulate(self.conf(), discover(), source=None).outcome, "unknown-client")

    def test_a_source_that_raises_is_told_as_by_the_server(self):
        def broken(key):
            raise OSError("gone")

        outcome = simulate(self.conf(), discover(), source=broken)
        self.assertEqual(outcome.outcome, "source-unavailable")
        self.assertIn("OSError: gone", "".join(outcome.log))

    def test_what_is_wrong_is_raised(self):
        self.assertRaises(ConfigurationError, Site, self.conf("DATABASE_ENGINE ="))
        self.assertRaises(ConfigurationError, Site, self.conf("HOOKS = [5]\n"))
        self.assertRaises(ConfigurationError, Site, "/nowhere/conf.py")
        self.assertRaises(InitFailed, Site, self.conf("def init():\n    raise ValueError\n"))
        never = "from twisted.internet.defer import Deferred\ninit = Deferred\n"
        self.assertIn("within 0.02 s", str(self.assertRaises(InitFailed, Site, self.conf(never), patience=0.02)))
        self.assertRaises(SourceLoadError, Site, self.conf(), source={"x": 5})

    def test_what_an_operator_should_know_is_in_the_log(self):
        site = self.site("PROXY_PORT = 4011\nPXE_PORT = 4012\n")
        self.assertIn("PROXY_PORT: the same setting as PXE_PORT", site.log[0])

    def test_pools_lend_from_memory(self):
        pools = "from sdhcp.pools import Pool\nPOOLS = [Pool('guests', '10.0.0.100-10.0.0.{}', subnet='10.0.0.0/24')]\n"
        site = self.site(pools.format(199))
        asked = site.ask(discover("02:00:00:00:00:09"))
        self.assertEqual((asked.outcome, asked.reply.message.yiaddr), ("offered", bytes([10, 0, 0, 100])))
        self.assertRaises(ConfigurationError, Site, self.conf(pools.format(9)))

    def test_nothing_of_a_conf_py_stays_in_the_process(self):
        path, conf = list(sys.path), sys.modules.get("conf")
        for said in ("one", "two"):
            text = "import own_words\ndef loadDHCPPacket(packet, *_):\n"
            text += "    return packet.setOption('hostname', own_words.SAID)\n"
            folder = self.conf(text, own_words=f"SAID = {said!r}\n")
            self.assertEqual(simulate(folder / "conf.py", discover()).reply.option("hostname"), said)
        self.assertRaises(ConfigurationError, Site, self.conf("DHCP_SERVER_PORT = 'x'\n"))
        self.assertNotIn("own_words", sys.modules)
        self.assertEqual((sys.path, sys.modules.get("conf")), (path, conf))

    def test_two_sites_may_be_there_at_a_time(self):
        text = "from staticdhcpdlib import config\ndef loadDHCPPacket(packet, *_):\n"
        text += "    return packet.setOption('hostname', config.X_NAME)\n"
        first, second = (self.site(f"{text}X_NAME = {name!r}\n") for name in ("first", "second"))
        for site, name in ((first, "first"), (second, "second"), (first, "first")):
            self.assertEqual(site.ask(discover()).reply.option("hostname"), name)

    def test_the_end_of_one_site_is_none_of_another_s(self):
        text = (
            "def loadDHCPPacket(packet, *_):\n    import words\n    return packet.setOption('hostname', words.SAID)\n"
        )
        clock = Clock()
        with Site(self.conf(), clock=clock):
            site = Site(self.conf(text, words="SAID = 'here'\n"), clock=clock)
            self.addCleanup(site.close)
        self.assertEqual(clock.seconds(), 0)
        self.assertEqual(site.ask(discover()).reply.option("hostname"), "here")

    def test_no_cache_of_the_servers_is_touched(self):
        folder = self.conf('USE_CACHE = True\nDISK_CACHE = True\nDISK_CACHE_PERSISTENT = "kept"\n')
        self.assertEqual(simulate(folder, discover(), source=lambda key: None).outcome, "unknown-client")
        self.assertNotIn("kept", os.listdir(folder))
