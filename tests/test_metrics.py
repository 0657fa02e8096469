"""What Prometheus reads."""

import json
import re
import shutil
import subprocess
from types import SimpleNamespace
from unittest import SkipTest

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as families
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sdhcp import __version__, events
from sdhcp.interfaces import ILayered, IWebMethod, SourceError, WebQuestion
from sdhcp.lookups import Lookups
from sdhcp.metrics import page as metrics_page
from sdhcp.metrics.exposition import exposition
from sdhcp.metrics.measuring import EDGES, Cached, Meters, Waited, measured
from sdhcp.metrics.page import MetricsPage
from sdhcp.metrics.reloads import Reloads
from sdhcp.metrics.table import METRICS, PROCESS
from sdhcp.model import PoolCounts
from sdhcp.service import Server
from sdhcp.stats import Counters
from sdhcp.traffic.frames import Traffic
from sdhcp.traffic.latency import upper_edge
from sdhcp.web.facts import PoolFacts, SourceFacts

from .metrics_document import DOCUMENT, document
from .netns.yard import ROOT
from .site_case import SiteCase
from .test_events import DROPPED, EVERY, EXCHANGE, MALFORMED
from .web_case import WITH_PASSWORD, WebCase

OPEN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
TOKEN = "viewer-token-0123456789"
WITH_TOKEN = f'WEB_API_TOKENS = {{"prometheus": ("{TOKEN}", "viewer")}}\nWEB_IP = "127.0.0.1"\n'
COUNTS = PoolCounts(254, 5, 1, 3, 2, 4, 239)
PACKAGING = ROOT / "packaging"


def meters(**changes):
    """Meters of a server that has seen one event of each kind."""
    counters, traffic, reloads = Counters(), Traffic(0.0, 0.0), Reloads()
    for event, _ in EVERY:
        for observer in (counters, traffic, reloads):
            if observer.wants(type(event)):
                observer.observe(event)
    values = {
        "counters": counters, "reloads": reloads, "started": 1_700_000_000.0, "traffic": traffic.lifetime,
        "is_serving": lambda: True,
        "sources": lambda: [SourceFacts("hosts", "source", ""), SourceFacts("memcached", "cache", "is away")],
        "lookups": lambda: Waited(3, 0.25),
        "cached": lambda: Cached(10, 2, {"memory": 7, "disk": 9}),
        "queues": lambda: [("lookups", 1)],
        "sheds": lambda: [("clients", 4), ("clients", 1)],
        "log_lost": lambda: [("packets", 6)],
        "alerts_failed": lambda: [("lost", 1), ("refused", 0)],
    }  # fmt: skip
    return Meters(**{**values, **changes})


def text_of(pools=(("guests", COUNTS),), accept="", **changes):
    return exposition(measured(meters(**changes), pools), accept)


def samples(text, parse=families):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in parse(text)
        for sample in family.samples
    }


