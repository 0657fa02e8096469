"""A whole server tells of its troubles: by mail, by webhook; and the command that tries the mail server."""

import json
import logging
from pathlib import Path

from twisted.internet.defer import inlineCallbacks
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sdhcp.events import SiteCritical
from sdhcp.scripting.site_criticals import CAUSE, MOST, SiteCriticals
from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .loopback import INI_CONF, LINK, running
from .netns.yard import wait_for
from .samples import message
from .servers.certificates import Certificates
from .servers.http import Service
from .servers.smtp import HOST, PASSWORD, USER, MailServer, RawServer
from .test_config import ConfigCase
from .test_run import sdhcp

CONF = """
EMAIL_ENABLED = True
EMAIL_SERVER = "{host}"
EMAIL_PORT = {port}
EMAIL_SOURCE = "dhcp@example.org"
EMAIL_DESTINATION = "admin@example.org"
"""
SITE = """
import logging

def loadDHCPPacket(*arguments):
    raise KeyError("room")

def tick():
    raise ValueError("on purpose")

def init():
    import staticdhcpdlib.system
    staticdhcpdlib.system.registerTickCallback(tick)
    logging.getLogger("conf").critical("it burns")
"""


def served(**settings):
    return MailServer(**settings).start()


class ServerTests(SynchronousTestCase):
    def mail_server(self, **settings):
        server = served(**settings)
        self.addCleanup(server.stop)
        return server

    def titles(self, mails):
        return sorted(" ".join(one["Subject"].split()) for one in mails.messages())

    def test_failures_of_a_sites_code_are_mailed_and_hundreds_of_them_once(self):
        mails = self.mail_server()
        with running(INI_CONF + CONF.format(host=HOST, port=mails.port) + SITE) as server:
            octets = encode(message(c.DISCOVER, giaddr=LINK, chaddr=bytes.fromhex("02005e000101")))
            for _ in range(200):
                server.send(octets)
            wait_for("three mails", lambda: len(mails.taken) >= 3)
            self.assertEqual(server.stop(), 0)
        titles = self.titles(mails)
        self.assertEqual(len(titles), 3, titles)
        self.assertTrue(all(one.startswith("staticDHCPd encountered a problem: ") for one in titles), titles)
        for word in ("site code loadDHCPPacket fails", "it burns", "callback conf.tick raised ValueError"):
            self.assertTrue(any(word in title for title in titles), (word, titles))

    def test_a_reload_that_is_refused_and_then_is_not(self):
        mails = self.mail_server()
        with running(INI_CONF + CONF.format(host=HOST, port=mails.port)) as server:
            path = server.folder / "dhcp.ini"
            good = path.read_text(encoding="utf-8")
            path.write_text("[nonsense", encoding="utf-8")
            server.reload()
            wait_for("a mail", lambda: len(mails.taken) == 1)
            path.write_text(good, encoding="utf-8")
            server.reload()
            wait_for("another mail", lambda: len(mails.taken) == 2)
        begun, over = mails.messages()
        self.assertIn("INI could not be read anew", begun["Subject"])
        self.assertIn("over after", over["Subject"])
        self.assertEqual(over["In-Reply-To"], begun["Message-ID"])

    def test_what_waits_at_the_end_is_sent_by_the_next_process(self):
        mails = self.mail_server()
        mails.stop()
        conf = INI_CONF + CONF.format(host=HOST, port=mails.port) + 'EMAIL_QUEUE = "mails"\n'
        with running(conf) as server:
            (server.folder / "dhcp.ini").write_text("[nonsense", encoding="utf-8")
            server.reload()
            server.expect("cannot be reached")
            self.assertEqual(server.stop(), 0)
            (held,) = (server.folder / "mails").iterdir()
            text = held.read_text(encoding="utf-8")
            self.assertIn("they wait in", server.log())
        self.assertEqual(mails.taken, [])
        mails.start()
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        (folder / held.name).write_text(text, encoding="utf-8")
        with running(conf.replace('"mails"', repr(str(folder)))):
            wait_for("the mail", lambda: len(mails.taken) == 1)
            wait_for("an empty folder", lambda: not list(folder.iterdir()))

    def test_what_waits_survives_a_server_that_is_killed(self):
        mails = self.mail_server()
        mails.stop()
        folder = Path(self.mktemp()).absolute()
        conf = f"{INI_CONF}{CONF.format(host=HOST, port=mails.port)}EMAIL_QUEUE = {str(folder)!r}\n"
        with running(conf) as server:
            (server.folder / "dhcp.ini").write_text("[nonsense", encoding="utf-8")
            server.reload()
            wait_for("a file", lambda: folder.exists() and [*folder.glob("*.json")])
            server.process.kill()
            server.process.wait()
        mails.start()
        with running(conf) as server:
            wait_for("the mail", lambda: len(mails.taken) == 1)
            self.assertEqual(server.stop(), 0)
        self.assertEqual(len(mails.taken), 1)
        self.assertEqual([*folder.iterdir()], [])

    def test_a_server_ends_in_time_though_its_mail_server_hangs(self):
        hanging = RawServer(None)
        self.addCleanup(hanging.stop)
        with running(INI_CONF + CONF.format(host=HOST, port=hanging.port) + SITE) as server:
            server.expect("it burns")
            self.assertEqual(server.stop(), 0)
            self.assertIn("alerts are not delivered; they are lost", server.log())


