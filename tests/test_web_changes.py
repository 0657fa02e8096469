"""Reservations and leases changed by the console and the API."""

import json
import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, succeed

from sdhcp.config.difference import Change, Outcome
from sdhcp.editing.audit import FILES, Audit
from sdhcp.editing.editor import Editor
from sdhcp.events import Edited, LeaseChanged
from sdhcp.hosts.ini import IniStore
from sdhcp.web import facts
from sdhcp.web.editing import Who
from sdhcp.web.openapi import document
from sdhcp.web.reservations_api import ReservationApi

from .web_case import NOW, XHTML, WebCase

INI = """# kept
[10.0.0.0/16|0]
lease-time: 3600
subnet-mask: 255.255.0.0

[02:00:5e:00:01:01]
ip: 10.0.0.50
hostname: printer
subnet: 10.0.0.0/16
serial: 0
"""
OPERATOR, VIEWER = "operator-0123456789abcdef", "viewer-0123456789abcdef"
CONF = f"""
DATABASE_ENGINE = "INI"
INI_FILE = "hosts.ini"
WEB_API_TOKENS = {{"deploy": ("{OPERATOR}", "operator"), "look": ("{VIEWER}", "viewer")}}
"""
KEY = "02:00:5e:00:01:01"
HERE = "/api/v1/reservations"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class ChangeCase(WebCase):
    """A console that changes an INI file. ``seen`` has the events, ``learned`` the keys that the server was told of."""

    def start(self, conf=CONF):
        self.seen, self.learned, self.outcomes = [], [], []
        made = facts.ServerFacts

        def with_editing(**fields):
            one = made(**fields)
            folder = fields["configuration"].source.folder
            self.ini, self.audit = Path(folder, "hosts.ini"), Path(folder, "audit.jsonl")
            self.ini.write_text(INI, encoding="utf-8")
            one.check = lambda: succeed(self.outcomes[0] if self.outcomes else Outcome())
            one.reload = self.reload
            one.editing = Editor(
                lambda: one.configuration, Audit(str(self.audit)), lambda: [(self.addresses, self.store)],
                lambda pool: ("10.0.0.0/16", 0) if pool == "guests" else None, self.learn, self.seen.append,
                lambda *line: self.told.append(line), reactor, lambda: NOW + self.clock.now, lambda: self.clock.now,
            )  # fmt: skip
            self.addCleanup(one.editing.stop)
            return one

        from . import web_case

        self.patch(web_case, "ServerFacts", with_editing)
        self.serve(conf)

    def learn(self, key):
        self.learned.append(key)
        return succeed(None)

    def reload(self):
        self.reloads += 1
        return succeed(self.outcomes[-1] if self.outcomes else Outcome())

    def hosts(self):
        return {host.key: host.record() for host in IniStore(str(self.ini)).hosts()}

    def entries(self):
        return [json.loads(line) for line in self.audit.read_text(encoding="utf-8").splitlines()]

    async def call(self, method, path, body=None, token=OPERATOR, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body)
        return await self.ask(HERE + path, method, {"Authorization": f"Bearer {token}", **headers}, data)

    async def posted(self, answer, **changes):
        """The answer to the form of a page, as a browser without scripts sends it."""
        form = next(one for one in answer.page().iter(f"{XHTML}form") if one.get("method") == "post")
        fields = {one.get("name"): one.get("value") for one in form.iter(f"{XHTML}input")}
        for one in form.iter(f"{XHTML}select"):
            options = list(one.iter(f"{XHTML}option"))
            chosen = next((option for option in options if option.get("selected")), options[0])
            fields[one.get("name")] = chosen.get("value")
        fields |= {one.get("name"): one.text or "" for one in form.iter(f"{XHTML}textarea")}
        return await self.ask(form.get("action"), "POST", FORM, urlencode({**fields, **changes}))

    def words(self, answer):
        return " ".join(" ".join(answer.page().itertext()).split())