class ExpositionTests(SynchronousTestCase):
    def test_everything_that_was_counted_is_there(self):
        mimetype, data = text_of()
        self.assertEqual(mimetype, "text/plain; version=0.0.4; charset=utf-8")
        found = samples(data.decode())
        for key, value in {
            ("sdhcp_start_time_seconds",): 1_700_000_000,
            ("sdhcp_serving",): 1,
            ("sdhcp_exchanges_total", "DISCOVER", "offered"): 1,
            ("sdhcp_dropped_total", "giaddr"): 1,
            ("sdhcp_malformed_total", "truncated"): 1,
            ("sdhcp_events_total", "SendFailed"): 3,
            ("sdhcp_source_up", "hosts", "source"): 1,
            ("sdhcp_source_up", "cache", "memcached"): 0,
            ("sdhcp_lookup_duration_seconds_count",): 3,
            ("sdhcp_lookup_duration_seconds_sum",): 0.25,
            ("sdhcp_cache_answers_total", "fresh"): 10,
            ("sdhcp_cache_answers_total", "stale"): 2,
            ("sdhcp_cache_clients", "disk"): 9,
            ("sdhcp_pool_addresses", "guests"): 254,
            ("sdhcp_pool_leases", "bound", "guests"): 5,
            ("sdhcp_pool_leases", "free", "guests"): 239,
            ("sdhcp_queue_length", "lookups"): 1,
            ("sdhcp_shed_total", "clients"): 5,
            ("sdhcp_log_lines_lost_total", "packets"): 6,
            ("sdhcp_alerts_failed_total", "lost"): 1,
            ("sdhcp_reloads_total", "ok"): 1,
            ("sdhcp_reloads_total", "failed"): 1,
            ("sdhcp_last_reload_ok",): 0,
        }.items():
            self.assertEqual(found.get(key), value, key)
        (build,) = [key for key in found if key[0] == "sdhcp_build_info"]
        self.assertIn(__version__, build)

    def test_both_forms_say_the_same(self):
        mimetype, data = text_of(accept=OPEN)
        self.assertTrue(mimetype.startswith("application/openmetrics-text"), mimetype)
        self.assertTrue(data.endswith(b"# EOF\n"))

        def own(found):
            return {key: value for key, value in found.items() if key[0].startswith("sdhcp")}

        self.assertEqual(own(samples(data.decode(), open_metrics)), own(samples(text_of()[1].decode())))

    def test_times_of_packets_are_in_buckets_that_contain_each_other(self):
        traffic = Traffic(0.0, 0.0)
        times = (0.00001, 0.00005, 0.001, 0.2, 60.0)
        for elapsed in times:
            traffic.observe(EXCHANGE._replace(elapsed=elapsed))
        found = samples(text_of(traffic=traffic.lifetime)[1].decode())
        name = "sdhcp_exchange_duration_seconds"
        for edge in map(upper_edge, EDGES):
            self.assertEqual(found[f"{name}_bucket", str(edge)], sum(one < edge for one in times), edge)
        self.assertEqual(found[f"{name}_bucket", "+Inf"], 5)
        self.assertEqual(found[f"{name}_count",], 5)
        self.assertAlmostEqual(found[f"{name}_sum",], sum(times))

    def test_frames_that_are_over_still_count(self):
        traffic = Traffic(0.0, 0.0, interval=10, frames=2)
        for now in (1.0, 11.0, 1000.0):
            traffic.observe(EXCHANGE._replace(now=now))
        self.assertEqual(
            samples(text_of(traffic=traffic.lifetime)[1].decode())["sdhcp_exchange_duration_seconds_count",], 3
        )

    def test_without_a_cache_and_pools_their_metrics_are_empty(self):
        names = {key[0] for key in samples(text_of((), cached=lambda: None)[1].decode())}
        self.assertFalse(names & {"sdhcp_cache_clients", "sdhcp_cache_answers_total", "sdhcp_pool_leases"})

    def test_what_operators_have_called_things_cannot_break_the_text(self):
        odd = 'a "pool"\nwith \\ all {of} it'
        self.assertIn(("sdhcp_pool_addresses", odd), samples(text_of([(odd, COUNTS)])[1].decode()))

    def test_of_two_sources_of_one_name_the_one_that_is_unwell_counts(self):
        sources = [SourceFacts("hosts", "source", ""), SourceFacts("hosts", "source", "away")]
        for order in (sources, sources[::-1]):
            found = samples(text_of(sources=lambda order=order: order)[1].decode())
            self.assertEqual(found["sdhcp_source_up", "hosts", "source"], 0)

    def test_the_document_has_every_metric(self):
        self.assertEqual(DOCUMENT.read_text(encoding="utf-8"), document())
        given = {family.name for family in families(text_of()[1].decode())}
        self.assertEqual(given, {one.name for one in (*METRICS, *PROCESS)})


