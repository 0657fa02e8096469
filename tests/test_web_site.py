"""What a site's code registers for the web console, asked for by a browser."""

import threading

from twisted.internet.defer import gatherResults

from sdhcp.scripting.web_core import REINITIALISE
from sdhcp.scripting.web_registries import Method

from .web_case import WebCase

PAGES = """
def init():
    def named(path, queryargs, mimetype, data, headers):
        return "<p>%s %r %s %s %s</p>" % (path, queryargs, mimetype, data, headers["x-one"])
    def placed(*arguments):
        path, queryargs, mimetype, data, headers = arguments
        return "text/plain", repr((path, queryargs, mimetype, data, headers["X-One"]))
    def fails(*_, **__):
        raise ValueError("secret detail")
    add = callbacks.webAddMethod
    add("/raw", placed, hidden=False, module="tools", name="raw & more")
    add("/three", lambda *_: ("text/x-own", b"octets", {"X-Own": "yes"}), cacheable=True)
    add("/odd", lambda *_: 5)
    add("/own", named, module="tools", name="own", display_mode=callbacks.WEB_METHOD_TEMPLATE)
    add("/first", named, module="tools", name="first", display_mode=callbacks.WEB_METHOD_DASHBOARD)
    add("/nothing", lambda **_: None, display_mode=callbacks.WEB_METHOD_TEMPLATE)
    add("/fails", fails)
    add("/ends", lambda *_: exit(3))
    add("/asks", lambda *_: ("text/plain", "done"), hidden=False, module="tools", name="asks", confirm=True)
    add("/breaks", fails, display_mode=callbacks.WEB_METHOD_TEMPLATE)
    add("/a%20b", lambda *_: ("text/plain", "not decoded"))
    callbacks.webAddDashboard("site & co", "named", named)
    callbacks.webAddDashboard("site", "fails", fails)
    callbacks.webAddDashboard("site", "first of all", lambda **_: "<i>1</i>", 50)
    callbacks.webAddDashboard("site", "between", lambda **_: "<i>2</i>", 450)
"""
X = {"X-One": "1"}


class MethodTests(WebCase):
    async def test_raw_methods_are_called_by_position_and_send_what_they_give(self):
        self.serve(PAGES)
        answer = await self.ask("/raw?a=1&a=2&b=&c=%C3%A4", headers=X)
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/plain"))
        self.assertEqual(eval(answer.text), ("/raw", {"a": ["1", "2"], "c": ["ä"]}, None, None, "1"))
        self.assertIn("no-cache", answer.headers["cache-control"])
        self.assertEqual(answer.headers["content-length"], str(len(answer.body)))
        self.assertIn("last-modified", answer.headers)

    async def test_post_brings_type_and_octets(self):
        self.serve(PAGES)
        kind = "application/x-www-form-urlencoded; charset=utf-8"
        answer = await self.ask("/raw?a=1", "POST", {**X, "Content-Type": kind}, b"a=2&\xff")
        self.assertEqual(eval(answer.text)[1:4], ({"a": ["1"]}, "application/x-www-form-urlencoded", b"a=2&\xff"))

    async def test_a_third_part_is_headers_and_a_browser_may_keep_what_is_cacheable(self):
        self.serve(PAGES)
        answer = await self.ask("/three")
        self.assertEqual((answer.headers["content-type"], answer.body, answer.headers["x-own"]),
                         ("text/x-own", b"octets", "yes"))  # fmt: skip
        self.assertNotIn("cache-control", answer.headers)
        self.assertNotIn("expires", answer.headers)

    async def test_what_raises_is_500_and_its_traceback_is_in_the_log_alone(self):
        self.serve(PAGES)
        for path in ("/fails", "/odd", "/ends"):
            with self.assertLogs("web.server", level="ERROR") as logs:
                answer = await self.ask(path)
            self.assertEqual(answer.status, 500)
            self.assertNotIn("Traceback", answer.text)
            self.assertNotIn("secret", answer.text)
            self.assertIn("Traceback", logs.output[0])

    async def test_debug_shows_the_traceback(self):
        self.serve(f"DEBUG = True\n{PAGES}")
        with self.assertLogs("web.server", level="ERROR"):
            answer = await self.ask("/fails")
        self.assertEqual((answer.status, answer.headers["content-type"]), (500, "text/plain; charset=utf-8"))
        self.assertIn("secret detail", answer.text)

    async def test_paths_are_matched_as_they_were_sent(self):
        self.serve(PAGES)
        statuses = [
            (await self.ask(path)).status for path in ("/a%20b", "/a b".replace(" ", "+"), "/raw/", "/RAW", "/x")
        ]
        self.assertEqual(statuses, [200, 404, 404, 404, 404])

    async def test_other_http_methods_are_not_answered(self):
        self.serve(PAGES)
        self.assertEqual([(await self.ask("/raw", one)).status for one in ("PUT", "DELETE", "OPTIONS")], [501] * 3)

    async def test_head_is_get_without_a_body(self):
        self.serve(PAGES)
        answer = await self.ask("/three", "HEAD")
        self.assertEqual((answer.status, answer.body, answer.headers["content-length"]), (200, b"", "6"))

    async def test_a_template_method_has_a_page_of_its_own(self):
        self.serve(PAGES)
        answer = await self.ask("/own?a=1", headers=X)
        self.assertEqual(answer.headings(), ["tools | own"])
        self.assertIn("/own {'a': ['1']} None None 1", "".join(answer.page().itertext()))
        self.assertEqual((await self.ask("/nothing")).headings(), [])
        with self.assertLogs("web.server", level="ERROR"):
            answer = await self.ask("/breaks")
        self.assertEqual((answer.status, answer.headings()), (200, []))

    async def test_a_dashboard_method_stands_above_the_dashboard(self):
        self.serve(PAGES)
        with self.assertLogs("web.server", level="ERROR"):
            answer = await self.ask("/first", headers=X)
        self.assertEqual(answer.headings()[:2], ["tools | first", "site | first of all"])
        self.assertIn('<hr class="element"/>', answer.text)
        self.assertIn('<body data-shown-as="/">', answer.text)

    async def test_visible_methods_are_listed_by_module_and_one_that_asks_before_has_a_page_that_does(self):
        self.serve(PAGES)
        links = (await self.ask("/console/log")).links()
        self.assertEqual((links["raw & more"], links["asks"]), ("/raw", "/console/confirm?path=%2Fasks"))
        self.assertNotIn("own", links)
        asks = await self.ask(links["asks"])
        (form,) = asks.page().iter("{http://www.w3.org/1999/xhtml}form")
        self.assertEqual((form.get("method"), form.get("action")), ("get", "/asks"))
        self.assertEqual((await self.ask("/asks")).text, "done")
        self.assertEqual((await self.ask("/console/confirm?path=/raw")).status, 404)

    async def test_what_another_site_makes_a_browser_ask_for_is_not_done(self):
        self.serve(PAGES)
        foreign = ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"},
                   {"Referer": "http://evil.example/page"})  # fmt: skip
        for headers in foreign:
            self.assertEqual((await self.ask("/asks", headers=headers)).status, 403, headers)
            self.assertEqual((await self.ask("/raw", "POST", {**X, **headers}, b"")).status, 403, headers)
            self.assertEqual((await self.ask(REINITIALISE, headers=headers)).status, 403, headers)
            self.assertEqual((await self.ask("/raw", headers={**X, **headers})).status, 200, headers)
        host = f"127.0.0.1:{self.port}"
        for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": f"http://{host}"}, {}):
            self.assertEqual((await self.ask("/asks", headers=headers)).status, 200, headers)


