"""Who guesses the password of the web console, and programs that know it."""

import logging
import subprocess
from hashlib import md5, sha256

import requests
from requests.auth import HTTPDigestAuth
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.config.settings import WebSettings
from sdhcp.interfaces import WebQuestion
from sdhcp.web import brakes, digest
from sdhcp.web.access import Access, Caller, Level, Refusal

from .web_case import NAME, PASSWORD, WITH_PASSWORD, WebCase, authorization, fields_of

TOKEN = "operator-0123456789abcdef"
SECURE = """
def init():
    shown = lambda path, queryargs, mimetype, data, headers: ("text/plain", "in " + repr(data))
    callbacks.webAddMethod("/secure", shown, secure=True)
"""
ODD = "/secure?a=1&b=%20x&c='\"&d=%c3%a4,e"
"""A path with what is odd within quotes."""


class ProgramTests(WebCase):
    async def test_requests_gets_in_with_md5_and_sha_256(self):
        self.serve(WITH_PASSWORD + SECURE)
        base = f"http://127.0.0.1:{self.port}"

        def got(path, method="GET", **more):
            with requests.Session() as session:
                session.auth = HTTPDigestAuth(NAME, PASSWORD)
                return [session.request(method, base + path, timeout=10, **more) for _ in range(3)]

        for path in ("/secure", "/secure?a=1&b=%20x", "/console/log", "/api/v1/stats"):
            self.assertEqual([one.status_code for one in await deferToThread(got, path)], [200] * 3, path)
        posted = await deferToThread(got, "/secure", "POST", data=b"octets")
        self.assertEqual([one.text for one in posted], ["in b'octets'"] * 3)
        for challenge in (await self.ask("/secure")).challenges:
            auth = HTTPDigestAuth(NAME, PASSWORD)
            auth.init_per_thread_state()
            auth._thread_local.chal = fields_of(challenge)
            for _ in range(3):
                login = auth.build_digest_header("GET", f"{base}/secure?x=1")
                self.assertIn(fields_of(challenge)["algorithm"], login)
                self.assertEqual((await self.ask("/secure?x=1", headers={"Authorization": login})).status, 200)

    async def test_requests_with_the_wrong_password_does_not(self):
        self.serve(WITH_PASSWORD + SECURE)
        auth = HTTPDigestAuth(NAME, "wrong")
        answer = await deferToThread(requests.get, f"http://127.0.0.1:{self.port}/secure", auth=auth, timeout=10)
        self.assertEqual((answer.status_code, answer.text), (401, "This wants a password.\n"))

    async def test_curl_gets_in_by_each_way_and_not_with_the_wrong_password(self):
        self.serve(WITH_PASSWORD + SECURE)

        def curled(password, path, *more):
            url = f"http://127.0.0.1:{self.port}{path}"
            command = ["curl", "-sg", "--digest", "--user", f"{NAME}:{password}", *more, url, url]
            return subprocess.run(command, capture_output=True, check=False, timeout=30).stdout.decode()

        try:
            self.assertEqual(await deferToThread(curled, PASSWORD, "/secure?a=1&b=%20x&c=%c3%a4,'e"), "in None" * 2)
        except FileNotFoundError:
            self.skipTest("curl is not installed")
        self.assertEqual(await deferToThread(curled, PASSWORD, "/secure", "-d", "a=b"), "in b'a=b'" * 2)
        self.assertEqual(await deferToThread(curled, "wrong", "/secure"), "This wants a password.\n" * 2)


class Door:
    """The console's password, without a console."""

    def __init__(self):
        self.now = 1000.0
        settings = WebSettings(
            digest_username=NAME, digest_password=PASSWORD, api_tokens={"deploy": (TOKEN, "operator")}
        )
        self.told = []
        self.access = Access(settings, "office", lambda: self.now, lambda *line: self.told.append(line))

    def check(self, login="", address="192.0.2.1", uri="/secure", level=Level.SECURE):
        """Who comes in, or the refusal."""
        headers = {"authorization": login} if login else {}
        return self.access.check(level, WebQuestion(uri, {}, headers), "GET", uri, address)

    def challenge(self, address="192.0.2.1", algorithm="SHA-256"):
        known = {fields_of(one)["algorithm"]: one for one in self.check(address=address).challenges}
        return known[algorithm]

    def tried(self, address="192.0.2.1", **changes):
        """What comes of an answer to a new challenge."""
        return self.check(authorization(self.challenge(address), "/secure", **changes), address)


