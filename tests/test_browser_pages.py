"""Every page of the console as Chromium shows it: wide and narrow, light and dark, with scripts and without."""

from .browser_case import PAGES, PICTURES, BrowserCase, visits
from .console_site import NASTY


class PagesTests(BrowserCase):
    def test_no_page_has_anything_to_complain_about(self):
        self.assertEqual([(one.name, one.said) for one in visits() if one.said], [])

    def test_nothing_is_loaded_from_elsewhere(self):
        here = {self.site.base.partition("://")[2]}
        self.assertEqual([(one.name, one.hosts) for one in visits() if one.hosts != here], [])

    def test_nothing_is_wider_than_a_telephone_but_octets_and_the_graph(self):
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
        with self.browser.without_scripts():
            for name, show in PAGES.items():
                show(self.browser)
                self.assertEqual(self.browser.headings(), with_scripts[name], name)
                self.assertEqual(self.browser.find_all("table.cards"), [], name)

    def test_dark_is_dark(self):
        def ground():
            return self.browser.run("return getComputedStyle(document.body).backgroundColor")

        self.browser.show("/")
        light = ground()
        self.browser.look(colours="dark")
        self.assertEqual((light, ground()), ("rgb(255, 255, 255)", "rgb(21, 25, 29)"))