class PageTests(SiteCase, TestCase):
    timeout = 60

    async def asked(self, page, **headers):
        answer = await page.render(WebQuestion("/metrics", {}, headers))
        return samples(answer.data.decode())

    async def test_a_server_tells_of_its_own_parts(self):
        self.load("")
        server = Server(self.configuration, None, reactor)
        page = server._console.console._front.methods["/metrics"]
        verifyObject(IWebMethod, page)
        for event in (EXCHANGE, DROPPED, MALFORMED, events.Reloaded(0.0, "INI", "")):
            server.publisher.publish(event)
        before = await self.asked(page)
        self.assertEqual(before["sdhcp_exchanges_total", "DISCOVER", "offered"], 1)
        self.assertEqual(before["sdhcp_exchange_duration_seconds_count",], 1)
        self.assertEqual(before["sdhcp_serving",], 0)
        self.assertEqual(before["sdhcp_reloads_total", "ok"], 1)
        self.assertEqual(before["sdhcp_last_reload_ok",], 1)
        self.assertEqual(before["sdhcp_queue_length", "alerts"], 0)
        self.assertEqual(before["sdhcp_events_total", "HookFailed"], 0)
        self.assertGreater(before["process_resident_memory_bytes",], 1e6)
        server.publisher.publish(events.Reloaded(0.0, "INI", "dhcp.ini:3: nonsense"))
        self.assertEqual((await self.asked(page))["sdhcp_last_reload_ok",], 0)

    async def test_a_store_that_does_not_answer_costs_its_own_pools_alone(self):
        self.patch(metrics_page, "PATIENCE", 0.01)
        results = iter((COUNTS, succeed(COUNTS), fail(SourceError("away")), Deferred(), None))

        class Store:
            def counts(self, addresses, now):
                return next(results)

        pools = [PoolFacts(name, None, Store()) for name in ("a", "b", "away", "late", "none")]
        found = await self.asked(MetricsPage(meters(), lambda: pools, lambda: 0.0, reactor, True))
        self.assertEqual([key[1] for key in found if key[0] == "sdhcp_pool_addresses"], ["a", "b"])


