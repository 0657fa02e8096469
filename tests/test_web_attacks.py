"""Requests to the web console that no browser would send."""

import contextlib
import re
import socket

from twisted.internet.threads import deferToThread

from .test_web_changes import HERE, OPERATOR, ChangeCase
from .web_case import WITH_PASSWORD, WebCase

SITE = """
def init():
    add = callbacks.webAddMethod
    add("/echo", lambda path, queryargs, mimetype, data, headers: ("text/plain", "%d octets" % len(data or b"")))
    split = "a\\r\\nSet-Cookie: taken=1\\r\\n\\r\\n<p/>"
    add("/value", lambda *_: ("text/plain", "x", {"X-Own": split}))
    add("/type", lambda *_: ("text/plain" + split, "x"))
    add("/name", lambda *_: ("text/plain", "x", {"X-Own\\r\\nSet-Cookie": "taken=1"}))
    add("/asked", lambda path, queryargs, *_: ("text/plain", "x", {"X-Own": queryargs["name"][0]}))
"""
BROKEN = ("%ff", "\xff", "%00", "%c0%ae%c0%ae", "%ed%a0%80", "%f5%80%80%80", "%")
ELSEWHERE = (
    "/console/../console/log", "/./console/log", "//console/log", "/%63onsole/log", "/console%2flog",
    "/css/../console/log",
    "/api/v1/health/live/../../stats", "/api/v1/health/live/../stats", "/api/v1/health/%6cive/../../../console/log",
    "/../../../../etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/static/../console.py",
    "/console/..%2f..%2fconf.py", "/css/../../conf.py", "/console/..;/log", "/live/../console/live",
)  # fmt: skip


class RawCase(WebCase):
    """Sends octets as they are."""

    def sent(self, data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), 5) as one:
            came = b""
            # Who closes while something is under way resets the connection.
            with contextlib.suppress(ConnectionError):
                one.sendall(data)
                while piece := one.recv(65536):
                    came += piece
            return came

    async def send(self, data: bytes) -> bytes:
        """Everything that comes back until the server closes."""
        return await deferToThread(self.sent, data)

    async def get(self, path: str, head: bytes = b"", method: bytes = b"GET") -> bytes:
        line = method + b" " + path.encode("latin-1") + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        return await self.send(line + head + b"\r\n")

    def status(self, answer: bytes) -> int:
        """That of the one answer."""
        (status,) = self.statuses(answer)
        return status

    def statuses(self, answer: bytes) -> list[int]:
        """Those of all answers that came one after the other."""
        return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


class PathTests(RawCase):
    async def test_no_spelling_of_a_path_leads_past_the_password_or_to_a_file(self):
        self.serve(WITH_PASSWORD + SITE)
        for path in ELSEWHERE:
            answer = await self.get(path)
            self.assertIn(self.status(answer), (401, 404), path)
            for word in (b"root:", b"import", b"WEB_DIGEST", b"csrf", b"<html"):
                self.assertNotIn(word, answer, path)

    async def test_nor_without_a_password_to_a_file(self):
        self.serve(SITE)
        for path in ELSEWHERE:
            self.assertEqual(self.status(await self.get(path)), 404, path)

    async def test_what_is_no_utf_8_is_refused_or_not_found_and_no_fault(self):
        self.serve(SITE)
        for text in BROKEN:
            for path in (
                f"/{text}", f"/console/{text}", f"/console/packets/{text}", f"/api/v1/{text}",
                f"/console/leases?find={text}",
                f"/console/packets?text={text}", f"/api/v1/leases?pool={text}", f"/console/confirm?path={text}",
                f"/live?topic={text}",
                f"/console/client/{text}", f"/console/clients?find={text}&after={text}&limit={text}",
                f"/api/v1/clients/{text}",
                f"/console/explain?mac={text}", f"/console/explain?packet={text}&options={text}", f"/metrics?{text}",
                f"/api/v1/clients?after={text}",
            ):  # fmt: skip
                self.assertIn(self.status(await self.get(path)), (200, 400, 404, 503), path)
        for head in (b"Host: \xff", b"Authorization: Digest \xff", b"Authorization: Bearer \xff", b"Origin: \xff",
                     b"Cookie: \xff=\xff", b"X-CSRF-Token: \xff", b"Content-Type: \xff"):  # fmt: skip
            for path in ("/console/log", "/api/v1/stats", "/api/v1/reload"):
                method = b"POST" if path.endswith("reload") else b"GET"
                self.assertIn(
                    self.status(await self.get(path, head + b"\r\n", method)), (200, 400, 401, 403, 421, 429), head
                )
        self.assertEqual([text for _, text in self.lines.newest_first() if "Traceback" in text], [])
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_numbers_out_of_range_are_refused(self):
        self.serve()
        digits = "9" * 5000
        for path in (
            f"/console/packets/{digits}", "/console/packets/-1", "/console/packets/0",
            f"/console/packets?before={digits}",
            f"/console/packets.pcap?number={digits}", "/console/packets?before=-1",
            f"/api/v1/leases?pool=guests&limit={digits}",
            "/api/v1/leases?pool=guests&limit=-1", "/api/v1/leases?pool=guests&limit=1e3",
            f"/console/leases?after={digits}",
            f"/console/leases?after=1.2.3.{digits}", "/console/leases?after=1.2.3.1_0",
            "/console/leases?after=1.2.3.%2b001",
            "/console/leases?after=1.2.3.4.5", "/console/leases?after=1.2.3.256",
        ):  # fmt: skip
            self.assertIn(self.status(await self.get(path)), (400, 404), path[:60])
        self.assertEqual(self.status(await self.get(f"/live?after={digits}&topic=x")), 400)


