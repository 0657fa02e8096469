"""Who may see and change what in the web console."""

import json
import subprocess

from twisted.internet.threads import deferToThread

from sdhcp.scripting.web_core import REINITIALISE
from sdhcp.web import brakes

from .web_case import NAME, PASSWORD, WITH_PASSWORD, WebCase, authorization, fields_of

VIEWER, OPERATOR = "viewer-0123456789abcdef", "operator-0123456789abcdef"
TOKENS = f"WEB_API_TOKENS = {{'monitor': ('{VIEWER}', 'viewer'), 'deploy': ('{OPERATOR}', 'operator')}}\n"
SECURE = """
def init():
    add = callbacks.webAddMethod
    add("/secure", lambda *_: ("text/plain", "hidden away"), secure=True)
    add("/open", lambda *_: ("text/plain", "open"))
    add("/template", lambda **_: "<p/>", display_mode=callbacks.WEB_METHOD_TEMPLATE)
    add("/dashboard", lambda **_: "<p/>", display_mode=callbacks.WEB_METHOD_DASHBOARD)
"""


class PasswordTests(WebCase):
    async def test_what_is_secure_wants_the_password_and_nothing_else_does(self):
        self.serve(WITH_PASSWORD + SECURE)
        own = ("/console/log", "/console/configuration", "/console/sources", "/console/leases", "/api/v1/stats")
        for path in ("/secure", *own, "/console/leases.csv?pool=guests", "/console/nothing"):
            answer = await self.ask(path)
            self.assertEqual((answer.status, "hidden" in answer.text), (401, False), path)
        for path in ("/", "/open", "/template", "/dashboard", "/css", REINITIALISE, "/api/v1/health/live"):
            self.assertEqual((await self.ask(path)).status, 200, path)
        self.assertEqual((await self.as_admin("/secure")).text, "hidden away")
        for path in own:
            self.assertEqual((await self.as_admin(path)).status, 200, path)

    async def test_the_dashboard_and_what_stands_on_it_are_secure_if_conf_wants_that(self):
        self.serve(f"{WITH_PASSWORD}WEB_DASHBOARD_SECURE = True\n{SECURE}")
        self.assertEqual([(await self.ask(path)).status for path in ("/", "/dashboard", REINITIALISE)], [401] * 3)
        self.assertEqual([(await self.ask(path)).status for path in ("/open", "/template")], [200] * 2)
        self.assertEqual((await self.as_admin("/")).status, 200)

    async def test_reading_anew_is_secure_if_conf_wants_that(self):
        self.serve(f"{WITH_PASSWORD}WEB_REINITIALISE_SECURE = True\n")
        self.assertEqual((await self.ask(REINITIALISE)).status, 401)
        self.assertEqual((await self.as_admin(REINITIALISE)).status, 200)

    async def test_without_a_password_nothing_is_secure(self):
        self.serve(SECURE)
        self.assertEqual((await self.ask("/secure")).text, "hidden away")

    async def test_both_algorithms_are_offered_and_either_will_do(self):
        self.serve(WITH_PASSWORD + "SYSTEM_NAME = 'the \"office\"'\n" + SECURE)
        challenges = (await self.ask("/secure")).challenges
        self.assertEqual([fields_of(one)["algorithm"] for one in challenges], ["SHA-256", "MD5"])
        self.assertEqual(fields_of(challenges[0])["realm"], "the 'office'")
        for challenge in challenges:
            login = authorization(challenge, "/secure")
            self.assertEqual((await self.ask("/secure", headers={"Authorization": login})).status, 200)

    async def test_md5_without_a_qop_will_do_once(self):
        self.serve(WITH_PASSWORD + SECURE)
        challenges = (await self.ask("/secure")).challenges
        login = authorization(challenges[1], "/secure", qop=None)
        statuses = [(await self.ask("/secure", headers={"Authorization": login})).status for _ in range(2)]
        self.assertEqual(statuses, [200, 401])

    async def test_each_count_of_a_nonce_is_good_once_in_any_order(self):
        self.serve(WITH_PASSWORD + SECURE)
        challenge = (await self.ask("/secure")).challenges[0]
        statuses = []
        for count in (1, 4, 2, 3, 4, 2, 1, 5):
            login = authorization(challenge, "/secure", count=count)
            statuses.append((await self.ask("/secure", headers={"Authorization": login})).status)
        self.assertEqual(statuses, [200, 200, 200, 200, 401, 401, 401, 200])

    async def test_a_nonce_is_over_after_two_minutes_which_is_said(self):
        self.serve(WITH_PASSWORD + SECURE)
        challenge = (await self.ask("/secure")).challenges[0]
        self.clock.now += 121
        answer = await self.ask("/secure", headers={"Authorization": authorization(challenge, "/secure")})
        self.assertEqual((answer.status, fields_of(answer.challenges[0])["stale"]), (401, "TRUE"))
        login = authorization(answer.challenges[0], "/secure")
        self.assertEqual((await self.ask("/secure", headers={"Authorization": login})).status, 200)

    async def test_what_is_not_quite_right_is_refused(self):
        self.serve(WITH_PASSWORD + SECURE)
        for wrong in (
            {"password": "wrong"}, {"name": "other"}, {"uri": '"/open"'}, {"method": "POST"}, {"opaque": '"x"'},
            {"algorithm": "SHA-1"}, {"qop": "auth-int"}, {"nc": "1"}, {"cnonce": None}, {"response": '""'},
            {"nonce": '"forged"'}, {"realm": '"other"'}, {"username": f'"{NAME}", username="{NAME}"'},
        ):  # fmt: skip
            challenge = (await self.ask("/secure")).challenges[0]
            login = authorization(challenge, "/secure", **wrong)
            answer = await self.ask("/secure", headers={"Authorization": login})
            self.assertEqual(answer.status, 401, wrong)
            self.assertNotIn("stale", answer.challenges[0], wrong)
            self.clock.now += brakes.LONGEST
        for login in ("Digest", "Digest ,,", "Basic YWRtaW46eA==", "Digest username", "Bearer x"):
            self.assertEqual((await self.ask("/secure", headers={"Authorization": login})).status, 401, login)
            self.clock.now += brakes.LONGEST

    async def test_curl_gets_in(self):
        self.serve(WITH_PASSWORD + SECURE)
        command = ["curl", "-s", "--digest", "--user", f"{NAME}:{PASSWORD}", f"http://127.0.0.1:{self.port}/secure"]
        try:
            done = await deferToThread(subprocess.run, command, capture_output=True, check=False, timeout=30)
        except FileNotFoundError:
            self.skipTest("curl is not installed")
        self.assertEqual(done.stdout, b"hidden away")

    async def test_who_guesses_has_to_wait_longer_each_time_even_with_the_right_password(self):
        self.serve(WITH_PASSWORD + SECURE)

        async def tried(password):
            challenges = (await self.ask("/secure")).challenges
            login = authorization(challenges[0], "/secure", password=password)
            return await self.ask("/secure", headers={"Authorization": login})

        self.assertEqual([(await tried("wrong")).status for _ in range(brakes.FREE + 1)], [401] * brakes.FREE + [429])
        waits = []
        for _ in range(8):
            answer = await tried(PASSWORD)
            self.assertEqual(answer.status, 429)
            waits.append(int(answer.headers["retry-after"]))
            self.clock.now += waits[-1]
            self.assertEqual((await tried("wrong")).status, 401)
        self.assertEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60])
        self.clock.now += 60
        self.assertEqual((await tried(PASSWORD)).status, 200)
        self.assertEqual((await tried("wrong")).status, 401)
        self.assertEqual((await tried(PASSWORD)).status, 200)


