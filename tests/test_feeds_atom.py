"""The feed as a document: what RFC 4287 asks for, and what readers get."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import feedparser
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.feeds.atom import FeedAddress, as_atom
from sdhcp.feeds.feed import Feed
from sdhcp.feeds.pages import record_page, records_page

from .test_feeds import NOW, record, store

ATOM = "{http://www.w3.org/2005/Atom}"
WHERE = FeedAddress(
    "0b8f1c5e-2f3a-4c6d-9e7b-1a2b3c4d5e6f",
    "dhcp1",
    "staticDHCPd",
    "http://localhost:30880",
    "/feed/atom",
    "/feed/record",
)
TEXT = st.text(st.characters(codec=None), max_size=20)


def element(parent, name):
    """The only child of a name."""
    (found,) = parent.findall(f"{ATOM}{name}")
    return found


class DocumentCase(SynchronousTestCase):
    def assert_valid(self, data):
        """What RFC 4287 section 4.1 and 4.2 ask of a feed and its entries."""
        feed = ElementTree.fromstring(data)
        self.assertEqual(feed.tag, f"{ATOM}feed")
        names = set()
        for one in [feed, *feed.findall(f"{ATOM}entry")]:
            names.add(self.absolute(element(one, "id").text))
            self.assertTrue(element(one, "title").text)
            self.moment(element(one, "updated").text)
            for published in one.findall(f"{ATOM}published"):
                self.moment(published.text)
            for link in one.findall(f"{ATOM}link"):
                self.absolute(link.get("href"))
            alternates = [link for link in one.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
            self.assertEqual(len(alternates), len({(link.get("type"), link.get("hreflang")) for link in alternates}))
            for category in one.findall(f"{ATOM}category"):
                self.assertTrue(category.get("term"))
        for entry in feed.findall(f"{ATOM}entry"):
            self.assertIn(element(entry, "content").get("type", "text"), ("text", "html", "xhtml"))
            self.assertFalse(list(element(entry, "content")))
        self.assertEqual(len(names), 1 + len(feed.findall(f"{ATOM}entry")))
        self.assertTrue(element(element(feed, "author"), "name").text)
        (own,) = [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
        self.assertEqual(own.get("type"), "application/atom+xml")
        return feed

    def absolute(self, text):
        self.assertRegex(text, r"\A(urn:uuid:[0-9a-f-]{36}|https?://[^\s]+)\Z")
        return text

    def moment(self, text):
        """A time of RFC 3339, which has an offset."""
        self.assertRegex(text, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")


class DocumentTests(DocumentCase):
    def test_a_feed_without_records_is_valid(self):
        feed = self.assert_valid(as_atom(WHERE, (), NOW).data)
        self.assertEqual(feed.findall(f"{ATOM}entry"), [])

    @given(st.lists(st.tuples(TEXT, TEXT.filter(bool)), max_size=5), TEXT.filter(bool), TEXT.filter(bool))
    def test_whatever_is_in_the_records_it_is_valid_and_says_it(self, several, title, author):
        records = {one.uid: one for one in (record(text, module=module) for module, text in several)}
        where = WHERE._replace(title=f"t{title}", author=f"a{author}")
        feed = self.assert_valid(as_atom(where, tuple(records.values()), NOW).data)
        said = [element(entry, "content").text or "" for entry in feed.findall(f"{ATOM}entry")]
        self.assertEqual(said, [one.text for one in records.values()])

    def test_a_reader_finds_everything(self):
        records = (record("one <b>&amp; 'two'</b>\n  | three", NOW + 60.25), record("gone", NOW, "CRITICAL", "mine"))
        read = feedparser.parse(as_atom(WHERE, records, NOW + 60.25).data)
        self.assertFalse(read.bozo)
        self.assertEqual((read.version, read.feed.title, read.feed.author), ("atom10", "dhcp1", "staticDHCPd"))
        self.assertEqual(read.feed.id, f"urn:uuid:{WHERE.uid}")
        links = {(link.rel, link.href) for link in read.feed.links}
        self.assertEqual(
            links, {("self", "http://localhost:30880/feed/atom"), ("alternate", "http://localhost:30880/")}
        )
        newest, oldest = read.entries
        self.assertEqual((newest.title, oldest.title), ("ERROR: one <b>&amp; 'two'</b>", "CRITICAL: gone"))
        self.assertEqual(newest.content[0].type, "text/plain")
        self.assertEqual(newest.content[0].value, records[0].text)
        self.assertEqual(newest.link, f"http://localhost:30880/feed/record?uid={records[0].uid}")
        self.assertEqual((oldest.tags[0].term, oldest.tags[0].label), ("CRITICAL", "mine"))
        self.assertEqual([entry.id for entry in read.entries], [f"urn:uuid:{one.uid}" for one in records])
        when = datetime(*oldest.updated_parsed[:6], tzinfo=UTC).timestamp()
        self.assertEqual((when, read.feed.updated), (NOW, newest.updated))


class CacheTests(SynchronousTestCase):
    def setUp(self):
        self.store = store(age=60.0)
        self.feed = Feed(self.store, WHERE, 2)

    def ids(self, now=NOW):
        return [entry.title for entry in feedparser.parse(self.feed.document(now).data).entries]

    def test_only_the_newest_are_in_it(self):
        for text in "abc":
            self.store.add(record(text))
        self.assertEqual(self.ids(), ["ERROR: c", "ERROR: b"])

    def test_it_stays_the_same_octets_as_long_as_nothing_changes(self):
        self.store.add(record())
        first = self.feed.document(NOW)
        self.assertEqual(self.feed.document(NOW + 60), first)
        self.assertEqual(Feed(self.store, WHERE, 2).document(NOW + 5), first)

    def test_who_has_it_is_told_so(self):
        document = self.feed.document(NOW)
        headers = document.headers
        for known in (
            {"if-none-match": headers["ETag"]},
            {"if-none-match": f'"other", W/{headers["ETag"]}'},
            {"if-none-match": "*"},
            {"if-modified-since": headers["Last-Modified"]},
        ):
            self.assertTrue(document.is_known(known), known)
        for unknown in (
            {},
            {"if-none-match": '"other"', "if-modified-since": headers["Last-Modified"]},
            {"if-modified-since": "Tue, 14 Nov 2023 22:13:19 GMT"},
            {"if-modified-since": "yesterday"},
            {"if-modified-since": "Tue, 14 Nov 99999 22:13:19 GMT"},
        ):
            self.assertFalse(document.is_known(unknown), unknown)

    def test_a_record_that_comes_or_goes_makes_another(self):
        empty = self.feed.document(NOW)
        self.store.add(record(time=NOW + 10))
        full = self.feed.document(NOW + 20)
        gone = self.feed.document(NOW + 100)
        self.assertEqual(len({empty.etag, full.etag, gone.etag}), 3)
        self.assertFalse(full.is_known({"if-modified-since": empty.headers["Last-Modified"]}))
        self.assertFalse(gone.is_known({"if-modified-since": full.headers["Last-Modified"]}))
        self.assertEqual(gone.headers["Last-Modified"], "Tue, 14 Nov 2023 22:14:30 GMT")


class PageTests(SynchronousTestCase):
    def text(self, fragment):
        return "".join(ElementTree.fromstring(f"<body>{fragment}</body>").itertext())

    def test_a_record_has_all_its_text(self):
        evil = record("<script>alert('1 & 2')</script>\n  | more", module='"><x')
        said = self.text(record_page(evil))
        for part in (evil.text, evil.module, "ERROR"):
            self.assertIn(part, said)
        self.assertNotIn("<script", record_page(evil))

    def test_all_records_have_links_to_theirs(self):
        records = (record("<one>\nmore"), record("two", severity="CRITICAL"))
        table = ElementTree.fromstring(records_page(records, "/feed/record"))
        links = [(link.get("href"), link.text) for link in table.iter("a")]
        self.assertEqual(links, [(f"/feed/record?uid={one.uid}", one.title) for one in records])
        self.assertEqual([span.get("class") for span in table.iter("span")], ["error", "critical"])

    def test_without_records_it_says_so(self):
        self.assertEqual(self.text(records_page((), "/feed/record")), "There are no records.")