class NonceTests(SynchronousTestCase):
    def setUp(self):
        self.door = Door()

    def test_an_answer_that_was_overheard_is_good_for_nobody(self):
        login = authorization(self.door.challenge(), "/secure")
        self.assertEqual(self.door.check(login), Caller(NAME))
        for address in ("192.0.2.1", "192.0.2.2"):
            again = self.door.check(login, address)
            self.assertEqual((again.status, "stale=TRUE" in again.challenges[0]), (401, True))

    def test_nor_for_another_path_method_or_address(self):
        challenge = self.door.challenge()
        login = authorization(challenge, "/secure")
        self.assertIsInstance(self.door.check(login, uri="/other"), Refusal)
        self.assertIsInstance(self.door.check(authorization(challenge, "/secure", method="POST")), Refusal)
        self.assertIsInstance(self.door.check(login, "192.0.2.2"), Refusal)
        self.assertEqual(self.door.check(login), Caller(NAME))

    def test_one_algorithms_answer_is_not_the_others(self):
        for one, other in (("MD5", "SHA-256"), ("SHA-256", "MD5")):
            login = authorization(self.door.challenge(algorithm=one), "/secure", algorithm=other)
            self.assertIsInstance(self.door.check(login), Refusal)

    def test_a_nonce_of_another_server_or_one_that_was_changed_is_not_taken(self):
        foreign = authorization(Door().challenge(), "/secure", opaque=None)
        answer = self.door.check(foreign)
        self.assertEqual((answer.status, "stale=TRUE" in answer.challenges[0]), (401, True))
        challenge = self.door.challenge()
        nonce = fields_of(challenge)["nonce"]
        for place in (0, nonce.index(".") + 1, len(nonce) - 1):
            changed = nonce[:place] + ("1" if nonce[place] == "0" else "0") + nonce[place + 1 :]
            login = authorization(challenge.replace(nonce, changed), "/secure")
            self.assertIsInstance(self.door.check(login), Refusal, changed)
        self.assertEqual(self.door.check(authorization(challenge, "/secure")), Caller(NAME))

    def test_a_count_has_to_be_eight_hexadecimal_digits_and_new(self):
        challenge = self.door.challenge()
        for count in ("0000000g", "1", "000000001", "-0000001", "0x000001", ""):
            self.assertIsInstance(self.door.check(authorization(challenge, "/secure", nc=count)), Refusal, count)
            self.door.now += brakes.LONGEST / 10
        self.door.now += brakes.LONGEST
        challenge = self.door.challenge()
        self.assertIsInstance(self.door.check(authorization(challenge, "/secure", count=0)), Refusal)
        self.door.now += brakes.LONGEST / 2
        self.assertEqual(self.door.check(authorization(challenge, "/secure", count=0xFFFFFFFF)), Caller(NAME))
        self.assertIsInstance(self.door.check(authorization(challenge, "/secure", count=1)), Refusal)

    def test_what_is_remembered_of_nonces_has_a_bound_and_none_is_good_twice(self):
        first = authorization(self.door.challenge(), "/secure")
        self.assertEqual(self.door.check(first), Caller(NAME))
        for _ in range(digest.NONCES + 10):
            self.door.now += 0.001
            self.assertEqual(self.door.tried(), Caller(NAME))
        self.assertEqual(len(self.door.access._digest._used), digest.NONCES)
        self.assertIsInstance(self.door.check(first), Refusal)