class WebhookServerTests(TestCase):
    @inlineCallbacks
    def test_alerts_go_to_a_webhook(self):
        service = Service().start()
        self.addCleanup(service.stop)
        service.behave = lambda request: b""
        conf = f"{INI_CONF}ALERT_WEBHOOK = {service.uri + '?key=s3cret'!r}\n{SITE}"
        log = yield deferToThread(self.serve, conf, service)
        texts = sorted(json.loads(asked.body)["text"] for asked in service.asked)
        self.assertTrue(any("it burns" in text for text in texts), texts)
        self.assertNotIn("s3cret", log)

    def serve(self, conf, service):
        with running(conf) as server:
            wait_for("two alerts", lambda: len(service.asked) >= 2)
            server.stop()
            return server.log()


class MailTestTests(SynchronousTestCase):
    def run_it(self, conf):
        path = Path(self.mktemp()).absolute()
        path.write_text(f'DHCP_SERVER_IP = "192.0.2.1"\nDATABASE_ENGINE = None\n{conf}', encoding="utf-8")
        return sdhcp("mail-test", "--config", str(path))

    def serve(self, **settings):
        server = served(**settings)
        self.addCleanup(server.stop)
        return server

    def test_says_what_the_server_answered(self):
        mails = self.serve()
        done = self.run_it(CONF.format(host=HOST, port=mails.port))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"{HOST}:{mails.port} took the mail for admin@example.org: 250 2.0.0 queued as 4711", done.stdout)
        self.assertEqual(len(mails.taken), 1)

    def test_by_tls_with_a_login(self):
        made = Certificates.shared()
        mails = self.serve(certificate=made.server_certificate, key=made.server_key, login=True)
        conf = CONF.format(host="localhost", port=mails.port) + f'EMAIL_USER = {USER!r}\nEMAIL_TLS = "require"\n'
        good = f"EMAIL_PASSWORD = {PASSWORD!r}\nEMAIL_CA_FILE = {made.authority!r}\n"
        self.assertEqual(self.run_it(conf + good).returncode, 0)
        done = self.run_it(f"{conf}EMAIL_PASSWORD = {PASSWORD!r}\n")
        self.assertEqual((done.returncode, len(mails.taken)), (1, 1))
        self.assertIn("EMAIL_CA_FILE names the authority", done.stderr)
        done = self.run_it(conf + good.replace(PASSWORD, "wrong-one"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not let dhcp in: 535", done.stderr)
        self.assertNotIn("wrong-one", done.stderr + done.stdout)

    def test_a_refusal_is_told(self):
        mails = self.serve()
        mails.to = {"admin@example.org": "550 5.1.1 no such user"}
        done = self.run_it(CONF.format(host=HOST, port=mails.port))
        self.assertEqual(done.returncode, 1)
        self.assertIn("did not take the mail for admin@example.org: 550 5.1.1 no such user", done.stderr)

    def test_settings_that_are_missing_are_named(self):
        done = self.run_it("EMAIL_SERVER = 'm'\n")
        self.assertEqual(done.returncode, 2)
        self.assertIn("EMAIL_SOURCE, EMAIL_DESTINATION", done.stderr)
        done = self.run_it("EMAIL_ENABLED = True\n")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 3))