class DashboardTests(WebCase):
    async def test_elements_stand_among_the_servers_own_by_their_ordering(self):
        self.serve(PAGES)
        with self.assertLogs("web.server", level="ERROR") as logs:
            answer = await self.ask("/?q=1", headers=X)
        self.assertEqual(
            answer.headings(),
            ["site | first of all", "health", "pools", "traffic", "site | between", "recent activity", "core | events",
             "site & co | named"],
        )  # fmt: skip
        self.assertEqual(len(logs.records), 1)
        self.assertIn("/ {'q': ['1']} None None 1", "".join(answer.page().itertext()))

    async def test_the_place_of_the_log_is_settable_and_there_may_be_none(self):
        self.serve("WEB_DASHBOARD_ORDER_LOG = 1\nWEB_LOG_MAX_HEIGHT = None\n")
        answer = await self.ask("/")
        self.assertEqual(answer.headings()[0], "core | events")
        self.assertNotIn("style=", answer.text)
        await self.console.stop()
        self.serve("WEB_LOG_HISTORY = 0\n")
        self.assertNotIn("core | events", (await self.ask("/")).headings())

    async def test_header_functions_are_called_for_every_page(self):
        self.serve(
            'def init():\n    callbacks.webAddHeader(lambda path, *_: \'<meta name="own" content="%s"/>\' % path)\n'
            "    callbacks.webAddHeader(lambda *_: None)\n"
        )
        for path in ("/", "/console/log", "/console/configuration"):
            self.assertIn(f'<meta name="own" content="{path}"/>', (await self.ask(path)).text)

    async def test_a_fragment_that_is_not_well_formed_is_shown_all_the_same(self):
        self.serve("def init():\n    callbacks.webAddDashboard('m', 'n', lambda **_: '<p>a<br>b &nbsp; & c')\n")
        answer = await self.ask("/")
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("<p>a<br>b &nbsp; & c", answer.text)

    async def test_a_page_may_load_what_the_sites_headers_load_and_no_other_may(self):
        self.serve()
        policy = (await self.ask("/")).headers["content-security-policy"]
        self.assertIn("script-src 'self';", policy)
        self.assertNotIn("unsafe-inline", policy)
        await self.console.stop()
        self.serve(
            "def init():\n    callbacks.webAddHeader(lambda *_: '<script src=\"https://cdn.example/x.js\"></script>')\n"
        )
        policy = (await self.ask("/")).headers["content-security-policy"]
        self.assertIn("script-src 'self' https://cdn.example 'unsafe-inline';", policy)
        self.assertIn("frame-ancestors 'none'", policy)