class ApiTests(ChangeCase):
    async def test_one_is_made_changed_and_removed_if_nobody_else_has_changed_it(self):
        self.start()
        new = {"ip": "10.0.0.60", "subnet": "10.0.0.0/16", "hostname": "camera"}
        made = await self.call("PUT", "/02-00-5E-00-01-02", new, If_None_Match="*")
        self.assertEqual(made.status, 201, made.text)
        self.assertEqual(json.loads(made.text)["key"], "02:00:5e:00:01:02")
        again = await self.call("PUT", "/02:00:5e:00:01:02", new, If_None_Match="*")
        self.assertEqual(again.status, 412)
        got = await self.call("GET", "/02:00:5e:00:01:02", token=VIEWER)
        self.assertEqual(got.headers["etag"], made.headers["etag"])
        moved = {**new, "ip": "10.0.0.61", "own": {"option-tftp-server-name": "tftp"}}
        changed = await self.call("PUT", "/02:00:5e:00:01:02", moved, If_Match=made.headers["etag"])
        self.assertEqual((changed.status, json.loads(changed.text)["ip"]), (200, "10.0.0.61"), changed.text)
        self.assertEqual((await self.call("DELETE", "/02:00:5e:00:01:02", If_Match=made.headers["etag"])).status, 412)
        self.assertEqual(self.hosts()["02:00:5e:00:01:02"]["option-tftp-server-name"], "tftp")
        gone = await self.call("DELETE", "/02:00:5e:00:01:02", If_Match=changed.headers["etag"])
        self.assertEqual((gone.status, list(self.hosts())), (200, [KEY]))
        self.assertTrue(self.ini.read_text(encoding="utf-8").startswith("# kept"))
        self.assertEqual(self.learned, ["02:00:5e:00:01:02"] * 3)
        entries = self.entries()
        self.assertEqual([one["what"].split()[1] for one in entries], ["added", "changed", "removed"])
        self.assertEqual([one["by"] for one in entries], ["deploy"] * 3)
        self.assertEqual((entries[1]["before"]["ip"], entries[1]["after"]["ip"]), ("10.0.0.60", "10.0.0.61"))
        self.assertEqual((entries[0]["from"], os.stat(self.audit).st_mode & 0o777), ("127.0.0.1", 0o600))
        self.assertEqual([type(one) for one in self.seen], [Edited] * 3)

    async def test_what_cannot_be_is_refused_and_changes_nothing(self):
        self.start()
        good = {"ip": "10.0.0.60", "subnet": "10.0.0.0/16"}
        for path, body, status in (
            ("/nonsense", good, 400),
            ("/02:00:5e:00:01:02", {**good, "ip": "10.1.0.1"}, 409),
            ("/02:00:5e:00:01:02", {**good, "ip": "10.0.0.50"}, 409),
            ("/02:00:5e:00:01:02", {**good, "subnet": "10.9.0.0/16"}, 409),
            ("/02:00:5e:00:01:02", {**good, "ip": ["10.0.0.60"]}, 400),
            ("/02:00:5e:00:01:02", {**good, "color": "red"}, 400),
            ("/02:00:5e:00:01:02", {"ip": "10.0.0.60"}, 400),
            ("/02:00:5e:00:01:02", [], 400),
        ):
            answer = await self.call("PUT", path, body)
            self.assertEqual(answer.status, status, f"{body}: {answer.text}")
        self.assertEqual((await self.call("PUT", f"/{KEY}", good, token=VIEWER)).status, 403)
        self.assertEqual((await self.ask(f"{HERE}/{KEY}", "DELETE", {"Authorization": "Bearer x"})).status, 401)
        self.assertEqual((await self.call("DELETE", "/02:00:5e:00:01:09")).status, 404)
        self.assertEqual((await self.ask("/console/reservations", "PUT")).status, 501)
        self.audit.mkdir()
        self.assertEqual((await self.call("DELETE", f"/{KEY}")).status, 503)
        self.assertEqual((list(self.hosts()), self.seen), ([KEY], []))

    async def test_a_change_whose_asker_has_gone_is_recorded(self):
        self.start()
        editing = self.console._facts.editing
        changing = Deferred.fromCoroutine(editing.change(KEY, None, None, Who("gone", "10.0.0.9")))
        changing.addErrback(lambda failure: failure.trap(CancelledError))
        changing.cancel()
        # What is asked for second stands behind the record in the queue.
        for _ in range(2):
            self.assertEqual((await self.call("GET", f"/{KEY}")).status, 404)
        self.assertEqual([(one["by"], one["what"]) for one in self.entries()], [("gone", "reservation removed")])

    async def test_the_document_has_what_there_is(self):
        self.start()
        told = json.loads((await self.ask("/api/v1/openapi.json", headers={"Authorization": f"Bearer {VIEWER}"})).text)
        routes = {
            (rule.rule.replace("<path:key>", "{key}"), method.lower())
            for rule in ReservationApi.app.url_map.iter_rules()
            for method in rule.methods - {"HEAD"}
        }
        only = {path: told["paths"][path] for path in told["paths"] if path not in document("1")["paths"]}
        listed = {("/api/v1" + path, name) for path, does in only.items() for name in does if name != "parameters"}
        self.assertEqual(listed, routes)
        one = json.loads((await self.call("GET", "?find=PRINT")).text)["reservations"][0]
        self.assertEqual(sorted(one), told["components"]["schemas"]["Reservation"]["required"])


