"""One mail to a real mail server: TLS, logins, refusals, silence."""

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks, succeed
from twisted.internet.interfaces import IResolverSimple
from twisted.internet.tcp import Client
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from sdhcp.alerts import trust
from sdhcp.alerts.mail import Letters, attempts
from sdhcp.alerts.smtp import Mail, MailServer, deliver

from .servers.certificates import Certificates
from .servers.http import until
from .servers.smtp import HOST, PASSWORD, USER, RawServer
from .servers.smtp import MailServer as RealServer

OCTETS = b"Subject: hello\n\n.one\nTwo\n.\nend\n"


@implementer(IResolverSimple)
class Names:
    def getHostByName(self, name, timeout=()):
        return succeed(HOST)


def quiet(level, text):
    raise AssertionError(text)


class SmtpCase(TestCase):
    def serve(self, **settings):
        server = RealServer(**settings).start()
        self.addCleanup(server.stop)
        return server

    def with_tls(self, **settings):
        made = Certificates.shared()
        return self.serve(certificate=made.server_certificate, key=made.server_key, **settings)

    def send(
        self, port, to=("you@example.org",), host="localhost", patience=5.0, trusted=True, octets=OCTETS, **settings
    ):
        authorities = trust.authorities(Certificates.shared().authority) if trusted else None
        server = MailServer(host, port, trust=authorities, **settings)
        self.addCleanup(until, lambda: not any(isinstance(one, Client) for one in reactor.getReaders()))
        return deliver(server, Mail("me@example.org", to, octets), reactor, patience, patience)


class TlsTests(SmtpCase):
    @inlineCallbacks
    def test_a_mail_arrives_as_it_was_written(self):
        server = self.serve()
        got = yield self.send(server.port, ("a@example.org", "b@example.org"), tls="none")
        self.assertEqual((got.taken, got.problem), (("a@example.org", "b@example.org"), ""))
        self.assertIn("250 2.0.0 queued as 4711", got.answer)
        ((sender, to, message),) = server.taken
        self.assertEqual((sender, to), ("me@example.org", ["a@example.org", "b@example.org"]))
        self.assertEqual(message.get_payload().splitlines(), [".one", "Two", ".", "end"])

    @inlineCallbacks
    def test_tls_is_used_where_it_is_offered_or_from_the_start(self):
        for tls, implicit in (("starttls", False), ("require", False), ("implicit", True)):
            server = self.with_tls(implicit=implicit, login=True)
            got = yield self.send(server.port, tls=tls, user=USER, password=PASSWORD)
            self.assertEqual((len(got.taken), got.problem, got.is_in_clear), (1, "", False), tls)

    @inlineCallbacks
    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        for tls, implicit in (("starttls", False), ("require", False), ("implicit", True)):
            server = self.with_tls(implicit=implicit)
            got = yield self.send(server.port, tls=tls, trusted=False)
            self.assertTrue(got.is_tls_trouble, tls)
            self.assertIn("certificate verify failed", got.problem)
            self.assertEqual((server.taken, got.is_away), ([], True))

    @inlineCallbacks
    def test_a_certificate_of_another_name_is_refused(self):
        for tls, implicit in (("require", False), ("implicit", True)):
            server = self.with_tls(implicit=implicit)
            got = yield self.send(server.port, host=HOST, tls=tls)
            self.assertTrue(got.is_tls_trouble, got)
            self.assertEqual(server.taken, [])

    @inlineCallbacks
    def test_a_server_without_tls_gets_nothing_where_it_is_required(self):
        server = self.serve()
        got = yield self.send(server.port, tls="require")
        self.assertIn("has no TLS", got.problem)
        self.assertEqual((server.taken, got.is_away), ([], True))
        got = yield self.send(server.port)
        self.assertEqual(len(server.taken), 1)

    @inlineCallbacks
    def test_what_is_slipped_in_before_tls_begins_is_not_heard(self):
        server = RawServer("220 hello", "250-me\r\n250 STARTTLS", "220 go ahead\r\n250-me\r\n250 AUTH PLAIN", None)
        self.addCleanup(server.stop)
        got = yield self.send(server.port, user=USER, password=PASSWORD)
        self.assertTrue(got.is_tls_trouble, got)
        self.assertFalse([line for line in server.heard if line.startswith(b"AUTH")])

    @inlineCallbacks
    def test_where_tls_is_for_who_offers_it_a_bad_certificate_costs_no_mail_but_no_password_is_risked(self):
        told = []
        server = self.with_tls()
        letters = Letters("me@example.org", ("you@example.org",), "S", "name", "host")
        one = MailServer("localhost", server.port)
        attempt = attempts(one, letters.sender, 5.0, reactor, lambda *line: told.append(line))
        for name in "ab":
            got = yield attempt(letters.test(name, 0.0), 0)
            self.assertEqual(got.problem, "")
        self.assertEqual((len(server.taken), len(told)), (2, 1))
        self.assertIn("without TLS", told[0][1])
        for more in ({"tls": "require"}, {"user": USER, "password": PASSWORD}):
            one = MailServer("localhost", server.port, **more)
            got = yield attempts(one, letters.sender, 5.0, reactor, quiet)(letters.test("c", 0.0), 0)
            self.assertTrue(got.is_tls_trouble)
        self.assertEqual(len(server.taken), 2)