class WhereTests(WebCase):
    async def test_without_a_password_it_is_on_this_machine_alone(self):
        self.serve()
        self.assertEqual(self.console.ports()[0].host, "127.0.0.1")
        self.assertEqual([level for level, _ in self.told], ["INFO"])

    async def test_with_a_password_it_is_on_all_addresses(self):
        self.serve(f"WEB_DIGEST_USERNAME = '{NAME}'\nWEB_DIGEST_PASSWORD = '{PASSWORD}'\n")
        self.assertEqual((self.console.ports()[0].host, self.told[0][0]), ("0.0.0.0", "INFO"))

    async def test_where_conf_puts_it_without_a_password_is_warned_of_unless_that_is_meant(self):
        self.serve("WEB_IP = '0.0.0.0'\n")
        ((level, text),) = self.told
        self.assertEqual((self.console.ports()[0].host, level), ("0.0.0.0", "WARN"))
        self.assertIn("WITHOUT A PASSWORD", text)
        await self.console.stop()
        self.serve("WEB_IP = '0.0.0.0'\nWEB_INSECURE = True\n")
        self.assertEqual(self.told[0][0], "INFO")

    async def test_a_foreign_name_that_leads_to_this_machine_is_no_way_in(self):
        self.serve()
        for host, status in (
            ("rebound.example", 421), ("rebound.example:30880", 421), ("localhost.rebound.example", 421),
            ("localhost", 200), ("localhost:30880", 200), ("127.0.0.1:1", 200), ("[::1]:30880", 200),
        ):  # fmt: skip
            self.assertEqual((await self.ask("/", headers={"Host": host})).status, status, host)
        await self.console.stop()
        self.serve("WEB_INSECURE = True\n")
        self.assertEqual((await self.ask("/", headers={"Host": "console.example"})).status, 200)

    async def test_an_endpoint_takes_the_place_of_address_and_port(self):
        path = f"/tmp/{self.id().rpartition('.')[2][:20]}-{id(self)}"
        self.serve(f"WEB_ENDPOINT = ['tcp:0:interface=127.0.0.1', 'unix:{path}', 'nonsense:1']\n")
        self.assertEqual((await self.ask("/css")).status, 200)
        command = ["curl", "-s", "--unix-socket", path, "http://localhost/api/v1/health/live"]
        try:
            done = await deferToThread(subprocess.run, command, capture_output=True, check=False, timeout=30)
            self.assertEqual(json.loads(done.stdout), {"status": "live"})
        except FileNotFoundError:
            pass
        (error,) = [text for level, text in self.told if level == "ERROR"]
        self.assertIn("number 3 of WEB_ENDPOINT", error)


