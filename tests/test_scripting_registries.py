"""What a site's code registers, in one conf.py after the other."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.callbacks import Callbacks
from sdhcp.scripting.site import SiteCallbacks


class Page:
    def show(self, *_, **__):
        return "shown"


class CallbacksCase(SynchronousTestCase):
    def setUp(self):
        self.site = SiteCallbacks()
        self.callbacks = Callbacks(self.site)


class FunctionTests(CallbacksCase):
    def registries(self):
        callbacks, site = self.callbacks, self.site
        return [
            (callbacks.systemAddReinitHandler, callbacks.systemRemoveReinitHandler, site.reinit),
            (callbacks.systemAddTickHandler, callbacks.systemRemoveTickHandler, site.ticks),
            (callbacks.statsAddHandler, callbacks.statsRemoveHandler, site.statistics),
            (callbacks.webAddHeader, callbacks.webRemoveHeader, site.headers),
        ]

    def test_they_are_kept_in_the_order_of_registration(self):
        for add, _, functions in self.registries():
            one, other = (lambda: 1), (lambda: 2)
            self.assertIsNone(add(one))
            self.assertIsNone(add(callback=other))
            self.assertEqual(functions.all(), (one, other))

    def test_a_second_time_is_an_error_in_the_log_and_changes_nothing(self):
        page = Page()
        for add, _, functions in self.registries():
            add(page.show)
            with self.assertLogs(level="ERROR") as logs:
                self.assertIsNone(add(page.show))
            self.assertEqual((len(functions), len(logs.records)), (1, 1))

    def test_removal_tells_whether_there_was_something(self):
        page = Page()
        for add, remove, functions in self.registries():
            add(page.show)
            with self.assertNoLogs(level="ERROR"):
                self.assertIs(remove(page.show), True)
            with self.assertLogs(level="ERROR"):
                self.assertIs(remove(page.show), False)
            self.assertEqual(functions.all(), ())

    def test_what_cannot_be_called_is_refused(self):
        for add, _, functions in self.registries():
            self.assertRaises(TypeError, add, None)
            self.assertEqual(len(functions), 0)

    def test_functions_may_register_and_remove_while_they_are_called(self):
        called = []

        def second():
            called.append("second")

        def first():
            called.append("first")
            self.callbacks.systemRemoveTickHandler(first)
            self.callbacks.systemAddTickHandler(second)

        self.callbacks.systemAddTickHandler(first)
        for _ in range(2):
            self.site.run_all(self.site.ticks.all())
        self.assertEqual(called, ["first", "second"])

    def test_listeners_hear_of_changes_alone(self):
        heard = []
        self.site.statistics.on_change(lambda: heard.append(len(self.site.statistics)))
        page = Page()
        self.callbacks.statsAddHandler(page.show)
        with self.assertLogs(level="ERROR"):
            self.callbacks.statsAddHandler(page.show)
        self.callbacks.statsRemoveHandler(page.show)
        self.assertEqual(heard, [1, 0])


class DashboardTests(CallbacksCase):
    def names(self):
        return [one.name for one in self.site.dashboard.all()]

    def add(self, name, ordering=None, module="m"):
        self.callbacks.webAddDashboard(module, name, lambda: name, ordering=ordering)

    def test_elements_without_an_ordering_stand_below_all_others(self):
        self.add("first")
        self.add("log", 1000)
        self.add("after")
        self.add("top", -5)
        self.assertEqual([(one.name, one.ordering) for one in self.site.dashboard.all()],
                         [("top", -5), ("first", 0), ("log", 1000), ("after", 1001)])  # fmt: skip

    def test_elements_of_one_place_stand_as_they_were_added(self):
        self.add("same", 1)
        self.add("same", 1)
        self.add(None, 1, None)
        self.add("other", 1)
        self.assertEqual(self.names(), [None, "other", "same", "same"])

    def test_names_are_html(self):
        self.add("<b>", module="a & b")
        element = self.site.dashboard.all()[0]
        self.assertEqual((element.module, element.name), ("a &amp; b", "&lt;b&gt;"))

    def test_a_method_of_an_object_is_one_element(self):
        page = Page()
        self.callbacks.webAddDashboard("m", "n", page.show)
        with self.assertLogs("web", level="ERROR"):
            self.callbacks.webAddDashboard("m", "other", page.show)
        self.assertEqual(self.names(), ["n"])
        self.assertTrue(self.callbacks.webRemoveDashboard(page.show))
        with self.assertLogs("web", level="ERROR"):
            self.assertFalse(self.callbacks.webRemoveDashboard(page.show))

    def test_an_ordering_is_a_number(self):
        self.assertRaises(TypeError, self.add, "n", "first")
        self.assertEqual(self.names(), [])


class MethodTests(CallbacksCase):
    def test_what_is_not_said_is_as_documented(self):
        page = Page()
        self.callbacks.webAddMethod("/page", page.show)
        method = self.site.methods.get("/page")
        self.assertEqual(method[1:], (page.show, False, True, False, None, None, False, self.callbacks.WEB_METHOD_RAW))

    def test_all_may_be_given_by_place_and_by_name(self):
        page = Page()
        template = self.callbacks.WEB_METHOD_TEMPLATE
        self.callbacks.webAddMethod("/a", page.show, True, False, True, "m", "n", True, template)
        self.callbacks.webAddMethod(
            path="/b", callback=page.show, cacheable=True, hidden=False, secure=True, module="m", name="n",
            confirm=True, display_mode=template,
        )  # fmt: skip
        self.assertEqual(self.site.methods.get("/a")[1:], self.site.methods.get("/b")[1:])

    def test_visible_ones_are_listed_by_module_and_name(self):
        for path, module, name in (("/a", "z", "a"), ("/b", None, None), ("/c", "a", None), ("/d", "a", "<")):
            self.callbacks.webAddMethod(path, lambda: None, hidden=False, module=module, name=name)
        self.callbacks.webAddMethod("/hidden", lambda: None)
        listed = [(one.path, one.name) for one in self.site.methods.visible()]
        self.assertEqual(listed, [("/b", None), ("/c", None), ("/d", "&lt;"), ("/a", "a")])

    def test_a_path_that_is_taken_stays_with_whom_has_it_until_it_is_removed(self):
        one, other = Page(), Page()
        self.callbacks.webAddMethod("/css", one.show)
        with self.assertLogs("web", level="ERROR"):
            self.callbacks.webAddMethod("/css", other.show)
        self.assertEqual(self.site.methods.get("/css").callback, one.show)
        self.assertIs(self.callbacks.webRemoveMethod("/css"), True)
        with self.assertLogs("web", level="ERROR"):
            self.assertIs(self.callbacks.webRemoveMethod("/css"), False)
        self.callbacks.webAddMethod("/css", other.show)
        self.assertEqual(self.site.methods.get("/css").callback, other.show)

    def test_an_unknown_display_mode_is_refused(self):
        self.assertRaises(ValueError, self.callbacks.webAddMethod, "/a", lambda: None, display_mode=9)


class AssignmentTests(CallbacksCase):
    def test_listeners_hear_of_each(self):
        heard = []
        self.site.on_assign(lambda *change: heard.append(change))
        self.site.assign("AUTHORITATIVE", True)
        self.assertEqual((heard, self.site.assigned), ([("AUTHORITATIVE", True)], {"AUTHORITATIVE": True}))
