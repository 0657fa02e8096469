"""The web console's own pages."""

import csv
import io
import json
import re
from functools import partial
from types import SimpleNamespace

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.logger import LogLevel
from twisted.web.test.requesthelper import DummyRequest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sdhcp import events
from sdhcp.interfaces import IDashboardPanel, IEventObserver, IWebMethod, SourceError, WebAnswer
from sdhcp.web import panels, waiting
from sdhcp.web.activity import Activity
from sdhcp.web.api import Api
from sdhcp.web.openapi import document
from sdhcp.web.troubles import LATELY, MOST, Troubles

from .samples import MAC, arrival, definition, ip
from .web_case import XHTML, WebCase

LOCAL = arrival()
CONF = """
MYSQL_PASSWORD = "hunter2"
X_HTTPDB_URI = "http://user:hunter2@example.org/"
X_OWN = "hunter2"
LEASES_REDISDB_KWARGS = {"password": "hunter2"}
WEB_API_TOKENS = {"a": ("hunter2-hunter2-hunter2", "viewer")}
WEB_PORT = 8080
"""


def exchange(mac=MAC, method="DISCOVER", answer="OFFER", outcome="offered", now=1000.0, **more):
    known = definition()
    return events.Exchange(
        now, method, answer, outcome, True, mac, known.ip, b"\1\2\3\4", ip("0.0.0.0"), known, LOCAL, 300, 0.001, **more
    )


