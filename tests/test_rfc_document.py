"""docs/rfc.md says what the tests prove."""

from twisted.trial.unittest import SynchronousTestCase

from .rfc_document import DOCUMENT, FAMILIES, document, proven


class RfcDocumentTests(SynchronousTestCase):
    def test_is_what_the_tests_say(self):
        written = DOCUMENT.read_text(encoding="utf-8")
        self.assertTrue(written == document(), "docs/rfc.md is old: run `python -m tests.rfc_document`")

    def test_has_no_gap(self):
        rows = proven()
        for letter in FAMILIES:
            numbers = sorted(int(row[1:]) for row in rows if row[0] == letter)
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)), letter)