class ChangeTests(WebCase):
    async def token(self):
        page = (await self.ask("/console/sources")).page()
        (field,) = [one for one in page.iter("{http://www.w3.org/1999/xhtml}input") if one.get("name") == "token"]
        return field.get("value")

    async def posted(self, body, **headers):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return (await self.ask("/console/reload", "POST", {**kind, **headers}, body)).status

    async def test_the_button_reads_everything_anew(self):
        self.serve()
        answer = await self.ask(
            "/console/reload",
            "POST",
            {"Content-Type": "application/x-www-form-urlencoded"},
            f"token={await self.token()}",
        )
        self.assertEqual((answer.status, answer.headers["location"], self.reloads), (303, "/console/sources", 1))

    async def test_nobody_else_does(self):
        self.serve()
        token = await self.token()
        self.assertEqual(await self.posted(""), 403)
        self.assertEqual(await self.posted("token=x"), 403)
        self.assertEqual(await self.posted(f"token={token}", Origin="http://evil.example"), 403)
        self.assertEqual(await self.posted(f"token={token}", **{"Sec-Fetch-Site": "same-site"}), 403)
        self.assertEqual((await self.ask("/console/reload")).status, 200)
        self.clock.now += 12 * 3600
        self.assertEqual(await self.posted(f"token={token}"), 403)
        self.assertEqual(self.reloads, 0)

    async def test_a_token_is_good_for_whom_it_was_made_alone(self):
        self.serve()
        token = await self.token()
        await self.console.stop()
        self.serve(WITH_PASSWORD)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual((await self.as_admin("/console/reload", "POST", kind, f"token={token}")).status, 403)
        page = (await self.as_admin("/console/sources")).page()
        (field,) = [one for one in page.iter("{http://www.w3.org/1999/xhtml}input") if one.get("name") == "token"]
        answer = await self.as_admin("/console/reload", "POST", kind, f"token={field.get('value')}")
        self.assertEqual((answer.status, self.reloads), (303, 1))


class TokenTests(WebCase):
    async def asked_with(self, token, path="/api/v1/stats", method="GET"):
        return await self.ask(path, method, {"Authorization": f"Bearer {token}"})

    async def test_the_api_wants_a_token_or_the_password_where_there_is_either(self):
        self.serve(TOKENS)
        answer = await self.ask("/api/v1/stats")
        self.assertEqual((answer.status, answer.challenges, answer.headers["content-type"]),
                         (401, ("Bearer",), "application/json"))  # fmt: skip
        self.assertEqual((await self.asked_with("wrong-0123456789abcdef")).status, 401)
        self.assertEqual((await self.asked_with(VIEWER)).status, 200)
        await self.console.stop()
        self.serve(TOKENS + WITH_PASSWORD)
        self.assertEqual((await self.as_admin("/api/v1/stats")).status, 200)
        self.assertEqual((await self.asked_with(OPERATOR)).status, 200)

    async def test_a_token_opens_no_page(self):
        self.serve(TOKENS + WITH_PASSWORD)
        self.assertEqual((await self.asked_with(OPERATOR, "/console/log")).status, 401)

    async def test_wrong_tokens_are_slowed_down_too(self):
        self.serve(TOKENS)
        statuses = [(await self.asked_with("wrong-0123456789abcdef")).status for _ in range(brakes.FREE + 1)]
        self.assertEqual(statuses, [401] * brakes.FREE + [429])

    async def test_an_operator_reads_anew_and_a_viewer_does_not(self):
        self.serve(TOKENS)
        answer = await self.asked_with(VIEWER, "/api/v1/reload", "POST")
        self.assertEqual((answer.status, self.reloads), (403, 0))
        answer = await self.asked_with(OPERATOR, "/api/v1/reload", "POST")
        self.assertEqual((answer.status, self.reloads), (200, 1))
        self.assertEqual(json.loads(answer.body)["problems"], [])

    async def test_without_an_api_token_a_change_wants_the_sessions(self):
        self.serve()
        self.assertEqual((await self.ask("/api/v1/reload", "POST")).status, 403)
        session = json.loads((await self.ask("/api/v1/session")).body)
        self.assertEqual((session["name"], session["role"]), ("", "operator"))
        headers = {"X-CSRF-Token": session["csrf_token"]}
        self.assertEqual(
            (await self.ask("/api/v1/reload", "POST", {**headers, "Origin": "http://a.example"})).status, 403
        )
        self.assertEqual((await self.ask("/api/v1/reload", "POST", headers)).status, 200)
        self.assertEqual(self.reloads, 1)