class HeaderTests(RawCase):
    async def test_line_breaks_of_a_sites_headers_make_no_header_of_their_own(self):
        self.serve(SITE)
        for path in ("/value", "/type", "/name", "/asked?name=a%0d%0aSet-Cookie:%20taken=1"):
            answer = await self.get(path)
            head = answer.partition(b"\r\n\r\n")[0]
            self.assertNotIn(b"\nset-cookie", head.lower(), path)
            self.assertEqual(len(self.statuses(answer)), 1, path)

    async def test_line_breaks_of_what_is_asked_for_reach_no_header(self):
        self.serve()
        broken = "%0d%0aSet-Cookie:%20taken=1"
        for path in (
            f"/console/leases.csv?pool=guests{broken}", f"/console/leases.csv?pool=guests&find={broken}", f"/{broken}",
            f"/console/packets.pcap?text={broken}", f"/console/packets.pcap?number=1{broken}",
            f"/console/confirm?path=/{broken}",
            f"/console/leases?find={broken}", f"/api/v1/{broken}",
        ):  # fmt: skip
            head = (await self.get(path)).partition(b"\r\n\r\n")[0]
            self.assertNotIn(b"taken", head, path)

    async def test_the_name_of_a_pool_is_no_part_of_a_header_but_its_file_name(self):
        self.serve()
        self.pool = 'gu"ests\r\nX: y; é/../a'
        answer = await self.get("/console/leases.csv?pool=gu%22ests%0d%0aX:%20y;%20%c3%a9/../a")
        (line,) = [one for one in answer.split(b"\r\n") if one.lower().startswith(b"content-disposition")]
        self.assertRegex(line, rb'(?i)^content-disposition: attachment; filename="leases-[A-Za-z0-9._-]+\.csv"$')


class JsonTests(ChangeCase):
    async def test_json_that_is_none_too_deep_or_out_of_range_is_refused(self):
        self.start()
        good = b'{"ip": "10.0.0.60", "subnet": "10.0.0.0/16"'
        bodies = (
            b"[" * 20_000, b'{"ip":' * 20_000, b"[" * 20_000 + b"]" * 20_000,
            b'{"own":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
            b"", b"\xff", b'"\xed\xa0\x80"', b"\xff\xfe{\x00", b"{", b"null", b"NaN", b"9" * 5000, good,
            good + b',"ip":1e999}',
            good + b',"serial":' + b"9" * 4000 + b"}", good + b',"serial":-1}', good + b',"serial":NaN}',
            good + b',"serial":1.5}',
            good + b',"serial":true}', good + b',"hostname":"\\ud800"}', good + b',"hostname":null}',
            good + b',"hostname":[]}',
            good + b',"own":{"a":"\\udfff"}}', good + b',"own":{"a":"\\udc80"}}', good + b',"own":{"\\ud800":"a"}}',
            good + b',"own":{"a":{}}}',
            good + b',"own":5}',
            good + b',"hostname":"a\\u0000b"}', good + b',"hostname":"a\\r\\nb: c"}', good + b',"own":{"a\\nb":"c"}}',
            good + b',"own":{"a":"b\\n[02:00:5e:00:01:09]\\nip: 10.0.0.9"}}', good + b',"own":{"mac":"a"}}',
            good + b',"subnet":"10.0.0.0/16\\n[x]"}', good + b',"ip":"10.0.0.60\\nserial: 1"}',
            good + b',"hostname":"' + b"a" * 100_000 + b'"}',
        )  # fmt: skip
        before = self.ini.read_text(encoding="utf-8")
        for body in bodies:
            for path in (f"{HERE}/02:00:5e:00:01:02", "/api/v1/explain"):
                headers = {"Authorization": f"Bearer {OPERATOR}", "Content-Type": "application/json"}
                method = "POST" if path.endswith("explain") else "PUT"
                answer = await self.ask(path, method, headers, body)
                expected = (400, 503) if path.endswith("explain") else (400, 409)
                self.assertIn(answer.status, expected, (path, body[:90], answer.text))
        self.assertEqual(self.ini.read_text(encoding="utf-8"), before)
        self.assertEqual([text for _, text in self.lines.newest_first() if "Traceback" in text], [])

    async def test_a_key_that_is_none_is_refused_whatever_is_in_it(self):
        self.start()
        before = self.ini.read_text(encoding="utf-8")
        headers = {"Authorization": f"Bearer {OPERATOR}"}
        for key in (
            "..%2f..%2fetc%2fpasswd", "../../../etc/passwd", "%0d%0aX:y", "%00", "%ff", "a" * 8000, "%5bx%5d",
            "%ed%a0%80",
            "02:00:5e:00:01:02%0aip:%2010.0.0.9", "client-identifier:", "circuit-id:%0a", "02:00:5e:00:01:02/x",
            "%3Cimg%3E",
        ):  # fmt: skip
            for method in ("GET", "PUT", "DELETE"):
                body = b'{"ip": "10.0.0.60", "subnet": "10.0.0.0/16"}' if method == "PUT" else None
                answer = await self.ask(f"{HERE}/{key}", method, headers, body)
                self.assertIn(answer.status, (400, 404, 409), (method, key, answer.text))
        self.assertEqual(self.ini.read_text(encoding="utf-8"), before)
        self.assertEqual([text for _, text in self.lines.newest_first() if "Traceback" in text], [])
        self.assertEqual(self.flushLoggedErrors(), [])


