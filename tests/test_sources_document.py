"""The table of what was tried with which store."""

from twisted.trial.unittest import SynchronousTestCase

from . import sources_document


class SourcesDocumentTests(SynchronousTestCase):
    def test_is_what_is_tried(self):
        self.assertEqual(sources_document.written(), sources_document.table())
        self.assertEqual(len(sources_document.cases()), 20)