class OwnTests(WebCase):
    """What the console has registered of its own, and a site may take out."""

    async def test_style_script_icon_and_title_are_there(self):
        self.serve("SYSTEM_NAME = 'office & co'\n")
        kinds = [(await self.ask(path)).headers["content-type"] for path in ("/css", "/javascript", "/favicon.ico")]
        self.assertEqual(kinds, ["text/css", "text/javascript", "image/x-icon"])
        self.assertIn("function rewriteLocation(path)", (await self.ask("/javascript")).text)
        self.assertNotIn("cache-control", (await self.ask("/css")).headers)
        self.assertIn("<title>office &amp; co</title>", (await self.ask("/")).text)

    async def test_they_are_not_where_conf_does_not_want_them(self):
        self.serve("WEB_HEADER_TITLE = WEB_HEADER_CSS = WEB_HEADER_FAVICON = False\nDEBUG = True\n")
        statuses = [(await self.ask(path)).status for path in ("/css", "/favicon.ico", "/javascript")]
        self.assertEqual(statuses, [404, 404, 200])
        text = (await self.ask("/")).text
        self.assertNotIn("<title>", text)
        self.assertNotIn("/css", text)
        self.assertIn("no-cache", (await self.ask("/javascript")).headers["cache-control"])

    async def test_a_site_replaces_them(self):
        self.serve(
            "def init():\n    callbacks.webRemoveMethod('/css')\n"
            "    callbacks.webAddMethod('/css', lambda *_: ('text/css', 'p {}'))\n"
            "    callbacks.webAddMethod('/', lambda *_: ('text/plain', 'mine'))\n"
            "    callbacks.webAddMethod('/console/log', lambda *_: ('text/plain', 'too'))\n"
        )
        texts = [(await self.ask(path)).text for path in ("/css", "/", "/console/log")]
        self.assertEqual(texts, ["p {}", "mine", "too"])

    async def test_reading_anew_calls_the_site_and_says_how_long_it_took(self):
        self.serve("CALLS = []\ndef init():\n    callbacks.systemAddReinitHandler(lambda: CALLS.append(1))\n")
        answer = await self.ask(REINITIALISE)
        self.assertEqual(answer.headings()[0], "core | reinitialise")
        self.assertIn("seconds", answer.text)
        self.assertEqual(self.configuration.site.module.CALLS, [1])

    async def test_reading_anew_is_hidden_or_not_there_as_conf_wants_it(self):
        self.serve("WEB_REINITIALISE_HIDDEN = True\n")
        self.assertNotIn("reinitialise", (await self.ask("/")).links())
        self.assertEqual((await self.ask(REINITIALISE)).status, 200)
        await self.console.stop()
        self.serve("WEB_REINITIALISE_CONFIRM = False\n")
        self.assertEqual((await self.ask("/")).links()["reinitialise"], REINITIALISE)
        await self.console.stop()
        self.serve("WEB_REINITIALISE_ENABLED = False\n")
        self.assertEqual((await self.ask(REINITIALISE)).status, 404)


class ThreadTests(WebCase):
    async def test_functions_run_in_threads_and_several_at_a_time(self):
        self.serve()
        barrier = threading.Barrier(3, timeout=30)
        names = []

        def meets(*_):
            names.append(threading.current_thread().name)
            barrier.wait()
            return "text/plain", "met"

        for number in range(3):
            self.site.methods.add(Method(f"/{number}", lambda *_: meets()))
        answers = await gatherResults([self.ask(f"/{number}") for number in range(3)])
        self.assertEqual(([answer.text for answer in answers], set(names)), (["met"] * 3, {"web"}))

    async def test_one_that_does_not_return_is_given_up_and_not_called_again_before_it_has(self):
        self.serve()
        self.console._callers.deadline = 0.05
        may_return, calls = threading.Event(), []
        self.addCleanup(may_return.set)

        def hangs(*_, **__):
            calls.append(1)
            may_return.wait(30)
            return "text/plain", "at last"

        self.site.methods.add(Method("/hangs", hangs))
        self.site.dashboard.add("m", "hangs", lambda **_: hangs())
        with self.assertLogs("web.server", level="ERROR"):
            first, second = await self.ask("/hangs"), await self.ask("/hangs")
            page = await self.ask("/")
            again = await self.ask("/")
        self.assertEqual((first.status, second.status), (504, 503))
        self.assertEqual((page.status, again.status), (200, 200))
        self.assertNotIn("m | hangs", page.headings())
        self.assertEqual(len(calls), 2)
