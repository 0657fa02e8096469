"""The console in Chromium: pages wide and narrow, light and dark, with scripts and without, and as people use them."""

from .browser import DARK, NARROW, WIDE
from .browser_case import PAGES, PICTURES, BrowserCase, visits
from .console_site import NASTY
from .web_case import NAME, PASSWORD

TAB = "\ue004"
"""The key, as WebDriver calls it."""
FOCUSED = """
const one = document.activeElement, style = getComputedStyle(one);
return [one === document.body ? -1 : Array.from(document.querySelectorAll("*")).indexOf(one),
        style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1];
"""
REACHABLE = """
const all = Array.from(document.querySelectorAll("*"));
const some = "a[href], button, select, textarea, input:not([type=hidden]), [tabindex='0']";
return all.filter(one => one.matches(some) && one.getClientRects().length).map(one => all.indexOf(one));
"""


class PagesTests(BrowserCase):
    def test_no_page_has_anything_to_complain_about(self):
        self.assertEqual([(one.name, one.said) for one in visits() if one.said], [])

    def test_nothing_is_loaded_from_elsewhere(self):
        here = {self.site.base.partition("://")[2]}
        self.assertEqual([(one.name, one.hosts) for one in visits() if one.hosts != here], [])

    def test_nothing_is_wider_than_a_telephone_or_a_tablet_but_octets_and_the_graph(self):
        allowed = {"pre.dump", "div.graph"}
        self.assertEqual([(one.name, one.wider) for one in visits() if not set(one.wider) <= allowed], [])

    def test_nobody_is_kept_out_by_how_pages_are_made(self):
        self.assertEqual([fault for one in visits() for fault in one.faults], [])

    def test_there_is_a_picture_of_each(self):
        for one in visits():
            for view in ("1440-light", "1440-dark", "390-light", "390-dark"):
                self.assertGreater((PICTURES / f"{one.name}-{view}.png").stat().st_size, 5000, one.name)

    def test_what_a_client_says_is_text(self):
        self.assertEqual({src for one in visits() for src in one.images}, {"/statistics/graph.svg"})
        for name in ("clients", "client", "packet", "leases"):
            PAGES[name](self.browser)
            self.assertIn(NASTY, self.browser.text(), name)

    def test_all_is_there_without_scripts(self):
        with_scripts = {one.name: one.headings for one in visits()}
        self.browser.look(NARROW)
        with self.browser.without_scripts():
            for name, show in PAGES.items():
                show(self.browser)
                self.assertEqual(self.browser.headings(), with_scripts[name], name)
                self.assertEqual(self.browser.find_all("table.cards"), [], name)
                self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), NARROW[0], name)

    def test_dark_is_dark(self):
        def ground():
            return self.browser.run("return getComputedStyle(document.body).backgroundColor")

        self.browser.show("/")
        light = ground()
        self.browser.look(colours=DARK)
        self.assertEqual((light, ground()), ("rgb(255, 255, 255)", "rgb(21, 25, 29)"))


class LoginTests(BrowserCase):
    def test_the_password_is_asked_for_by_digest_and_nothing_is_shown_without_it(self):
        # Another name for the server, for which Chromium knows no password yet.
        base, self.browser.base = self.browser.base, self.browser.base.replace("127.0.0.1", "localhost")
        self.addCleanup(setattr, self.browser, "base", base)
        self.browser.driver.get(f"{self.browser.base}/console/clients")
        self.browser.log_in("/console/clients", NAME, "wrong horse")
        self.assertEqual(self.browser.find_all("#main"), [])
        answers = self.told("Network.responseReceivedExtraInfo")
        self.assertEqual([status for status, _ in answers], [401, 401])
        for _, fields in answers:
            self.assertEqual({line.split()[0] for line in fields["WWW-Authenticate"].splitlines()}, {"Digest"})
        self.browser.log_in("/console/clients", NAME, PASSWORD)
        self.browser.show("/console/log")
        self.assertEqual(self.browser.headings(), ["log"])
        logins = [fields["Authorization"] for _, fields in self.told("Network.requestWillBeSentExtraInfo")
                  if "Authorization" in fields]  # fmt: skip
        self.assertTrue(logins and all(one.startswith("Digest ") and "SHA-256" in one for one in logins), logins)
        self.assertNotIn("horse", str(logins))

    def told(self, event):
        """Statuses and headers in what Chromium tells of its network."""
        return [(values.get("statusCode"), values["headers"]) for name, values in self.browser.traffic()
                if name == event]  # fmt: skip


class KeyboardTests(BrowserCase):
    def test_a_slash_leads_to_the_search_and_is_not_typed(self):
        self.browser.show("/console/clients")
        self.browser.press("/")
        self.browser.press("machine-7/")
        self.assertEqual(self.browser.run("return document.activeElement.name"), "find")
        self.assertEqual(self.browser.find("input[name=find]").get_attribute("value"), "machine-7/")

    def test_the_tab_key_reaches_everything_and_shows_where_it_is(self):
        for size, path in (
            (WIDE, "/console/clients?find=machine-71"),
            (NARROW, "/console/packets/28"),
            (WIDE, "/console/reservations/edit"),
        ):
            self.browser.look(size)
            self.browser.show(path)
            reachable = self.browser.run(REACHABLE)
            self.assertGreater(len(reachable), 20)
            reached = []
            for _ in reachable:
                self.browser.press(TAB)
                place, is_seen = self.browser.run(FOCUSED)
                self.assertTrue(is_seen, self.browser.run("return document.activeElement.outerHTML"))
                reached.append(place)
            self.assertEqual(reached, reachable, path)