class SettingTests(ConfigCase):
    def test_a_mail_server_that_is_not_named_is_a_fault_where_mails_are_wanted(self):
        found = self.problems("EMAIL_ENABLED = True\nEMAIL_USER = 'u'\nEMAIL_SERVER = None\n")
        names = [problem.split(": ")[1] for problem in found]
        self.assertEqual(sorted(names), ["EMAIL_DESTINATION", "EMAIL_PASSWORD", "EMAIL_SERVER", "EMAIL_SOURCE"])

    def test_ways_of_tls(self):
        for form, expected in (
            ("'STARTTLS'", "starttls"),
            ("'require'", "require"),
            ("None", "none"),
            ("False", "none"),
        ):
            self.assertEqual(self.read(f"EMAIL_TLS = {form}\n").email.tls, expected)
        self.assertEqual(self.read().email.tls, "starttls")
        self.assertEqual(len(self.problems("EMAIL_TLS = 'ssl'\n")), 1)
        mails = CONF.format(host="m", port=25) + "EMAIL_TLS = 'implicit'\n"
        self.assertIn("465 is usual", self.read(mails).notices[0])

    def test_addresses_of_mail(self):
        for form, expected in (
            ("'a@x, b@x'", ("a@x", "b@x")),
            ("['A <a@x>', 'b@x', 'a@x']", ("a@x", "b@x")),
        ):
            self.assertEqual(self.read(f"EMAIL_DESTINATION = {form}\n").email.destination, expected)
        for form in ("'a b@x'", "'ä@x'", "['a@x', '']", "'a@x\\nb@x'", "'<>'", "[['a@x']]"):
            self.assertEqual(len(self.problems(f"EMAIL_DESTINATION = {form}\n")), 1, form)

    def test_a_webhook_is_shown_nowhere(self):
        found = self.read("ALERT_WEBHOOK = 'https://h/s3cret'\n")
        self.assertEqual(found.alerts.webhook, "https://h/s3cret")
        self.assertNotIn("s3cret", repr(found))
        for form in (
            "'ftp://h/s3cret'",
            "'https:///s3cret'",
            "'https://h/s3 cret'",
            "['s3cret']",
            "'https://h:s3cret/'",
        ):
            (problem,) = self.problems(f"ALERT_WEBHOOK = {form}\n")
            self.assertNotIn("s3cret", problem)


class CriticalTests(SynchronousTestCase):
    def setUp(self):
        self.soon, self.events = [], []
        self.criticals = SiteCriticals(self.soon.append, self.events.append, lambda: 5.0)

    def add(self, text, line=1, **more):
        record = logging.LogRecord("conf", logging.CRITICAL, "conf.py", line, text, (), None)
        record.__dict__.update(more)
        self.criticals.add(record, text)

    def test_records_that_are_alike_are_one_event(self):
        for _ in range(10_000):
            self.add("burns")
        self.add("another", 2, **{CAUSE: "f"})
        self.assertEqual(len(self.soon), 1)
        self.soon.pop()()
        self.assertEqual(
            self.events,
            [
                SiteCritical(5.0, "conf", "conf conf.py:1", "burns", 10_000),
                SiteCritical(5.0, "conf", "f", "another", 1),
            ],
        )
        self.add("again")
        self.assertEqual(len(self.soon), 1)

    def test_a_site_cannot_make_as_many_as_it_likes(self):
        for number in range(10_000):
            self.add("burns", number)
        self.soon.pop()()
        self.assertEqual((len(self.events), sum(event.times for event in self.events)), (MOST, 10_000))
