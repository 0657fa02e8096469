"""Where lines of the log go, how they read there, and what becomes of them while that cannot be written to."""

import json
import os
import resource
import socket
import struct
from pathlib import Path
from time import mktime, strptime, tzset

from twisted.internet.task import Clock
from twisted.logger import Logger, LogLevel, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from sdhcp import events, outputs
from sdhcp.config.settings import LogSettings, WebSettings
from sdhcp.lines.output import QUIET
from sdhcp.logs import EventLog, severity_read
from sdhcp.messages import DECLINED, OF_LIBRARY, OF_SITE, READY
from sdhcp.outputs import LogOutputs
from sdhcp.service import Server

from .samples import ADDRESS, MAC
from .test_config import ConfigCase
from .test_events import EXCHANGE

DECLINE = events.Declined(0.0, MAC, ADDRESS, "10.77.1.0/24", 3)
WHO = "02:00:5e:00:01:01"


def at(text):
    """Seconds since the epoch of a moment by this machine's clock."""
    return mktime(strptime(text, "%Y-%m-%d %H:%M:%S"))


class OutputCase(SynchronousTestCase):
    """Logs to outputs; ``told`` is what is told of them, ``now`` the time of both clocks."""

    def setUp(self):
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        # Paths of sockets may have a hundred characters.
        self.there = f"/proc/self/fd/{os.open(self.folder, os.O_RDONLY)}"
        self.addCleanup(os.close, int(self.there.rpartition("/")[2]))
        self.now = at("2026-03-10 12:00:00")
        self.told = []

    def log_to(self, **settings):
        """Open outputs; what is wrong with them."""
        settings = LogSettings(**{"console_severity": "FATAL", **settings})
        self.outputs = LogOutputs(settings, lambda *line: self.told.append(line), lambda: self.now, lambda: self.now)
        problems = self.outputs.open((None, None))
        self.addCleanup(self.outputs.close)
        self.logger = Logger("sdhcp", observer=self.outputs)
        self.log = EventLog(self.logger, "DEBUG", Clock())
        return problems

    def say(self, text="a word", level=LogLevel.warn, **more):
        self.logger.emit(level, "{text}", text=text, **more)

    def listen(self, name="log"):
        """A socket such as syslog has, and its path."""
        path = f"{self.there}/{name}"
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listening.bind(path)
        listening.setblocking(False)
        self.addCleanup(listening.close)
        return listening, path

    def lost(self):
        return dict(self.outputs.lost())