class DashboardTests(WebCase):
    def cells(self, answer, heading):
        """The cells of the table below a heading, row by row."""
        main = next(one for one in answer.page().iter(f"{XHTML}div") if one.get("id") == "main")
        children = list(main)
        place = next(number for number, one in enumerate(children) if "".join(one.itertext()) == heading)
        rows = children[place + 1].iter(f"{XHTML}tr")
        return [["".join(cell.itertext()).strip() for cell in row] for row in rows]

    async def test_traffic_is_counted_by_method_and_outcome(self):
        self.serve()
        for _ in range(3):
            self.publisher.publish(exchange())
        self.publisher.publish(exchange(method="RELEASE", answer="", outcome="released"))
        self.publisher.publish(events.Dropped(1.0, "blocked", "x", MAC, bytes(4), LOCAL))
        self.publisher.publish(events.Malformed(1.0, "short", "x", 5, LOCAL))
        rows = self.cells(await self.ask("/"), "traffic")[1:]
        self.assertEqual(rows, [["DISCOVER", "offered", "3"], ["RELEASE", "released", "1"], ["refused", "blocked", "1"],
                                ["no DHCP message", "short", "1"], ["all since the start", "6"]])  # fmt: skip

    async def test_each_client_has_one_line_of_its_last_exchange_the_newest_first(self):
        self.serve()
        other = bytes.fromhex("02005e000102")
        self.publisher.publish(exchange())
        self.publisher.publish(exchange(other))
        self.publisher.publish(exchange(method="REQUEST:SELECTING", answer="ACK", outcome="acked"))
        rows = self.cells(await self.ask("/"), "recent activity")[1:]
        self.assertEqual(
            [row[1:5] for row in rows],
            [
                ["02:00:5e:00:01:01", "REQUEST:SELECTING", "ACK", "10.77.1.50"],
                ["02:00:5e:00:01:02", "DISCOVER", "OFFER", "10.77.1.50"],
            ],
        )

    async def test_health_says_what_is_wrong_with_a_source(self):
        self.serve()
        self.assertEqual(self.cells(await self.ask("/"), "health"),
                         [["source", "hosts", "well"], ["server", "", "answers clients"]])  # fmt: skip
        self.problem, self.serving = "refuses <connections>", False
        self.assertEqual(
            self.cells(await self.ask("/"), "health"),
            [["source", "hosts", "refuses <connections>"], ["server", "", "does not answer clients"]],
        )

    async def test_pools_say_how_full_they_are(self):
        self.serve()
        await self.lend(1)
        self.assertEqual(self.cells(await self.ask("/"), "pools")[1:], [["guests", "1", "1 of 4095", "4094", "0", "0"]])

    async def test_troubles_are_there_until_they_are_over(self):
        self.serve()
        self.assertNotIn("troubles", (await self.ask("/")).headings())
        self.publisher.publish(events.SourceFailed(1000.0, "hosts", "is <away>", "start it"))
        self.publisher.publish(events.Declined(1000.0, MAC, ip("10.0.0.1"), "net", 0))
        answer = await self.ask("/")
        self.assertEqual(answer.headings()[0], "troubles")
        self.assertIn("hosts: is <away>; start it", "".join(answer.page().itertext()))
        self.clock.now += LATELY + 1
        text = "".join((await self.ask("/")).page().itertext())
        self.assertIn("hosts: is <away>", text)
        self.assertNotIn("declined", text)
        self.publisher.publish(events.SourceRecovered(2000.0, "hosts", 5.0))
        self.assertNotIn("troubles", (await self.ask("/")).headings())

    async def test_the_log_shows_markup_of_lines_as_text(self):
        self.serve("WEB_LOG_HISTORY = 2\nWEB_LOG_SEVERITY = 'WARN'\n")
        self.log.info("not kept")
        for text in ("first", "<script>\nx\x00</script>", "last"):
            self.log.emit(LogLevel.warn, "{text}", text=text)
        page = (await self.ask("/")).page()
        spans = [one for one in page.iter(f"{XHTML}span") if one.get("class") == "warn"]
        texts = ["".join(one.itertext()).partition(" : ")[2] for one in spans]
        self.assertEqual(texts, ["last", "<script>x\ufffd</script>"])

    async def test_panels_and_methods_of_other_parts(self):
        @implementer(IDashboardPanel)
        class Panel:
            ordering = 50

            def __init__(self, name, render):
                self.name, self.render = name, render

        @implementer(IWebMethod)
        class Method:
            module, name, hidden, secure = "windows", "averages", False, False
            path = "/windows"

            def render(self, question):
                kind = question.first("kind")
                return {"file": WebAnswer("text/csv", "a,b", {"X-Own": "1"}), "none": None}.get(kind, f"<p>{kind}</p>")

        def begin():
            self.console.add_method(Method())
            self.console.add_panel(Panel("now & then", lambda: "<b>1</b>"))
            self.console.add_panel(Panel("never", Deferred))
            self.console.add_panel(Panel("nothing", lambda: None))
            self.console.add_panel(Panel("fails", lambda: 1 // 0))
            self.console.add_head('<link rel="alternate" href="/feed"/>')

        self.patch(waiting, "PATIENCE", 0.01)
        self.serve(begin=begin)
        answer = await self.ask("/")
        self.assertEqual(answer.headings()[:2], ["now & then", "health"])
        self.assertIn('<link rel="alternate" href="/feed"/>', answer.text)
        self.assertEqual(answer.links()["averages"], "/windows")
        self.assertEqual(sum("could not be made" in text for _, text in self.lines.newest_first()), 2)
        self.assertEqual((await self.ask("/windows?kind=page")).headings(), ["windows | averages"])
        file = await self.ask("/windows?kind=file")
        self.assertEqual((file.text, file.headers["content-type"], file.headers["x-own"]), ("a,b", "text/csv", "1"))
        self.assertEqual((await self.ask("/windows?kind=none")).status, 404)
        self.assertEqual((await self.ask("/windows", "POST")).status, 405)

    def test_the_servers_own_panels_keep_to_the_interface(self):
        for kind, arguments in (
            (panels.TroublesPanel, 3), (panels.HealthPanel, 2), (panels.PoolsPanel, 2), (panels.ActivityPanel, 3),
        ):  # fmt: skip
            verifyObject(IDashboardPanel, kind(*[None] * arguments))
        verifyObject(IEventObserver, Activity())
        verifyObject(IEventObserver, Troubles(lambda: 0.0))

    def test_nothing_that_is_kept_grows_without_a_bound(self):
        troubles, activity = Troubles(lambda: 0.0), Activity(10)
        for number in range(10 * MOST):
            mac = number.to_bytes(6, "big")
            troubles.observe(events.Declined(0.0, mac, mac[2:], "net", 0))
            troubles.observe(events.SourceFailed(0.0, f"source {number}", "away", ""))
            activity.observe(exchange(mac))
        self.assertEqual((len(list(troubles.newest_first())), len(list(activity.newest_first()))), (MOST, 10))


class PageTests(WebCase):
    async def test_the_log_from_a_severity_on(self):
        self.serve("WEB_LOG_SEVERITY = 'DEBUG'\n")
        for write in (self.log.debug, self.log.info, self.log.warn, self.log.error, self.log.critical):
            write("a line")
        counts = []
        for severity in ("DEBUG", "INFO", "WARN", "ERROR", "CRITICAL", "nonsense"):
            counts.append((await self.ask(f"/console/log?severity={severity}")).text.count("a line"))
        self.assertEqual(counts, [5, 4, 3, 2, 1, 5])

    async def test_a_long_page_is_made_in_steps(self):
        self.serve()
        pages, turns, taken = self.console._pages, [], []
        later = SimpleNamespace(callLater=lambda _, what, *given: turns.append(partial(what, *given)))
        self.patch(pages, "_reactor", later)

        def lines():
            for number in range(5000):
                taken[-1] += 1
                yield "info", f"line {number}"

        taken.append(0)
        making = Deferred.fromCoroutine(
            pages.write(DummyRequest([b""]), "log", "/", [], lines=lines(), severity="DEBUG", severities=())
        )
        while turns:
            taken.append(0)
            turns.pop()()
        self.assertEqual((sum(taken), self.successResultOf(making).count(b"line ")), (5000, 5000))
        self.assertLessEqual(max(taken), 100)

    async def test_the_configuration_shows_no_secret(self):
        self.serve(CONF)
        answer = await self.ask("/console/configuration")
        self.assertNotIn("hunter2", answer.text)
        rows = [["".join(cell.itertext()) for cell in row] for row in answer.page().iter(f"{XHTML}tr")]
        self.assertIn(["MYSQL_PASSWORD", "set, not shown", "line 4"], rows)
        self.assertIn(["POSTGRESQL_PASSWORD", "None", "default"], rows)
        self.assertIn(["WEB_PORT", "8080", "line 9"], rows)
        self.assertIn(["WEB_LOG_HISTORY", "200", "default"], rows)
        self.assertIn(["X_OWN", "a value of type str", "line 6"], rows)

    async def test_sources_with_their_details(self):
        self.serve()
        self.problem = "is away"
        text = "".join((await self.ask("/console/sources")).page().itertext())
        for word in ("hosts", "is away", "clients kept: 5"):
            self.assertIn(word, text)

    async def test_pages_forbid_what_they_do_not_need(self):
        self.serve()
        for path in ("/", "/console/log", "/nothing", "/api/v1/stats", "/css"):
            headers = (await self.ask(path)).headers
            self.assertEqual(
                (headers["x-content-type-options"], headers["referrer-policy"]), ("nosniff", "same-origin")
            )
            self.assertIn("frame-ancestors 'none'", headers["content-security-policy"])
            self.assertEqual(headers["server"], "sdhcp")

    async def test_no_page_loads_anything_from_elsewhere(self):
        self.serve()
        for path in ("/", "/console/log", "/console/sources", "/console/leases", "/console/configuration"):
            for one in (await self.ask(path)).page().iter():
                if not one.tag.endswith("}a"):
                    for name in ("src", "href", "action"):
                        self.assertTrue(one.get(name, "/").startswith("/"), (path, one.attrib))


class LeaseTests(WebCase):
    def rows(self, answer):
        rows = [["".join(cell.itertext()) for cell in row] for row in answer.page().iter(f"{XHTML}tr")]
        return [row[:4] for row in rows[1:]]

    async def test_a_page_at_a_time(self):
        self.serve()
        for number in range(1, 251):
            await self.lend(number, f"host-{number}")
        answer = await self.ask("/console/leases")
        first = self.rows(answer)
        self.assertEqual(first[0], ["10.0.0.1", "bound", "02:00:5e:00:00:01", "host-1"])
        answer = await self.ask(answer.links()["next page"])
        second = self.rows(answer)
        last = await self.ask(answer.links()["next page"])
        self.assertEqual([len(rows) for rows in (first, second, self.rows(last))], [100, 100, 50])
        self.assertNotIn("next page", last.links())
        self.assertEqual(self.rows(await self.ask(last.links()["first page"])), first)

    async def test_what_is_searched_for_stands_in_the_address(self):
        self.serve()
        for number in range(1, 1201):
            await self.lend(number, "printer" if number == 1150 else f"host-{number}", 60.0 if number % 2 else 3600.0)
        self.assertEqual([row[0] for row in self.rows(await self.ask("/console/leases?find=PRINT"))], ["10.0.4.126"])
        self.assertEqual(
            [row[0] for row in self.rows(await self.ask("/console/leases?find=02:00:5e:00:00:09"))], ["10.0.0.9"]
        )
        self.clock.now += 100
        answer = await self.ask("/console/leases?pool=guests&find=host&state=expired")
        self.assertEqual({row[1] for row in self.rows(answer)}, {"expired"})
        self.assertIn("find=host", answer.links()["next page"])
        self.assertIn("state=expired", answer.links()["next page"])
        for query, status in (("state=odd", 400), ("after=1.2.3", 400), ("after=1.2.3.999", 400), ("pool=odd", 404)):
            self.assertEqual((await self.ask(f"/console/leases?{query}")).status, status, query)

    async def test_csv_has_all_of_them_and_no_formula(self):
        self.serve()
        for number in range(1, 2101):
            await self.lend(number, "=cmd|' /C calc'!A1" if number == 3 else f'a,"{number}"')
        answer = await self.ask("/console/leases.csv?pool=guests")
        rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        self.assertEqual((len(rows), rows[2099]["hostname"], rows[2]["hostname"]),
                         (2100, 'a,"2100"', "'=cmd|' /C calc'!A1"))  # fmt: skip
        self.assertEqual(answer.headers["content-disposition"], 'attachment; filename="leases-guests.csv"')
        found = await self.ask("/console/leases.csv?pool=guests&find=cmd")
        self.assertEqual(len(found.text.splitlines()), 2)
        self.assertEqual((await self.ask("/console/leases.csv?pool=odd")).status, 404)

    async def test_a_store_that_is_away_is_told(self):
        self.serve()

        def away(*_):
            raise SourceError("it does not answer")

        self.store.leases = self.store.counts = away
        answer = await self.ask("/console/leases")
        self.assertEqual((answer.status, "it does not answer" in answer.text), (503, True))
        self.assertIn("cannot be told now", (await self.ask("/")).text)
        self.assertEqual((await self.ask("/api/v1/leases?pool=guests")).status, 503)


class ApiTests(WebCase):
    async def got(self, path):
        return json.loads((await self.ask(f"/api/v1/{path}")).body)

    def test_the_document_has_every_route_and_no_other(self):
        self.assertIsInstance(Api.app, Klein)
        routes = {
            (re.sub(r"<path:(\w+)>", r"{\1}", rule.rule), method.lower())
            for rule in Api.app.url_map.iter_rules()
            for method in rule.methods - {"HEAD"}
        }
        told = document("1")
        base = told["servers"][0]["url"]
        listed = {(base + path, method) for path, methods in told["paths"].items() for method in methods}
        self.assertEqual(listed, routes)

    async def test_answers_have_the_shape_that_the_document_says(self):
        self.serve()
        await self.lend(1, "one")
        self.publisher.publish(exchange())
        told = await self.got("openapi.json")
        schemas = told["components"]["schemas"]
        for path, operations in told["paths"].items():
            if "get" not in operations:
                continue
            content = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            asked = path[1:].replace("{id}", MAC.hex()) + ("?pool=guests" if path == "/leases" else "")
            answer = await self.got(asked)
            self.check(answer, content, schemas, path)

    def check(self, value, schema, schemas, where):
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        for one in schema.get("oneOf", ()):
            if (value is None) == (one.get("type") == "null"):
                schema = one
        kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
                 "null": type(None)}  # fmt: skip
        self.assertIsInstance(value, kinds[schema["type"]], where)
        if "enum" in schema:
            self.assertIn(value, schema["enum"], where)
        if "properties" in schema:
            self.assertEqual(sorted(value), sorted(schema["properties"]), where)
            for name, part in schema["properties"].items():
                self.check(value[name], part, schemas, f"{where} {name}")
        for part in value if isinstance(value, list) else ():
            self.check(part, schema["items"], schemas, where)

    async def test_health(self):
        self.serve()
        self.assertEqual(await self.got("health/ready"), {"status": "ready"})
        for problem, serving, status in (("away", True, "troubled"), ("", False, "not serving")):
            self.problem, self.serving = problem, serving
            answer = await self.ask("/api/v1/health/ready")
            self.assertEqual((answer.status, json.loads(answer.body)), (503, {"status": status}))
        self.assertEqual((await self.ask("/api/v1/health/live")).status, 200)

    async def test_leases_a_page_at_a_time(self):
        self.serve()
        for number in range(1, 8):
            await self.lend(number)
        found, after = [], ""
        while after is not None:
            page = await self.got(f"leases?pool=guests&limit=3&after={after}")
            found.append([one["address"].rpartition(".")[2] for one in page["leases"]])
            after = page["after"]
        self.assertEqual(found, [["1", "2", "3"], ["4", "5", "6"], ["7"]])
        for query, status in (("", 404), ("pool=guests&limit=0", 400), ("pool=guests&limit=1001", 400)):
            answer = await self.ask(f"/api/v1/leases?{query}")
            self.assertEqual((answer.status, "error" in json.loads(answer.body)), (status, True))

    async def test_what_is_not_there(self):
        self.serve()
        answer = await self.ask("/api/v1/nothing")
        self.assertEqual((answer.status, json.loads(answer.body)), (404, {"error": "There is no such page."}))
        self.assertEqual((await self.ask("/api/v1/reload")).status, 405)
        self.assertEqual((await self.ask("/api/v2/stats")).status, 404)
