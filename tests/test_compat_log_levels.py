"""At which level the log tells of what happened to a packet: what operators have their alerts by."""

from twisted.internet.task import Clock
from twisted.logger import Logger, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.engine.policy import Policy
from sdhcp.logs import EventLog
from sdhcp.wire import constants as c

from .in_process import STRANGER
from .samples import ADDRESS, OTHER, SERVER, ip
from .scripted_world import ScriptedWorld

SELECTS = {c.SERVER_IDENTIFIER: SERVER}


class LevelTests(SynchronousTestCase):
    def log(self, kind, options=None, severity="DEBUG", policy=None, times=1, fields=None, **hooks):
        """Pairs of level and text of all that is told of a packet."""
        lines = []
        log = EventLog(
            Logger(observer=lambda one: lines.append((one["log_level"].name, formatEvent(one)))), severity, Clock()
        )
        log.start()
        plain = Policy(allow_relays=True, suspend_threshold=5)
        world = ScriptedWorld(policy=policy or plain, hooks=hooks)
        for _ in range(times):
            world.ask(kind, options, **(fields or {}))
        for event in world.observed.events:
            if log.wants(type(event)):
                log.observe(event)
        log.stop()
        return lines

    def levels(self, *arguments, **keywords):
        return [level for level, _ in self.log(*arguments, **keywords)]

    def test_what_was_answered_is_info_with_client_answer_and_address(self):
        ((level, text),) = self.log(c.DISCOVER)
        self.assertEqual(level, "info")
        for part in ("DISCOVER", "02:00:5e:00:01:01", "10.77.1.1", "OFFER", "10.77.1.50"):
            self.assertIn(part, text)
        self.assertEqual(self.levels(c.DISCOVER, severity="WARN"), [])

    def test_a_client_that_is_not_heard_any_longer_is_a_warning(self):
        lines = self.log(c.DISCOVER, severity="WARN", fields={"chaddr": STRANGER})
        self.assertEqual([level for level, _ in lines], ["warn"])
        self.assertIn("02:00:5e:00:00:ff is not heard for 60 s", lines[0][1])
        lines = self.log(c.DISCOVER, severity="WARN", filterPacket=lambda *_: None)
        self.assertEqual([level for level, _ in lines], ["warn"])

    def test_one_that_asks_too_often_is_a_warning(self):
        lines = self.log(c.DISCOVER, severity="WARN", times=6)
        self.assertEqual({level for level, _ in lines}, {"warn"})
        self.assertIn("is not heard for 150 s", lines[0][1])

    def test_what_policy_refuses_is_a_warning_that_names_the_agent(self):
        lines = self.log(c.DISCOVER, severity="WARN", policy=Policy())
        self.assertEqual([level for level, _ in lines], ["warn"])
        self.assertIn("10.77.1.1", lines[0][1])
        self.assertIn("ALLOW_DHCP_RELAYS", lines[0][1])

    def test_a_hundred_of_these_are_one_and_a_count(self):
        lines = self.log(c.DISCOVER, severity="WARN", policy=Policy(), times=100)
        self.assertEqual(len(lines), 2)
        self.assertIn("99 more", lines[1][1])

    def test_what_is_discarded_by_a_filter_is_no_more_than_its_line(self):
        self.assertEqual(self.levels(c.DISCOVER, severity="WARN", filterPacket=lambda *_: False), [])
        ((level, text),) = self.log(c.DISCOVER, filterPacket=lambda *_: False)
        self.assertEqual((level, "filtered" in text), ("info", True))

    def test_a_reply_that_load_dhcp_packet_keeps_back_is_info(self):
        ((level, text),) = self.log(c.DISCOVER, loadDHCPPacket=lambda *_: None)
        self.assertEqual((level, "withheld" in text), ("info", True))

    def test_a_decline_of_the_holder_is_an_error_with_address_and_subnet(self):
        lines = self.log(c.DECLINE, {**SELECTS, c.REQUESTED_ADDRESS: ADDRESS}, severity="ERROR")
        self.assertEqual([level for level, _ in lines], ["error"])
        for part in ("02:00:5e:00:01:01", "10.77.1.50", "10.77.1.0/24"):
            self.assertIn(part, lines[0][1])

    def test_what_counts_for_nothing_is_told_with_its_reason(self):
        for kind, options, fields, reason in (
            (c.DECLINE, {**SELECTS, c.REQUESTED_ADDRESS: OTHER}, {}, "not-holder"),
            (c.RELEASE, SELECTS, {"ciaddr": OTHER}, "not-holder"),
            (c.REQUEST, {**SELECTS, c.REQUESTED_ADDRESS: ADDRESS}, {"ciaddr": ADDRESS}, "unclear-request"),
            (c.RELEASE, {}, {"ciaddr": ADDRESS}, "incomplete"),
        ):
            ((level, text),) = self.log(kind, options, fields=fields)
            self.assertEqual((level, reason in text), ("info", True), text)

    def test_a_client_that_has_chosen_another_server_is_debug_alone(self):
        options = {c.SERVER_IDENTIFIER: ip("10.77.0.2"), c.REQUESTED_ADDRESS: ADDRESS}
        self.assertEqual(self.levels(c.REQUEST, options, severity="INFO", times=5), [])
        self.assertEqual(self.levels(c.REQUEST, options, times=2), ["debug", "debug"])

    def test_what_a_function_raises_is_critical_with_its_traceback(self):
        def load(*_):
            raise KeyError("no colour")

        lines = self.log(c.DISCOVER, severity="CRITICAL", loadDHCPPacket=load)
        self.assertEqual([level for level, _ in lines], ["critical"])
        self.assertIn('raise KeyError("no colour")', lines[0][1])