class AccessTests(WebCase):
    def give(self, conf):
        self.serve(conf)
        public = self.configuration.web.metrics_public
        self.console.add_method(MetricsPage(meters(), tuple, lambda: 0.0, reactor, not public))

    async def test_without_a_password_who_reaches_the_console_may_read(self):
        self.give("")
        answer = await self.ask("/metrics")
        self.assertEqual(
            (answer.status, answer.headers["content-type"]), (200, "text/plain; version=0.0.4; charset=utf-8")
        )
        self.assertIn("# TYPE sdhcp_exchanges_total counter", answer.text)
        self.assertTrue((await self.ask("/metrics", headers={"Accept": OPEN})).text.endswith("# EOF\n"))
        self.assertEqual((await self.ask("/metrics", "POST")).status, 405)

    async def test_where_there_are_credentials_it_wants_a_token_or_the_password(self):
        self.give(WITH_TOKEN + WITH_PASSWORD)
        self.assertEqual((await self.ask("/metrics")).status, 401)
        self.assertEqual((await self.ask("/metrics", headers={"Authorization": "Bearer " + "x" * 20})).status, 401)
        self.assertEqual((await self.ask("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).status, 200)
        self.assertEqual((await self.as_admin("/metrics")).status, 200)

    async def test_a_token_alone_closes_it_too(self):
        self.give(WITH_TOKEN)
        self.assertEqual((await self.ask("/metrics")).status, 401)
        self.assertEqual((await self.ask("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).status, 200)

    async def test_it_may_be_opened_for_everybody(self):
        self.give(WITH_TOKEN + WITH_PASSWORD + "WEB_METRICS_PUBLIC = True\n")
        self.assertEqual((await self.ask("/metrics")).status, 200)
        self.assertEqual((await self.ask("/console/log")).status, 401)


def promtool(*arguments, data=None):
    """Run promtool, where there is one."""
    program = shutil.which("promtool")
    if program is None:
        raise SkipTest("promtool is not installed: it comes with the Debian package prometheus")
    return subprocess.run([program, *arguments], input=data, capture_output=True, check=False, timeout=60)


class PrometheusTests(SynchronousTestCase):
    """The rules and the dashboard that are shipped."""

    def test_promtool_finds_nothing_wrong_with_the_metrics(self):
        done = promtool("check", "metrics", data=text_of()[1])
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_the_rules_fire_when_they_should(self):
        for arguments in (("check", "rules", "sdhcp.rules.yml"), ("test", "rules", "sdhcp.tests.yml")):
            *command, name = arguments
            done = promtool(*command, str(PACKAGING / "prometheus" / name))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_rules_and_dashboard_name_metrics_that_there_are(self):
        known = {one.shown for one in (*METRICS, *PROCESS)}
        rules = (PACKAGING / "prometheus" / "sdhcp.rules.yml").read_text(encoding="utf-8")
        dashboard = json.loads((PACKAGING / "grafana" / "sdhcp.json").read_text(encoding="utf-8"))
        queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
        self.assertGreater(len(queries), 10)
        for text in (rules, *queries):
            for name in re.findall(r"\b(?:sdhcp|process)_[a-z_]+", text):
                self.assertIn(re.sub(r"_(bucket|sum|count)$", "", name), known, text)

    def test_panels_of_the_dashboard_do_not_overlap(self):
        dashboard = json.loads((PACKAGING / "grafana" / "sdhcp.json").read_text(encoding="utf-8"))
        taken, numbers = set(), set()
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            self.assertLessEqual(place["x"] + place["w"], 24)
            self.assertFalse(cells & taken, panel["title"])
            self.assertNotIn(panel["id"], numbers)
            taken |= cells
            numbers.add(panel["id"])


@implementer(ILayered)
class Layered:
    """A source with a memory and one cache behind it."""

    name, hits, stale = "hosts", 12, 3

    def count(self):
        return 5

    def layers(self):
        return [SimpleNamespace(name="disk", count=lambda: 9, problem=lambda: "full")]


class MeteringTests(SiteCase, TestCase):
    def server(self):
        self.load("")
        return Server(self.configuration, None, reactor)

    def test_a_cache_tells_what_it_has_answered(self):
        server = self.server()
        server._parts.source = Layered()
        page = server._console.console._front.methods["/metrics"]
        found = samples(exposition(measured(page._meters, ()), "")[1].decode())
        self.assertEqual(found["sdhcp_cache_answers_total", "fresh"], 12)
        self.assertEqual(found["sdhcp_cache_answers_total", "stale"], 3)
        self.assertEqual([found["sdhcp_cache_clients", one] for one in ("memory", "disk")], [5, 9])
        self.assertEqual([found["sdhcp_source_up", *one] for one in (("hosts", "source"), ("cache", "disk"))], [1, 0])

    def test_what_waits_is_counted(self):
        server = self.server()
        server._event_log.observe(EXCHANGE)
        server._site_thread.put(print)
        page = server._console.console._front.methods["/metrics"]
        found = samples(exposition(measured(page._meters, ()), "")[1].decode())
        names = ("lookups", "site thread", "packet lines", "alerts")
        self.assertEqual([found["sdhcp_queue_length", one] for one in names], [0, 1, 1, 0])

    def test_without_a_console_nobody_counts_for_it(self):
        self.load("WEB_ENABLED = False\n")
        server = Server(self.configuration, None, reactor)
        self.assertIsNone(server._console.console)
        server.publisher.publish(EXCHANGE)

    def test_lookups_that_wait_are_timed_until_they_are_answered_or_given_up(self):
        clock, waiting = Clock(), []
        source = SimpleNamespace(lookup=lambda query: waiting.append(Deferred()) or waiting[-1])
        lookups = Lookups(source, clock, deadline=4.0)
        for key in (b"a", b"b"):
            self.assertEqual(lookups.ask(key, None, lambda found: None), "")
        clock.advance(0.5)
        waiting[0].callback(None)
        self.assertEqual((lookups.done, lookups.waited, len(lookups)), (1, 0.5, 1))
        clock.advance(3.5)
        self.assertEqual((lookups.done, lookups.waited, len(lookups)), (2, 4.5, 0))