class LoginTests(SmtpCase):
    @inlineCallbacks
    def test_every_way_of_login(self):
        for way in ("CRAM-MD5", "PLAIN", "LOGIN"):
            server = self.with_tls(login=True, only=[way])
            got = yield self.send(server.port, user=USER, password=PASSWORD)
            self.assertEqual((len(server.taken), got.problem), (1, ""), way)

    @inlineCallbacks
    def test_the_next_way_is_tried_where_one_does_not_go(self):
        lines = (
            "220 hello",
            "250-me\r\n250 AUTH CRAM-MD5 PLAIN LOGIN",
            "535 not by that",
            "535 nor by that",
            "334 VXNlcjo=",
        )
        server = RawServer(*lines, "334 UGFzczo=", "235 in", "250 ok", "250 ok", "354 go on", *[None])
        self.addCleanup(server.stop)
        got = yield self.send(server.port, patience=0.3, tls="none", user=USER, password=PASSWORD)
        ways = [line.split()[1] for line in server.heard if line.startswith(b"AUTH")]
        self.assertEqual(ways, [b"CRAM-MD5", b"PLAIN", b"LOGIN"])
        self.assertIn(b"MAIL", b" ".join(server.heard))
        self.assertTrue(got.is_in_clear)

    @inlineCallbacks
    def test_a_wrong_password_is_told_and_stands_in_no_answer(self):
        server = self.with_tls(login=True)
        got = yield self.send(server.port, user=USER, password="wrong-secret")
        self.assertIn("does not let dhcp in: 535", got.problem)
        self.assertTrue(got.is_away)
        lines = ("220 hello", "250-me\r\n250 AUTH PLAIN", "535 no wrong-secret here", "221 bye")
        echo = RawServer(*lines)
        self.addCleanup(echo.stop)
        got = yield self.send(echo.port, tls="none", user=USER, password="wrong-secret")
        self.assertIn("535 no ... here", got.problem)
        self.assertNotIn("wrong-secret", repr(got) + repr(MailServer("h", 25, user=USER, password="wrong-secret")))

    @inlineCallbacks
    def test_a_server_that_knows_no_login_is_told_of(self):
        server = self.serve()
        got = yield self.send(server.port, user=USER, password=PASSWORD)
        self.assertIn("offers no login", got.problem)
        self.assertEqual(server.taken, [])


class RefusalTests(SmtpCase):
    @inlineCallbacks
    def test_each_address_has_its_own_answer(self):
        server = self.serve()
        server.to = {"gone@example.org": "550 no such user", "late@example.org": "450 greylisted"}
        to = ("good@example.org", "gone@example.org", "late@example.org")
        got = yield self.send(server.port, to, tls="none")
        self.assertEqual((got.taken, got.refused), (to[:1], to[1:2]))
        self.assertEqual(got.problem, "550 no such user; 450 greylisted")
        self.assertFalse(got.is_away)

    @inlineCallbacks
    def test_a_mail_that_is_refused_whole_is_refused_for_all(self):
        server = self.serve()
        server.answers = ["554 spam", "451 later"]
        got = yield self.send(server.port, tls="none")
        self.assertEqual((got.taken, got.refused, got.problem), ((), ("you@example.org",), "554 spam"))
        got = yield self.send(server.port, tls="none")
        self.assertEqual((got.taken, got.refused, got.problem), ((), (), "451 later"))

    @inlineCallbacks
    def test_what_the_server_does_not_want_at_all_waits(self):
        for lines, said in (
            (("554 not here", "221 bye"), "554 not here"),
            (("220 hello", "250 me", "530 log in first", "250 ok", "221 bye"), "530 log in first"),
            (("421 too busy",), "421 too busy"),
            (("nonsense",), "Invalid response"),
            ((), "the connection ended"),
        ):
            server = RawServer(*lines)
            self.addCleanup(server.stop)
            got = yield self.send(server.port, tls="none")
            self.assertIn(said, got.problem)
            self.assertEqual((got.is_away, got.refused), (True, ()))

    @inlineCallbacks
    def test_a_server_that_hangs_is_given_up(self):
        for lines, said in (
            ((None,), "its greeting"),
            (("220 hello", None), "EHLO"),
            (("220 hello", "250 me", None), "MAIL"),
        ):
            server = RawServer(*lines)
            self.addCleanup(server.stop)
            got = yield self.send(server.port, tls="none", patience=0.05)
            self.assertEqual(got.problem, f"no answer to {said} within 0.05 s")

    @inlineCallbacks
    def test_one_that_is_not_there_is_told_of(self):
        server = RawServer()
        server.stop()
        got = yield self.send(server.port, tls="none")
        self.assertIn("cannot be reached: Connection was refused", got.problem)
        self.assertTrue(got.is_away)

    @inlineCallbacks
    def test_a_name_that_only_this_machine_has(self):
        server = self.serve()
        before = reactor.resolver
        self.addCleanup(reactor.installResolver, before)
        reactor.installResolver(Names())
        got = yield self.send(server.port, host="mail_server")
        self.assertEqual((len(got.taken), got.problem), (1, ""))
        got = yield self.send(server.port, host="mail_server", tls="require")
        self.assertIn("no certificate can be of the name mail_server", got.problem)

    @inlineCallbacks
    def test_an_attempt_may_be_given_up(self):
        server = RawServer(None)
        self.addCleanup(server.stop)
        trying = self.send(server.port, tls="none")
        reactor.callLater(0.05, trying.cancel)
        got = yield trying
        self.assertIn("given up", got.problem)