class SmugglingTests(RawCase):
    async def test_a_body_whose_length_is_told_twice_or_in_two_ways_is_not_taken(self):
        self.serve(SITE)
        inner = b"GET /console/log HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        for heads in (
            b"Content-Length: 5\r\nContent-Length: 0\r\n", b"Content-Length: 0\r\nContent-Length: 5\r\n",
            b"Content-Length: 0, 5\r\n", b"Content-Length: +5\r\n", b"Content-Length: -1\r\n",
            b"Content-Length: 0x5\r\n",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"Transfer-Encoding: xchunked\r\n",
            b"Transfer-Encoding: identity, chunked\r\n", b"Transfer-Encoding : chunked\r\n", b"Content-Length : 5\r\n",
            b"Transfer-Encoding: chunked\r\n\tx\r\n", b"Content-Length: 5 5\r\n",
        ):  # fmt: skip
            answer = await self.send(b"POST /echo HTTP/1.1\r\nHost: localhost\r\n" + heads + b"\r\n0\r\n\r\n" + inner)
            self.assertEqual(self.statuses(answer), [400], heads)

    async def test_chunks_that_are_none_are_refused(self):
        self.serve(SITE)
        head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        for body in (b"-1\r\nx\r\n0\r\n\r\n", b"0x1\r\nx\r\n0\r\n\r\n", b"1\r\nxx\r\n0\r\n\r\n", b"g\r\n\r\n",
                     b"1\nx\n0\n\n\r\n"):  # fmt: skip
            answer = await self.send(head + body)
            self.assertNotIn(b"octets", answer, body)
            self.assertEqual(self.statuses(answer), [400], body)

    async def test_a_body_of_brackets_is_never_read_as_json(self):
        self.serve(SITE)
        body = b"[" * 20_000
        kind = b"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
        for path, status in (("/echo", 200), ("/api/v1/reload", 403), ("/console/reload", 403), ("/api/v1/stats", 405)):
            answer = await self.send(b"POST " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" + kind + body)
            self.assertEqual(self.status(answer), status, path)
        self.assertEqual(self.status(await self.get("/api/v1/leases?find=" + "[" * 20_000)), 400)

    async def test_a_length_or_a_line_without_end_is_refused(self):
        self.serve(SITE)
        for head in (
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"x" * 20_000,
            b"GET /" + b"x" * 20_000, b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000,
        ):  # fmt: skip
            self.assertEqual(self.statuses(await self.send(head)), [400], head[:60])
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_what_is_no_request_is_no_fault(self):
        self.serve(SITE)
        for data in (
            b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"\xffA /api/v1/stats HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n", b"\xff\xff\xff\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nnothing\r\n\r\n",
            b"GET http://other.example/console/log HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"CONNECT localhost:1 HTTP/1.1\r\n\r\n",
        ):  # fmt: skip
            answer = await self.send(data + b"GET /css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            self.assertTrue(set(self.statuses(answer)) <= {200, 400, 404, 421, 501, 505}, (data, answer[:80]))
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_a_host_that_is_no_name_is_refused(self):
        self.serve(f"WEB_INSECURE = True\n{SITE}")
        for host in (b"a..b", b"a" * 70, b"\xff", b"a b", b"[::1", b"<script>", b"", b"a, b", b"localhost:x", b"a\tb"):
            for path in (b"/", b"/console/log", b"/api/v1/stats", b"/console/packets"):
                head = b"GET " + path + b" HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n"
                answer = await self.send(head)
                self.assertIn(self.status(answer), (200, 400), (host, path))
                self.assertNotIn(b"<script>", answer)
        self.assertEqual([text for _, text in self.lines.newest_first() if "Traceback" in text], [])
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_a_form_or_query_with_very_many_fields_is_refused(self):
        self.serve(SITE)
        many = b"&".join([b"a=1"] * 2000)
        kind = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        head = b"POST /console/reload HTTP/1.1\r\nHost: localhost\r\n" + kind % len(many)
        self.assertEqual(self.status(await self.send(head + many)), 400)
        self.assertEqual(self.status(await self.get("/console/log?" + many.decode())), 400)
        self.assertEqual([text for _, text in self.lines.newest_first() if "Traceback" in text], [])