class PageTests(ChangeCase):
    async def test_a_reservation_is_changed_after_the_difference_was_shown(self):
        self.start(CONF.replace("WEB_API", "X_"))
        listed = await self.ask("/console/reservations?find=printer")
        self.assertIn("10.0.0.50", self.words(listed))
        form = await self.ask(listed.links()["change"])
        shown = await self.posted(form, hostname="printer-2", own="option-tftp-server-name = a&b")
        self.assertIn("hostname printer printer-2", self.words(shown))
        self.assertEqual(self.hosts()[KEY]["hostname"], "printer")
        old = await self.posted(form, hostname="<b>3</b>")
        done = await self.posted(shown)
        self.assertEqual((done.status, self.hosts()[KEY]["option-tftp-server-name"]), (303, "a&b"))
        self.assertIn("was changed", self.words(await self.ask(done.headers["location"])))
        late = await self.posted(old)
        self.assertEqual((late.status, self.hosts()[KEY]["hostname"]), (412, "printer-2"))
        self.assertIn("somebody else has changed", self.words(late))

    async def test_one_is_added_and_removed(self):
        self.start(CONF.replace("WEB_API", "X_"))
        form = await self.ask("/console/reservations/edit")
        wrong = await self.posted(form, key="<b>", ip="10.0.0.60")
        self.assertEqual(wrong.status, 400)
        self.assertIn("'<b>' is no key", self.words(wrong))
        shown = await self.posted(wrong, key="02:00:5e:00:01:07", ip="10.0.0.60")
        self.assertEqual((await self.posted(shown)).status, 303)
        self.assertEqual(self.hosts()["02:00:5e:00:01:07"]["subnet"], "10.0.0.0/16")
        asked = await self.ask("/console/reservations/delete?key=02:00:5e:00:01:07")
        self.assertEqual((await self.posted(asked, token="x")).status, 403)
        self.assertEqual((await self.posted(asked)).status, 303)
        self.assertEqual(list(self.hosts()), [KEY])

    async def test_leases_are_released_forgotten_and_made_reservations(self):
        self.start(CONF.replace("WEB_API", "X_"))
        await self.lend(9, "laptop")
        links = (await self.ask("/console/leases")).links()
        form = await self.ask(links["reserve"])
        shown = await self.posted(form)
        self.assertEqual((await self.posted(shown)).status, 303)
        self.assertEqual(self.hosts()["02:00:5e:00:00:09"]["hostname"], "laptop")
        asked = await self.ask(links["release"])
        self.assertIn("Release 10.0.0.9", self.words(asked))
        self.assertEqual((await self.posted(asked)).status, 303)
        again = await self.posted(asked)
        self.assertEqual((again.status, again.text), (404, "10.0.0.9: nobody holds it\n"))
        links = (await self.ask("/console/leases")).links()
        self.assertNotIn("release", links)
        self.assertEqual((await self.posted(await self.ask(links["forget"]))).status, 303)
        self.assertIn("There are none", self.words(await self.ask("/console/leases")))
        self.assertEqual([one.what for one in self.seen if isinstance(one, LeaseChanged)], ["released", "cleared"])
        self.assertEqual(
            [one["what"] for one in self.entries()], ["reservation added", "lease released", "address cleared"]
        )

    async def test_a_source_that_can_only_be_read_says_so(self):
        self.start("DATABASE_ENGINE = {}\n")
        self.assertIn("can only be read from here", self.words(await self.ask("/console/reservations")))
        self.assertEqual((await self.ask(HERE)).status, 409)

    async def test_the_difference_is_shown_before_everything_is_read_anew(self):
        self.start(CONF.replace("WEB_API", "X_"))
        self.outcomes = [
            Outcome((), (Change("WEB_PORT", "80", "<81>", True),), ("conf.py",)),
            Outcome(("conf.py:3: no",)),
        ]
        shown = await self.ask("/console/reload")
        self.assertIn("WEB_PORT 80 <81> after a restart", self.words(shown))
        done = await self.posted(shown)
        self.assertIn("Everything is as it was conf.py:3: no", self.words(done))
        self.assertEqual(self.reloads, 1)
        other = await self.posted(shown, version="x")
        self.assertIn("changed once more meanwhile", self.words(other))
        foreign = await self.ask("/console/reload", headers={"Sec-Fetch-Site": "cross-site"})
        self.assertIn("See what would change", self.words(foreign))
        self.assertEqual(self.reloads, 1)
        self.console._facts.waiting = self.outcomes[0].changes
        self.assertIn(
            "WEB_PORT 80 default; 30880 after a restart", self.words(await self.ask("/console/configuration"))
        )

    async def test_tokens_and_passwords_are_those_that_were_read_last(self):
        self.start()
        before = self.console._facts.configuration
        web = replace(before.web, api_tokens={"new": (VIEWER, "operator")})
        self.console.use(replace(before, web=web), ())
        self.assertEqual((await self.call("GET", "", token=OPERATOR)).status, 401)
        self.assertEqual((await self.call("DELETE", f"/{KEY}", token=VIEWER)).status, 200)


class AuditTests(ChangeCase):
    def test_files_are_put_aside_and_their_number_is_bounded(self):
        folder = Path(self.mktemp())
        folder.mkdir()
        audit = Audit(str(folder / "audit"))
        for number in range(FILES + 3):
            audit.add({"number": number, "text": "x" * (1 << 20)})
        files = sorted(path.name for path in folder.iterdir())
        self.assertEqual(len(files), FILES + 1)
        latest = json.loads((folder / "audit").read_text(encoding="utf-8"))["number"]
        before = json.loads((folder / "audit.1").read_text(encoding="utf-8"))["number"]
        self.assertEqual((latest, before), (FILES + 2, FILES + 1))