class FormTests(OutputCase):
    def written(self, form):
        path = self.folder / "log"
        self.log_to(file=str(path), file_severity="INFO", format=form)
        self.log.observe(DECLINE)
        self.log.observe(EXCHANGE)
        self.log.observe(events.ServerMessage(0.0, "WARN", "a message", READY.id))
        self.log.flush()
        self.say("of a site", site_logger="extension.mine")
        Logger("twisted.web", observer=globalLogPublisher).emit(LogLevel.warn, "of a library")
        self.outputs.close()
        return path.read_text(encoding="utf-8").splitlines()

    def test_text_is_time_severity_and_what_is_said(self):
        lines = [line.split(" : ") for line in self.written("text")]
        self.assertEqual([line[1] for line in lines], ["ERROR", "WARNING", "INFO", "WARNING", "WARNING"])
        self.assertEqual([line[2] for line in lines][-2:], ["of a site", "of a library"])
        for moment, *_ in lines:
            self.assertRegex(moment, r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\Z")

    def test_names_of_messages_may_stand_before_the_text(self):
        lines = [line.split(" : ") for line in self.written("ids")]
        self.assertEqual([line[2] for line in lines], ["SDHCP-302", "SDHCP-101", "SDHCP-120", "SDHCP-500", "SDHCP-900"])

    def test_json_has_what_the_line_is_about(self):
        declined, ready, exchange, site, library = map(json.loads, self.written("json"))
        self.assertEqual(
            {name: declined[name] for name in ("level", "id", "logger", "mac", "address", "subnet", "serial")},
            {"level": "ERROR", "id": "SDHCP-302", "logger": "sdhcp", "mac": WHO, "address": "10.77.1.50",
             "subnet": "10.77.1.0/24", "serial": 3},
        )  # fmt: skip
        self.assertRegex(declined["time"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d\Z")
        self.assertEqual((ready["id"], ready["message"]), (READY.id, "a message"))
        self.assertEqual([exchange[name] for name in ("method", "outcome", "seconds")], ["DISCOVER", "offered", 0.001])
        self.assertEqual((site["id"], site["logger"]), (OF_SITE.id, "extension.mine"))
        self.assertEqual((library["id"], library["logger"]), (OF_LIBRARY.id, "twisted.web"))

    def test_a_line_of_json_is_one_line_whatever_is_said(self):
        path = self.folder / "log"
        self.log_to(file=str(path), format="json")
        self.say('two\nlines, a "quote" and \udce9')
        (line,) = path.read_text(encoding="utf-8").splitlines()
        self.assertTrue(json.loads(line)["message"].startswith('two\nlines, a "quote" and '))


class SyslogTests(OutputCase):
    def test_this_machines_gets_each_line_with_its_severity_and_name(self):
        syslog, path = self.listen()
        self.assertEqual(self.log_to(syslog=path, syslog_severity="WARN"), [])
        self.log.observe(DECLINE)
        self.say("too little", LogLevel.info)
        text = syslog.recv(65536).decode()
        self.assertRegex(text, rf"\A<27>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d sdhcp\[{os.getpid()}\]: SDHCP-302 {WHO}")
        self.assertRaises(BlockingIOError, syslog.recv, 65536)

    def test_another_machines_gets_them_as_rfc_5424_has_it(self):
        syslog = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(syslog.close)
        syslog.bind(("127.0.0.1", 0))
        syslog.settimeout(10)
        self.log_to(syslog=syslog.getsockname())
        self.log.observe(DECLINE)
        self.assertRegex(
            syslog.recv(65536).decode(),
            rf"\A<27>1 \d{{4}}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d \S+ sdhcp {os.getpid()} SDHCP-302 - {WHO} declined",
        )
        self.say("x" * 100_000)
        self.assertEqual(len(syslog.recv(65536)), 2048)

    def test_one_that_is_gone_is_told_once_and_found_again(self):
        syslog, path = self.listen()
        self.log_to(syslog=path)
        self.say("before")
        self.assertIn(b"before", syslog.recv(65536))
        syslog.close()
        os.unlink(path)
        for _ in range(3):
            self.say("lost")
        self.assertEqual([(level, message.id) for level, _, message in self.told], [("ERROR", "SDHCP-106")])
        self.assertIn("LOG_SYSLOG", self.told[0][1])
        syslog, _ = self.listen()
        self.say("after")
        self.assertIn(b"after", syslog.recv(65536))
        self.assertEqual(self.told[1][1], "LOG_SYSLOG is written again; 3 lines were lost")
        self.assertEqual(self.lost(), {"LOG_SYSLOG": 3})

    def test_one_that_was_started_anew_misses_no_line(self):
        syslog, path = self.listen()
        self.log_to(syslog=path)
        self.say("before")
        syslog.close()
        os.unlink(path)
        syslog, _ = self.listen()
        self.say("after")
        self.assertIn(b"after", syslog.recv(65536))
        self.assertEqual((self.lost(), self.told), ({"LOG_SYSLOG": 0}, []))

    def test_one_that_does_not_read_keeps_nobody_waiting(self):
        _, path = self.listen()
        self.log_to(syslog=path)
        for _ in range(5000):
            self.say("word")
        self.assertGreater(self.lost()["LOG_SYSLOG"], 0)
        self.assertEqual(len(self.told), 1)

    def test_one_that_comes_and_goes_is_told_once_a_minute(self):
        syslog, path = self.listen()
        self.log_to(syslog=path)
        for _ in range(5):
            syslog.close()
            os.unlink(path)
            self.say()
            syslog, _ = self.listen()
            self.say()
        self.assertEqual([line[0] for line in self.told], ["ERROR", "WARN"])
        syslog.close()
        os.unlink(path)
        self.say()
        self.assertEqual(len(self.told), 2)
        self.now += QUIET
        self.say()
        self.assertEqual([line[0] for line in self.told], ["ERROR", "WARN", "ERROR"])


class JournalTests(OutputCase):
    def fields(self, data):
        """The fields of an entry, by systemd's description of its protocol."""
        found = {}
        while data:
            line, _, rest = data.partition(b"\n")
            name, equals, value = line.partition(b"=")
            if not equals:
                (length,) = struct.unpack("<Q", rest[:8])
                value, data = rest[8 : 8 + length], rest[8 + length :]
                self.assertTrue(data.startswith(b"\n"))
                data = data[1:]
            else:
                data = rest
            found[name.decode()] = value.decode()
        return found

    def test_an_entry_has_fields_for_what_it_is_about(self):
        journal, path = self.listen()
        self.patch(outputs, "JOURNAL", path)
        self.assertEqual(self.log_to(journal=True), [])
        self.log.observe(DECLINE)
        found = self.fields(journal.recv(65536))
        self.assertTrue(found.pop("MESSAGE").startswith(f"{WHO} declined 10.77.1.50"))
        self.assertEqual(found, {
            "MESSAGE_ID": DECLINED.uuid, "PRIORITY": "3", "SYSLOG_IDENTIFIER": "sdhcp", "SDHCP_ID": "SDHCP-302",
            "SDHCP_LOGGER": "sdhcp", "SDHCP_MAC": WHO, "SDHCP_ADDRESS": "10.77.1.50", "SDHCP_SUBNET": "10.77.1.0/24",
            "SDHCP_SERIAL": "3",
        })  # fmt: skip

    def test_text_of_several_lines_cannot_add_fields(self):
        journal, path = self.listen()
        self.patch(outputs, "JOURNAL", path)
        self.log_to(journal=True)
        self.say("first\nPRIORITY=0\nlast")
        found = self.fields(journal.recv(65536))
        self.assertEqual((found["MESSAGE"], found["PRIORITY"]), ("first\nPRIORITY=0\nlast", "4"))

    def test_what_is_too_long_for_a_datagram_is_cut(self):
        journal, path = self.listen()
        self.patch(outputs, "JOURNAL", path)
        self.log_to(journal=True)
        self.say("x" * 1_000_000)
        self.assertEqual(
            (len(self.fields(journal.recv(1 << 20))["MESSAGE"]), self.lost()), (32_768, {"LOG_JOURNAL": 0})
        )

    def test_without_one_the_server_goes_on(self):
        self.patch(outputs, "JOURNAL", f"{self.there}/none")
        (problem,) = self.log_to(journal=True)
        self.assertEqual(problem, "LOG_JOURNAL: No such file or directory; lines are lost until that is over")
        self.say()
        self.assertEqual((self.told, self.lost()), ([], {"LOG_JOURNAL": 1}))


class FileTests(OutputCase):
    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def live_in(self, zone):
        before = os.environ.get("TZ")

        def put_back():
            os.environ.pop("TZ")
            if before is not None:
                os.environ["TZ"] = before
            tzset()

        os.environ["TZ"] = zone
        self.addCleanup(put_back)
        tzset()

    def test_a_full_disk_costs_lines_and_is_told_once(self):
        self.assertEqual(self.log_to(file="/dev/full"), [])
        for _ in range(3):
            self.say()
        ((level, text, message),) = self.told
        self.assertEqual((level, message.id), ("ERROR", "SDHCP-106"))
        self.assertEqual(text, "LOG_FILE /dev/full: No space left on device; lines are lost until that is over")
        self.assertEqual(self.lost(), {"LOG_FILE": 3})

    def test_a_line_that_was_cut_spoils_no_other(self):
        path = self.folder / "log"
        self.log_to(file=str(path))
        self.say("first")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, before[1]))
        try:
            self.say("second")
            self.say("third")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        self.say("fourth")
        lines = path.read_text(encoding="utf-8").splitlines()
        self.assertEqual((len(lines), lines[0][-5:], lines[2][-6:]), (3, "first", "fourth"))
        self.assertEqual([line[0] for line in self.told], ["ERROR", "WARN"])

    def test_a_file_that_cannot_be_opened_is_written_once_it_can_be(self):
        path = self.folder / "later" / "log"
        (problem,) = self.log_to(file=str(path))
        self.assertIn("No such file or directory", problem)
        self.say("lost")
        path.parent.mkdir()
        self.say("kept")
        self.assertTrue(path.read_text(encoding="utf-8").endswith("kept\n"))
        self.assertEqual([text for _, text, _ in self.told], [f"LOG_FILE {path} is written again; 1 lines were lost"])

    def test_at_midnight_the_file_is_put_aside_under_the_date_of_its_lines(self):
        self.log_to(file=str(self.folder / "log"), file_history=2)
        for moment in ("2026-03-10 23:59:59", "2026-03-11 00:00:00", "2026-03-11 23:59:59", "2026-03-12 00:00:01"):
            self.now = at(moment)
            self.say(moment)
        self.assertEqual(self.names(), ["log", "log.2026-03-10", "log.2026-03-11"])
        self.assertEqual((self.folder / "log.2026-03-11").read_text(encoding="utf-8").count("2026-03-11"), 2)
        self.now = at("2026-03-20 10:00:00")
        self.say()
        self.assertEqual(self.names(), ["log", "log.2026-03-11", "log.2026-03-12"])

    def test_what_others_have_put_beside_it_stays(self):
        for name in ("log.old", "log.2026-01-01.gz", "logs.2026-01-01", "log.2026-01-02"):
            (self.folder / name).touch()
        self.log_to(file=str(self.folder / "log"), file_history=1)
        self.say()
        self.now += 86400
        self.say()
        self.assertEqual(self.names(), ["log", "log.2026-01-01.gz", "log.2026-03-10", "log.old", "logs.2026-01-01"])

    def test_a_file_of_an_earlier_day_is_put_aside_after_a_restart(self):
        path = self.folder / "log"
        path.write_text("of yesterday\n", encoding="utf-8")
        os.utime(path, (self.now - 86400, self.now - 86400))
        self.log_to(file=str(path))
        self.say("of today")
        self.assertEqual((self.folder / "log.2026-03-09").read_text(encoding="utf-8"), "of yesterday\n")
        self.assertEqual(path.read_text(encoding="utf-8").count("\n"), 1)

    def test_nothing_that_is_there_is_written_over(self):
        self.log_to(file=str(self.folder / "log"))
        self.say("first")
        (self.folder / "log.2026-03-10").write_text("of somebody\n", encoding="utf-8")
        self.now += 86400
        self.say("second")
        self.assertEqual((self.folder / "log.2026-03-10").read_text(encoding="utf-8"), "of somebody\n")
        self.assertEqual((self.folder / "log").read_text(encoding="utf-8").count("\n"), 2)

    def test_a_folder_that_is_gone_costs_no_line_of_the_day(self):
        self.log_to(file=str(self.folder / "log"))
        self.say("first")
        self.folder.rename(f"{self.folder}-moved")
        self.now += 86400
        self.say("second")
        moved = Path(f"{self.folder}-moved/log")
        self.assertEqual((moved.read_text(encoding="utf-8").count("\n"), self.told), (2, []))

    def test_a_device_stays_where_it_is(self):
        (self.folder / "log").symlink_to("/dev/null")
        self.log_to(file=str(self.folder / "log"))
        for _ in range(3):
            self.now += 86400
            self.say()
        self.assertEqual((self.names(), self.told), (["log"], []))

    def test_an_old_file_that_cannot_be_removed_costs_no_line(self):
        (self.folder / "log.2026-01-01").mkdir()
        (self.folder / "log.2026-01-02").touch()
        self.log_to(file=str(self.folder / "log"), file_history=1)
        self.say("first")
        self.now += 86400
        self.say("second")
        self.assertEqual(self.names(), ["log", "log.2026-01-01", "log.2026-03-10"])
        self.assertTrue((self.folder / "log").read_text(encoding="utf-8").endswith("second\n"))
        self.assertEqual(self.told, [])

    def test_the_days_on_which_clocks_are_changed_have_one_file_each(self):
        self.live_in("CET-1CEST,M3.5.0,M10.5.0/3")
        self.now = at("2026-03-28 00:00:00")
        self.log_to(file=str(self.folder / "log"), file_history=9)
        for day in range(28, 32):
            for hour in (0, 12, 23):
                self.now = at(f"2026-03-{day} {hour:02}:30:00")
                self.say()
        self.assertEqual(self.names(), ["log", "log.2026-03-28", "log.2026-03-29", "log.2026-03-30"])
        for path in self.folder.iterdir():
            self.assertEqual(path.read_text(encoding="utf-8").count("\n"), 3)


class Costly:
    """Counts how often somebody has it written out."""

    times = 0

    def __str__(self):
        self.times += 1
        return "text"


class CostTests(OutputCase):
    def test_nothing_is_written_out_that_nobody_reads(self):
        _, path = self.listen()
        self.log_to(file=str(self.folder / "log"), file_severity="ERROR", syslog=path, syslog_severity="CRITICAL")
        costly = Costly()
        self.say(costly, LogLevel.warn)
        self.assertEqual(costly.times, 0)
        self.say(costly, LogLevel.error)
        self.assertEqual(costly.times, 1)

    def test_a_trouble_that_repeats_is_written_out_once(self):
        self.log_to(file=str(self.folder / "log"))
        reason = Costly()
        for number in range(50):
            self.log.observe(
                events.Blocked(0.0, bytes(5) + bytes([number]), 60, "unknown client")._replace(seconds=reason)
            )
        self.assertEqual(reason.times, 1)

    def test_what_cannot_be_written_out_raises_nothing(self):
        self.log_to(file=str(self.folder / "log"), format="json")
        self.say(about=events.Declined(0.0, MAC, None, "", 0))
        self.assertEqual(self.lost(), {"LOG_FILE": 1})

    def test_packets_have_lines_if_any_output_wants_them(self):
        off = WebSettings(enabled=False)
        quiet = {"console_severity": "ERROR", "file_severity": "DEBUG", "syslog_severity": "INFO"}
        for more, severity in (
            ({}, "ERROR"),
            ({"file": "log"}, "DEBUG"),
            ({"syslog": "/dev/log"}, "INFO"),
            ({"journal": True, "journal_severity": "WARN"}, "WARN"),
        ):
            self.assertEqual(severity_read(LogSettings(**{**quiet, **more}), off)[0], severity)


class ClockWithThreads(Clock):
    def callFromThread(self, function, *arguments):
        self.callLater(0, function, *arguments)


class ServerTests(ConfigCase):
    def test_a_full_disk_is_told_to_everybody_else_once(self):
        clock = ClockWithThreads()
        server = Server(self.read("LOG_FILE = '/dev/full'\n"), None, clock)
        self.assertEqual(server._outputs.open((None, None)), [])
        self.addCleanup(server._outputs.close)
        for text in ("one", "two"):
            server.publisher.publish(events.ServerMessage(0.0, "WARN", text))
            clock.advance(0)
            clock.advance(0)
        self.assertEqual(server.counters.others["ServerMessage"], 3)
        page = server._console.console._front.methods["/metrics"]
        self.assertEqual(dict(page._meters.log_lost())["LOG_FILE"], 3)

    def test_where_syslog_is(self):
        for value, place in (
            (True, "/dev/log"),
            ("/run/log", "/run/log"),
            ("192.0.2.1:514", ("192.0.2.1", 514)),
            ("[2001:db8::1]:6514", ("2001:db8::1", 6514)),
            (None, None),
            (False, None),
        ):
            self.assertEqual(self.read(f"LOG_SYSLOG = {value!r}\n").log.syslog, place)
        for value in ("loghost:514", "192.0.2.1", "192.0.2.1:0", 514):
            (problem,) = self.problems(f"LOG_SYSLOG = {value!r}\n")
            self.assertIn("LOG_SYSLOG", problem)
        (problem,) = self.problems("LOG_FORMAT = 'xml'\n")
        self.assertIn('one of "text", "ids", "json"', problem)


class StandardErrorTests(SynchronousTestCase):
    def test_systemd_tells_whether_it_is_the_journal(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.addCleanup(os.close, writing)
        status = os.fstat(writing)
        there = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        self.assertTrue(outputs.is_journal(writing, there))
        self.assertFalse(outputs.is_journal(writing, {}))
        self.assertFalse(outputs.is_journal(writing, {"JOURNAL_STREAM": "1:2"}))