class FormTests(BrowserCase):
    def search(self):
        self.browser.show("/console/clients")
        self.browser.find("input[name=find]").send_keys("machine-71")
        self.browser.click("#main form button")
        self.assertIn("find=machine-71", self.browser.driver.current_url)
        self.assertEqual([one.text for one in self.browser.find_all("tbody a")], ["02:00:5e:00:00:47"])

    def test_what_is_searched_for_stands_in_the_address(self):
        self.search()
        with self.browser.without_scripts():
            self.search()

    def test_what_the_site_wants_confirmed_is_asked_before_it_is_done(self):
        self.browser.show("/")
        self.browser.find("a[data-confirm='/site/cool']").click()
        self.browser.driver.switch_to.alert.dismiss()
        self.assertNotIn("Rack 12", self.browser.text())
        self.browser.find("a[data-confirm='/site/cool']").click()
        self.browser.driver.switch_to.alert.accept()
        self.browser.eventually("it is done", lambda: "Rack 12: 21 degrees." in self.browser.text())
        with self.browser.without_scripts():
            self.browser.show("/")
            self.browser.click("a[data-confirm='/site/cool']")
            self.assertEqual(self.browser.headings(), ["cool"])
            self.browser.click("#main form button")
            self.assertIn("Rack 12: 21 degrees.", self.browser.text())

    def test_a_reservation_is_added_after_a_look_at_it(self):
        self.browser.show("/console/reservations/edit")
        for name, value in (("key", "02:00:5e:00:cc:01"), ("ip", "127.0.0.201"), ("hostname", "a & <b>")):
            self.browser.find(f"input[name={name}]").send_keys(value)
        self.browser.click("#main form button")
        self.assertIn("This reservation would be made:", self.browser.text())
        self.browser.click("#main form button")
        self.browser.show("/console/reservations?find=02:00:5e:00:cc:01")
        self.assertIn("a & <b>", self.browser.find("tbody").text)


class LiveTests(BrowserCase):
    def come(self, number, path):
        """A new client does a DORA while a page is open: the text of the page when it is on it."""
        mac = bytes([2, 0, 0x5E, 0, 0xC0, number])
        self.browser.show(path)
        self.browser.run("window.isSame = true")
        self.assertNotIn(mac.hex(":"), self.browser.text())
        self.site.lend(mac, f"newcomer-{number}")
        text = self.browser.eventually(path, lambda: (seen := self.browser.text()).count(mac.hex(":")) > 1 and seen)
        self.assertTrue(self.browser.run("return window.isSame"))
        return mac.hex(":"), text

    def test_what_clients_do_appears_on_the_dashboard_and_is_in_timeline_and_feed(self):
        mac, text = self.come(1, "/")
        self.assertIn(f"{mac} REQUEST:SELECTING ACK", text)
        self.assertIn(f"DISCOVER from {mac}", text)
        self.browser.show(f"/console/client/{mac}")
        self.assertIn("newcomer-1", self.browser.text())
        rows = [one.text for one in self.browser.find_all("table tbody tr") if "DISCOVER" in one.text
                or "REQUEST:SELECTING ACK" in one.text]  # fmt: skip
        self.assertEqual(len(rows), 2, rows)
        self.browser.eventually("the feed has it", lambda: f"from {mac}" in self.feed())

    def feed(self):
        return self.browser.driver.execute_async_script(
            "const done = arguments[0]; fetch('/feed/atom').then(one => one.text()).then(done, done);"
        )

    def test_the_tab_key_goes_on_from_where_it_was_though_the_dashboard_changes(self):
        self.browser.show("/")
        place = "return document.activeElement.getAttribute('href')"
        self.browser.run("document.querySelector('tbody a[href*=\"5e:00:ee:01\"]').focus()")
        before = self.browser.run(place)
        self.site.lend(bytes.fromhex("02005e00c003"), "newcomer-3")
        self.browser.eventually("it has changed", lambda: self.browser.find_all("tbody a[href*='5e:00:c0:03']"))
        self.assertEqual((self.browser.run(place), before), (before, "/console/client/02:00:5e:00:ee:01"))

    def test_packets_appear_in_their_list_and_have_the_names_of_columns_on_a_telephone(self):
        self.browser.look(NARROW)
        mac, _ = self.come(2, "/console/packets?client=02:00:5e:00:c0:02")
        cells = self.browser.find_all("#packets tbody tr.new:first-child td")
        names = [one.get_attribute("data-column") for one in cells]
        self.assertEqual(names[:4], ["Number", "Time", "Type", "Client"])
        self.assertEqual([one.text for one in cells[2:4]], ["REQUEST:SELECTING", mac])
