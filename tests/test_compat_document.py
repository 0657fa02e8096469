"""docs/compatibility.md says what the tables say, and names tests that there are."""

from twisted.python.reflect import namedAny
from twisted.trial.unittest import SynchronousTestCase

from .compat_document import DOCUMENT, PARTS, document, rows


class CompatibilityDocumentTests(SynchronousTestCase):
    def test_is_what_the_tables_say(self):
        written = DOCUMENT.read_text(encoding="utf-8")
        self.assertTrue(written == document(), "docs/compatibility.md is old: run `python -m tests.compat_document`")

    def test_every_fact_has_tests_that_are_there(self):
        for part, row in rows():
            self.assertTrue(row.tests, (part.title, row.fact))
            for name in row.tests:
                test = namedAny(f"tests.{name}")
                self.assertTrue(callable(test) and name.rpartition(".")[2].startswith("test_"), name)

    def test_no_fact_stands_there_twice(self):
        facts = [(part.title, row.fact) for part, row in rows()]
        self.assertEqual(len(facts), len(set(facts)))
        self.assertEqual(len({part.title for part in PARTS}), len(PARTS))
