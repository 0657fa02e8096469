"""The names of messages."""

from typing import get_args

from twisted.trial.unittest import SynchronousTestCase

from sdhcp import events
from sdhcp.logs import _WRITERS
from sdhcp.messages import GENERAL, MESSAGES, READY, message_of

from .messages_document import DOCUMENT, document
from .samples import MAC
from .test_events import DROPPED, EVERY


class MessageTests(SynchronousTestCase):
    def test_no_two_have_one_name(self):
        ids = [int(one.id.removeprefix("SDHCP-")) for one in MESSAGES]
        self.assertEqual(ids, sorted(set(ids)))
        self.assertEqual(len({one.uuid for one in MESSAGES}), len(ids))

    def test_names_for_the_journal_stay_as_they_are(self):
        self.assertEqual(READY.uuid, "2bff8c1918a85f979360b5847f8b9074")

    def test_the_document_has_every_one(self):
        self.assertEqual(DOCUMENT.read_text(encoding="utf-8"), document())

    def test_every_event_that_is_logged_has_one(self):
        made = {type(event): event for event, _ in EVERY}
        made[events.PoolExhausted] = events.PoolExhausted(0.0, ("guests",), MAC)
        made[events.PoolFilled] = events.PoolFilled(0.0, "guests", 9, 10, False)
        made[events.HookFailed] = events.HookFailed(0.0, "filterPacket", MAC, "a bug", "")
        made[events.LeaseChanged] = events.LeaseChanged(0.0, "quarantined", None)
        made[events.ForeignServer] = events.ForeignServer(0.0, None, 1, True)
        made[events.ForeignServerSilent] = events.ForeignServerSilent(0.0, MAC[:4], "eth0", 1.0, 1, 60.0)
        for kind in (*_WRITERS, events.Exchange, events.Dropped, events.Malformed):
            if kind is not events.ServerMessage:
                self.assertIsNot(message_of(made[kind]), GENERAL, kind)
        self.assertEqual(set(get_args(events.Event)) - set(_WRITERS), {
            events.Exchange, events.Dropped, events.Malformed, events.SiteCritical, events.ServerHeard,
        })  # fmt: skip

    def test_cases_of_one_event_that_ask_for_different_things_are_told_apart(self):
        for one, other in (
            (events.Reloaded(0.0, "INI", ""), events.Reloaded(0.0, "INI", "line 3")),
            (events.SourceFailed(0.0, "INI", "gone", ""), events.SourceFailed(0.0, "INI", "gone", "", MAC)),
            (events.PoolFilled(0.0, "a", 9, 10, False), events.PoolFilled(0.0, "a", 1, 10, True)),
            (events.HookSlow(0.0, "a", 1.0, False), events.HookSlow(0.0, "a", 1.0, True)),
            (DROPPED, DROPPED._replace(reason="blocked")),
            (events.ServerMessage(0.0, "WARN", "x"), events.ServerMessage(0.0, "WARN", "x", READY.id)),
        ):
            self.assertIsNot(message_of(one), message_of(other))
