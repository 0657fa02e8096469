"""Parameters of extension files."""

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.scripting.namespaces import _Namespace

from .site_case import SiteCase

READER = "from staticdhcpdlib import config\nMERGED = config.conf.extensions.some.extension_config_merge(\n"
READER += "    defaults={'LIMIT': 5, 'PATH': '/p'}, required=['NAME'])\ndef limit():\n    return MERGED.LIMIT\n"


class NamespaceTests(SynchronousTestCase):
    def setUp(self):
        self.extensions = _Namespace()

    def test_reading_makes_one_child_of_each_name(self):
        self.assertIs(self.extensions.some, self.extensions.some)
        self.assertIsNot(self.extensions.some, self.extensions.other)
        self.assertRaises(AttributeError, getattr, self.extensions, "__path__")

    def test_a_parameter_that_was_not_set_is_not_there(self):
        with self.extensions.some as some:
            some.LIMIT = 5
        self.assertEqual(self.extensions.some.LIMIT, 5)
        self.assertRaises(AttributeError, getattr, self.extensions.some, "OTHER")
        self.assertFalse(hasattr(self.extensions.some, "__path__"))

    def test_what_is_raised_inside_comes_out(self):
        with self.assertRaises(KeyError), self.extensions as extensions, extensions.some:
            raise KeyError("out")

    def test_parameters_are_listed_but_for_private_ones(self):
        self.extensions.some.A, self.extensions.some.b, self.extensions.some._c = 1, 2, 3
        self.extensions.some.extension_config_x = 4
        self.assertEqual(dict(self.extensions.some.extension_config_iter()), {"A": 1, "b": 2})
        self.assertEqual(self.extensions.some.extension_config_dict(), {"A": 1, "b": 2})

    def test_defaults_stand_where_nothing_was_set(self):
        some = self.extensions.some
        some.A = None
        merged = some.extension_config_merge(defaults={"A": 1, "B": 2}, required=["A"])
        self.assertEqual(merged.extension_config_dict(), {"A": None, "B": 2})
        self.assertRaises(AttributeError, getattr, merged, "C")
        self.assertRaises(AttributeError, getattr, some, "B")
        self.assertRaises(AttributeError, some.extension_config_merge, {}, ["C"])

    def test_the_first_floor_has_no_parameters(self):
        self.assertRaises(ValueError, self.extensions.extension_config_merge, {}, [])


class SiteTests(SiteCase, SynchronousTestCase):
    def init(self, text, top=""):
        body = "".join(f"    {line}\n" for line in text.splitlines())
        conf = self.load(f"{top}\ndef init():\n{body}", staticDHCPd_extensions__some=READER)
        return conf.init()

    def test_an_extension_reads_what_init_has_set(self):
        self.assertEqual(self.init(
            "with extensions.some as some:\n    some.NAME = 'n'\n    some.LIMIT = 7\n"
            "import staticDHCPd_extensions.some\nreturn staticDHCPd_extensions.some.limit()"
        ), 7)  # fmt: skip

    def test_a_required_parameter_that_is_not_set_is_told(self):
        self.assertRaises(AttributeError, self.init, "import staticDHCPd_extensions.some")

    def test_the_name_that_the_guide_tells_is_the_same(self):
        text = "with staticDHCPd_extensions.some as some:\n    some.NAME = 'n'\n"
        text += "from staticDHCPd_extensions.some import MERGED\nfrom staticdhcpdlib import config\n"
        text += "return MERGED.NAME, config.conf.staticDHCPd_extensions.some is extensions.some"
        self.assertEqual(self.init(text), ("n", True))

    def test_a_package_that_was_imported_at_the_top_is_both(self):
        text = "with staticDHCPd_extensions.some as some:\n    some.LIMIT = 9\n"
        text += "with staticDHCPd_extensions.other as other:\n    other.A = 1\n"
        text += "return (staticDHCPd_extensions.some.limit(), staticDHCPd_extensions.some.LIMIT, extensions.other.A,\n"
        text += "    staticDHCPd_extensions.some.extension_config_dict())"
        top = "extensions.some.NAME = 'early'\nimport staticDHCPd_extensions.some\n"
        found = self.init(text, top)
        self.assertEqual(found, (5, 9, 1, {"NAME": "early", "LIMIT": 9}))

    def test_the_namespace_outlasts_the_start(self):
        conf = self.load("extensions.some.A = 1\n")
        from sdhcp.compat.staticdhcpdlib import config

        self.assertEqual(config.conf.extensions.some.A, 1)
        self.assertIs(config.conf, conf)