class GuessingTests(SynchronousTestCase):
    def setUp(self):
        self.door = Door()

    def statuses(self, count, address="192.0.2.1", seconds=0.01, **changes):
        """How many tries came to which end."""
        found = {}
        for number in range(count):
            self.door.now += seconds
            given = self.door.tried(address, **{"password": f"guess {number}", **changes})
            status = given.status if isinstance(given, Refusal) else 200
            found[status] = found.get(status, 0) + 1
        return found

    def test_of_a_thousand_guesses_in_ten_seconds_few_are_looked_at(self):
        self.assertLessEqual(self.statuses(1000)[401], brakes.FREE + 4)
        refusal = self.door.tried()
        self.assertEqual((refusal.status, refusal.wait > 0), (429, True))
        # Others are not kept waiting.
        self.assertEqual(self.door.tried("192.0.2.2"), Caller(NAME))
        self.door.now += brakes.LONGEST
        self.assertEqual(self.door.tried(), Caller(NAME))

    def test_of_guesses_from_many_addresses_each_has_one_in_a_minute_and_nobody_is_locked_out(self):
        looked_at = 0
        for number in range(50):
            looked_at += self.statuses(100, f"192.0.2.{number}", 0.0).get(401, 0)
        self.assertLessEqual(looked_at, brakes.SIEGE + 50)
        self.assertEqual(self.statuses(100, "198.51.100.1", 0.0), {401: 1, 429: 99})
        # Who knows the password is let in by the first try, wherever they are.
        self.assertEqual(self.door.tried("198.51.100.2"), Caller(NAME))
        self.door.now += brakes.LONGEST
        self.assertEqual(self.door.tried("198.51.100.1"), Caller(NAME))
        self.door.now += brakes.FORGOTTEN
        self.assertEqual(self.statuses(100, "198.51.100.1", 0.0), {401: brakes.FREE, 429: 100 - brakes.FREE})

    def test_the_log_has_who_guesses_in_few_lines(self):
        for number in range(50):
            self.statuses(100, f"192.0.2.{number}")
        (one, first), (other, siege) = self.door.told
        self.assertEqual((one, other), ("WARN", "WARN"))
        self.assertIn("5 wrong passwords came from 192.0.2.0", first)
        self.assertIn("from many addresses", siege)
        self.door.now += brakes.FORGOTTEN
        self.statuses(100, "192.0.2.99")
        self.assertIn("192.0.2.99", self.door.told[2][1])
        self.assertEqual(len(self.door.told), 3)

    def test_an_address_that_comes_in_ipv6_is_one_with_its_neighbours(self):
        found = [self.door.tried(f"2001:db8::{number:x}", password="no") for number in range(1, 9)]
        self.assertEqual([one.status for one in found], [401] * brakes.FREE + [429] * (8 - brakes.FREE))
        self.assertEqual(self.door.tried("2001:db8:0:1::1"), Caller(NAME))
        self.assertEqual(self.door.tried("::ffff:192.0.2.7", password="no").status, 401)

    def test_a_name_that_is_not_there_costs_and_gives_what_a_wrong_password_does(self):
        made = []

        def counting(hashed):
            def made_of(data, **more):
                made.append(hashed)
                return hashed(data, **more)

            return made_of

        self.patch(digest, "_ALGORITHMS", {"SHA-256": counting(sha256), "MD5": counting(md5)})
        seen = []
        for changes in (
            {"name": "nobody"},
            {"password": "wrong"},
            {"name": "n" * 3000},
            {"name": ""},
            {"name": "admi"},
        ):
            self.door.now += brakes.LONGEST
            made.clear()
            refusal = self.door.tried(**changes)
            seen.append((refusal.status, refusal.text, len(refusal.challenges), refusal.wait, tuple(made)))
        self.assertEqual(len(set(seen)), 1, seen)
        self.assertEqual(seen[0][0], 401)

    def test_what_is_remembered_of_guessers_has_a_bound(self):
        for number in range(20_000):
            self.door.access._brakes.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        self.assertLessEqual(len(self.door.access._brakes._guesses), 4096)


class SecretTests(WebCase):
    async def test_neither_password_nor_token_nor_what_was_tried_is_on_a_page_in_a_log_or_an_error(self):
        tokens = f"WEB_API_TOKENS = {{'deploy': ('{TOKEN}', 'operator')}}\n"
        self.serve(WITH_PASSWORD + tokens + SECURE)
        guess = "a guess that is my other password"
        challenge = (await self.ask("/secure")).challenges[0]
        login = authorization(challenge, "/secure", password=guess)
        tried = fields_of(login)["response"]
        texts = []
        with self.assertLogs(level="DEBUG") as logs:
            logging.getLogger("web.server").debug("so that there is a line")
            for given in (
                login,
                f"Bearer {TOKEN}x",
                "Basic YWRtaW46aHVudGVyMg==",
                f"Digest {guess}",
                f"Bearer {guess}",
            ):
                for path in (
                    "/secure",
                    "/api/v1/stats",
                    "/console/nothing",
                    f"/nothing?password={guess.replace(' ', '+')}",
                ):
                    self.clock.now += brakes.LONGEST
                    answer = await self.ask(path, headers={"Authorization": given})
                    texts.append(answer.text + repr(answer.headers))
            texts.append((await self.ask("/")).text)
            for path in ("/console/log", "/console/configuration", "/console/sources", "/console/packets",
                         "/console/leases", "/api/v1/stats", "/api/v1/sources", "/api/v1/session",
                         "/api/v1/openapi.json"):  # fmt: skip
                self.clock.now += brakes.LONGEST
                texts.append((await self.as_admin(path)).text)
        texts += [text for _, text in self.lines.newest_first()] + logs.output + [text for _, text in self.told]
        for secret in (PASSWORD, TOKEN, guess, tried, "YWRtaW46", guess.replace(" ", "+")):
            self.assertEqual([text for text in texts if secret in text], [], secret)
