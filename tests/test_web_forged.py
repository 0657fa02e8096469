"""What another site makes a browser ask the web console for: nothing of it is done."""

import importlib
import json
import pkgutil
import re

from klein import Klein

from sdhcp import web
from sdhcp.scripting.web_core import REINITIALISE
from sdhcp.web import brakes

from .test_web_changes import HERE, KEY, ChangeCase
from .web_case import PASSWORD, WITH_PASSWORD, authorization

TOKEN = "operator-0123456789abcdef"
SITE = """
DATABASE_ENGINE = "INI"
INI_FILE = "hosts.ini"
DONE = []
def init():
    add = callbacks.webAddMethod
    def does(path, *_, **__):
        DONE.append(path)
        return "text/plain", "done"
    add("/asks", does, confirm=True)
    add("/asks/secure", does, confirm=True, secure=True)
    add("/takes", does)
    add("/shows", lambda **_: DONE.append("/shows") or "<p/>", display_mode=callbacks.WEB_METHOD_TEMPLATE)
    callbacks.systemAddReinitHandler(lambda: DONE.append("anew"))
"""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://HOST"}, {"Origin": "http://evil.example"}, {"Origin": "null"},
    {"Origin": "http://HOST.evil.example"}, {"Origin": "http://evil.example/HOST"},
    {"Origin": "http://HOST@evil.example"},
    {"Origin": "http://["}, {"Origin": ""}, {"Origin": "http://HOST, http://evil.example"},
    {"Referer": "http://evil.example/http://HOST/"}, {"Referer": "http://[::1"}, {"Referer": "about:blank"},
    {"Origin": "null", "Referer": "http://HOST/"}, {"Origin": "http://127.0.0.1:1"},
)  # fmt: skip
"""What browsers say of a request of another site, or of a page whose site they do not tell; and nonsense."""
LED = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}
"""What a browser says that follows a link of a page that keeps it from saying more."""


class ForgedTests(ChangeCase):
    def foreign(self):
        for one in FOREIGN:
            yield {name: value.replace("HOST", f"127.0.0.1:{self.port}") for name, value in one.items()}

    @property
    def done(self):
        """Whatever was done."""
        changed = [host for host in self.hosts().items() if host[0] != KEY] or not self.hosts()
        return [*self.configuration.site.module.DONE, *["reload"] * self.reloads, *self.learned, *(changed or ())]

    def changes(self):
        """All that changes something: methods with paths, of all parts of the console."""
        modules = [importlib.import_module(f"sdhcp.web.{one.name}") for one in pkgutil.iter_modules(web.__path__)]
        apps = {id(app): app for module in modules for kind in vars(module).values()
                if isinstance(app := getattr(kind, "app", None), Klein)}  # fmt: skip
        for app in apps.values():
            for rule in app.url_map.iter_rules():
                path = re.sub("<[^>]*:key>", KEY, rule.rule).replace("<string:what>", "release")
                for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
                    yield method, path

    def posts(self):
        """Those, without what is asked by posting and changes nothing."""
        return sorted(one for one in self.changes() if one[1] != "/api/v1/explain")

    async def token(self, as_admin=False):
        text = (await (self.as_admin if as_admin else self.ask)("/api/v1/session")).text
        return json.loads(text)["csrf_token"]

    async def test_every_path_that_is_posted_to_wants_a_token_and_one_of_our_own_pages(self):
        self.start(SITE)
        self.assertLessEqual(
            {("POST", "/console/reload"), ("POST", "/console/reservations/apply"), ("POST", "/console/leases/release"),
             ("POST", "/api/v1/reload"), ("PUT", f"{HERE}/{KEY}"), ("DELETE", f"{HERE}/{KEY}")},
            set(self.posts()),
        )  # fmt: skip
        good = await self.token()
        for method, path in self.posts():
            for token in ("", "x", good[:-1], good.upper(), "\xff", good + good):
                headers = {**FORM, "X-CSRF-Token": token.encode("latin-1")}
                answer = await self.ask(path, method, headers, f"token={token}".encode("latin-1"))
                self.assertEqual(answer.status, 403, (path, token))
            for foreign in self.foreign():
                headers = {**FORM, **foreign, "X-CSRF-Token": good}
                self.assertEqual((await self.ask(path, method, headers, f"token={good}")).status, 403, (path, foreign))
            # Neither a cookie nor the address is where a token is looked for.
            for headers in ({"Cookie": f"token={good}; X-CSRF-Token={good}"}, {"Content-Type": "text/plain"}):
                answer = await self.ask(f"{path}?token={good}&csrf_token={good}", method, headers, f"token={good}")
                self.assertEqual(answer.status, 403, (path, headers))
        self.assertEqual(self.done, [])

    async def test_so_it_does_of_who_knows_the_password(self):
        self.start(WITH_PASSWORD + SITE)
        good = await self.token(as_admin=True)
        for method, path in self.posts():
            self.assertEqual((await self.as_admin(path, method, FORM, "")).status, 403, path)
            for foreign in self.foreign():
                headers = {**FORM, **foreign, "X-CSRF-Token": good}
                answer = await self.as_admin(path, method, headers, f"token={good}")
                self.assertEqual(answer.status, 403, (path, foreign))
        self.assertEqual(self.done, [])
        for path in ("/console/reload", "/api/v1/reload"):
            headers = {**FORM, "X-CSRF-Token": good, "Origin": f"http://127.0.0.1:{self.port}"}
            self.assertIn((await self.as_admin(path, "POST", headers, f"token={good}")).status, (200, 303))
        self.assertEqual(self.reloads, 2)

    async def test_nor_is_anything_told_to_another_site_that_is_asked_by_posting(self):
        self.start(SITE)
        for foreign in self.foreign():
            headers = {**foreign, "Content-Type": "text/plain"}
            self.assertEqual((await self.ask("/api/v1/explain", "POST", headers, '{"mac": "x"}')).status, 403, foreign)

    async def test_no_other_method_changes_anything(self):
        self.start(SITE)
        good = await self.token()
        known = set(self.changes())
        own = ("/asks", "/takes", REINITIALISE, "/", "/api/v1/stats", "/console/log", "/live")
        for path in (*{path for _, path in known}, *own):
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "post", "put"):
                if (method, path) in known:
                    continue
                answer = await self.ask(path, method, {**FORM, "X-CSRF-Token": good}, f"token={good}")
                self.assertIn(answer.status, (405, 501), (path, method))
                self.assertNotIn("access-control-allow-origin", answer.headers)
                self.assertEqual(answer.status == 405, "allow" in answer.headers, (path, method))
        self.assertEqual((await self.ask("/api/v1/reload", "PUT")).headers["allow"], "POST")
        self.assertEqual((await self.ask("/api/v1/stats", "PUT")).headers["allow"], "GET, HEAD")
        for _, path in known:
            for method in ("GET", "HEAD"):
                answer = await self.ask(f"{path}?token={good}", method, {"X-CSRF-Token": good})
                self.assertIn(answer.status, (200, 404, 405), (path, method))
        self.assertEqual(self.done, [])

    async def test_a_sites_methods_that_ask_before_and_all_that_is_posted_to_are_for_our_own_pages(self):
        self.start(WITH_PASSWORD + SITE)
        for foreign in self.foreign():
            for path in ("/asks", REINITIALISE):
                self.assertEqual((await self.ask(path, headers=foreign)).status, 403, (path, foreign))
                self.assertEqual((await self.ask(path, "HEAD", foreign)).status, 403, (path, foreign))
            for path in ("/asks", "/takes", "/shows", REINITIALISE):
                self.assertEqual(
                    (await self.ask(path, "POST", {**FORM, **foreign}, "a=b")).status, 403, (path, foreign)
                )
            self.assertEqual((await self.as_admin("/asks/secure", headers=foreign)).status, 403, foreign)
        self.assertEqual(self.done, [])

    async def test_a_browser_that_is_kept_from_saying_where_it_was_is_not_led_to_a_change(self):
        self.start(WITH_PASSWORD + SITE)
        for path in ("/asks", REINITIALISE):
            self.assertEqual((await self.ask(path, headers=LED)).status, 403, path)
            self.assertEqual((await self.ask(path, "HEAD", LED)).status, 403, path)
        self.assertEqual((await self.as_admin("/asks/secure", headers=LED)).status, 403)
        self.assertEqual(self.done, [])
        self.assertEqual((await self.ask("/takes", headers=LED)).status, 200)
        ours = {**LED, "Referer": f"http://127.0.0.1:{self.port}/"}
        typed = {**LED, "Sec-Fetch-Site": "none"}
        for headers in (ours, typed, {"User-Agent": "curl/8.5"}, {}):
            self.assertEqual((await self.ask("/asks", headers=headers)).status, 200, headers)

    async def test_nobody_is_allowed_to_read_from_elsewhere(self):
        self.start(WITH_PASSWORD + SITE)
        for path in ("/", "/api/v1/health/live", "/api/v1/session", "/live?topic=x", "/console/live"):
            for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}):
                answer = await self.ask(path, headers=headers)
                self.assertNotIn("access-control-allow-origin", answer.headers, path)
                self.assertEqual(answer.headers["cross-origin-resource-policy"], "same-origin", path)
                self.assertEqual(answer.headers["x-frame-options"], "DENY", path)

    async def test_a_token_is_nobody_elses_and_not_to_be_guessed(self):
        self.start(f"{WITH_PASSWORD}WEB_API_TOKENS = {{'deploy': ('{TOKEN}', 'operator')}}\n{SITE}")
        session = json.loads((await self.ask("/api/v1/session", headers={"Authorization": f"Bearer {TOKEN}"})).body)
        own = await self.token(as_admin=True)
        self.assertRegex(own, re.compile("[0-9a-f]{40}"))
        self.assertNotEqual(session["csrf_token"], own)
        headers = {"X-CSRF-Token": session["csrf_token"]}
        self.assertEqual((await self.as_admin("/api/v1/reload", "POST", headers)).status, 403)
        # A token opens nothing to who does not know the password.
        self.assertEqual((await self.ask("/api/v1/reload", "POST", {"X-CSRF-Token": own})).status, 401)
        for _ in range(3):
            challenge = (await self.ask("/api/v1/reload", "POST")).challenges[0]
            login = authorization(challenge, "/api/v1/reload", method="POST", password=f"not {PASSWORD}")
            answer = await self.ask("/api/v1/reload", "POST", {"X-CSRF-Token": own, "Authorization": login})
            self.assertEqual(answer.status, 401)
            self.clock.now += brakes.LONGEST
        self.assertEqual(self.done, [])
