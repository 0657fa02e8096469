"""Mails and webhooks to real servers that delay, hang, refuse or are away: each arrives exactly once."""

import json
import os

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import Clock
from twisted.internet.tcp import Client
from twisted.trial.unittest import TestCase

from sdhcp.alerts import trust
from sdhcp.alerts.courier import Courier
from sdhcp.alerts.mail import Letters, MailSink, attempts
from sdhcp.alerts.smtp import MailServer
from sdhcp.alerts.webhook import WebhookSink, WebService
from sdhcp.interfaces import Alert

from .servers.http import Authority, Service, until
from .servers.smtp import HOST, RawServer
from .servers.smtp import MailServer as RealServer

TO = ("a@example.org", "b@example.org")


def alert(number, trouble="t.1", stage="begun"):
    times = (1_700_000_000.0, 1_700_000_000.0, 1_700_000_000.0, 0.0)
    return Alert(
        trouble, number, stage, True, *times, 1, 1, 1, "source", "Redis does not answer", "refused", (), 0, "", ""
    )  # fmt: skip


class DeliveryCase(TestCase):
    """Attempts are made in real time; the time between them is a clock's."""

    def setUp(self):
        self.clock = Clock()
        self.told = []
        self.under_way = self.attempts = 0
        self.addCleanup(until, lambda: not any(isinstance(one, Client) for one in reactor.getReaders()))

    def courier(self, place, deliver):
        def counted(parcel, number):
            self.under_way += 1
            self.attempts += 1
            return deliver(parcel, number).addBoth(self.over)

        courier = Courier(place, counted, self.clock, lambda: 0.5, self.clock.seconds, self.tell)
        courier.start()
        return courier

    def over(self, result):
        self.under_way -= 1
        return result

    def tell(self, *line):
        self.told.append(line)

    @inlineCallbacks
    def wait(self, seconds, step=30.0):
        """Let time go by; what begins meanwhile comes to its end."""
        yield until(lambda: not self.under_way)
        for _ in range(int(seconds / step)):
            self.clock.advance(step)
            yield until(lambda: not self.under_way)


class MailTests(DeliveryCase):
    def make(self, port, patience=2.0):
        letters = Letters("me@example.org", TO, "Trouble", "name", "host")
        server = MailServer(HOST, port, tls="none")
        self.waiting = self.courier(server.place, attempts(server, letters.sender, patience, reactor, self.tell))
        return MailSink(letters, self.waiting)

    def serve(self, **settings):
        server = RealServer(**settings)
        self.addCleanup(server.stop)
        return server.start()

    def identifiers(self, server):
        return [message["Message-ID"] for message in server.messages()]

    @inlineCallbacks
    def test_a_server_that_is_down_for_an_hour(self):
        server = self.serve()
        sink = self.make(server.port)
        server.stop()
        for number in range(1, 13):
            sink.send(alert(number))
            yield self.wait(300)
        self.assertEqual((server.taken, len(self.waiting)), ([], 12))
        self.assertLess(self.attempts, 15)
        server.start()
        yield self.wait(1200)
        self.assertEqual(sorted(self.identifiers(server)), sorted(f"<t.1.{n}@host>" for n in range(1, 13)))
        self.assertTrue(all(to == list(TO) for _, to, _ in server.taken))
        self.assertEqual([level for level, _ in self.told], ["ERROR", "WARN"])
        self.assertIn("cannot be reached", self.told[0][1])

    @inlineCallbacks
    def test_greylisting(self):
        server = self.serve()
        met = set()

        def greylisted(address):
            first = address not in met
            met.add(address)
            return "450 4.7.1 greylisted, come again" if first else None

        server.to = {address: lambda address=address: greylisted(address) for address in TO}
        self.make(server.port).send(alert(1))
        yield self.wait(0)
        self.assertEqual((server.taken, len(self.waiting)), ([], 1))
        yield self.wait(60)
        ((_, to, _),) = server.taken
        self.assertEqual((to, self.told), (list(TO), []))

    @inlineCallbacks
    def test_one_address_that_is_delayed_costs_the_other_no_second_mail(self):
        server = self.serve()
        answers = ["451 busy"]
        server.to = {TO[1]: lambda: answers.pop() if answers else None}
        self.make(server.port).send(alert(1))
        yield self.wait(60)
        self.assertEqual([to for _, to, _ in server.taken], [[TO[0]], [TO[1]]])
        self.assertEqual(set(self.identifiers(server)), {"<t.1.1@host>"})

    @inlineCallbacks
    def test_every_attempt_has_the_same_identifier(self):
        server = self.serve()
        server.answers = ["451 try again", "452 no room"]
        self.make(server.port).send(alert(1))
        yield self.wait(300)
        self.assertEqual((server.seen, len(server.taken)), (["<t.1.1@host>"] * 3, 1))

    @inlineCallbacks
    def test_a_server_that_hangs_is_asked_again(self):
        hanging = RawServer("220 hello", None)
        self.addCleanup(hanging.stop)
        self.make(hanging.port, patience=0.05).send(alert(1))
        yield self.wait(0)
        self.assertEqual(len(self.waiting), 1)
        self.assertIn("no answer to EHLO within 0.05 s", self.told[0][1])
        yield self.wait(30)
        self.assertEqual(self.attempts, 2)

    @inlineCallbacks
    def test_a_mail_that_is_refused_is_not_sent_again(self):
        server = self.serve()
        server.answers = ["554 5.7.1 no alerts here"]
        sink = self.make(server.port)
        sink.send(alert(1))
        sink.send(alert(2))
        yield self.wait(3600, 300)
        self.assertEqual(self.identifiers(server), ["<t.1.2@host>"])
        self.assertEqual(self.attempts, 2)
        self.assertIn("554 5.7.1 no alerts here", self.told[0][1])


class WebhookTests(DeliveryCase):
    def serve(self, context=None):
        service = Service().start(context)
        service.behave = lambda request: b"ok"
        self.addCleanup(lambda: service.stop())
        return service

    def make(self, uri, authorities=None):
        service = WebService(uri, authorities, reactor)
        self.waiting = self.courier(service.place, service.deliver)
        return WebhookSink(service.place, "name", "host", self.waiting)

    def status(self, *codes):
        left = list(codes)

        def behave(request):
            request.setResponseCode(left.pop(0) if left else 200)
            return b"whatever" * 1000

        return behave

    @inlineCallbacks
    def test_an_alert_is_one_json_object(self):
        service = self.serve()
        self.make(service.uri.replace("//", "//user:pass@") + "?token=s3cret").send(alert(1))
        yield self.wait(0)
        (asked,) = service.asked
        self.assertEqual((asked.method, asked.header("Content-Type")), ("POST", ["application/json"]))
        self.assertEqual(asked.header("Authorization"), ["Basic dXNlcjpwYXNz"])
        held = json.loads(asked.body)
        self.assertEqual((held["text"], held["stage"]), ("name on host: Redis does not answer", "begun"))
        self.assertEqual(asked.header("Idempotency-Key"), ["t.1.1"])
        self.assertEqual((len(self.waiting), self.told), (0, []))

    @inlineCallbacks
    def test_what_passes_is_tried_again_until_it_is_taken(self):
        service = self.serve()
        service.behave = self.status(503, 429, 500)
        self.make(service.uri + "?token=s3cret").send(alert(1))
        yield self.wait(300)
        self.assertEqual([asked.header("Idempotency-Key") for asked in service.asked], [["t.1.1"]] * 4)
        self.assertEqual([level for level, _ in self.told], ["ERROR", "WARN"])
        self.assertNotIn("s3cret", repr(self.told))

    @inlineCallbacks
    def test_what_is_refused_or_sent_elsewhere_is_told_and_let_go(self):
        service = self.serve()
        service.behave = self.status(404, 302)
        sink = self.make(service.uri)
        sink.send(alert(1))
        sink.send(alert(2))
        yield self.wait(3600, 300)
        self.assertEqual((len(service.asked), len(self.waiting), self.waiting.refused), (2, 0, 2))

    @inlineCallbacks
    def test_a_service_that_is_away_or_breaks_off_is_tried_again(self):
        service = self.serve()
        uri = service.uri
        sink = self.make(uri)
        service.behave = service.cut
        sink.send(alert(1))
        yield self.wait(0)
        self.assertEqual(len(self.waiting), 1)
        service.behave = lambda request: b"ok"
        yield self.wait(60)
        self.assertEqual(len(self.waiting), 0)

    @inlineCallbacks
    def test_tls_is_verified(self):
        authority = Authority()
        service = self.serve(authority.context(authority.issue()))
        self.make(service.uri).send(alert(1))
        yield self.wait(0)
        self.assertIn("certificate verify failed", self.told[0][1])
        self.assertEqual(service.asked, [])
        path = self.mktemp()
        with open(path, "w", encoding="ascii") as file:
            file.write(authority.pem)
        self.make(service.uri, trust.authorities(os.path.abspath(path))).send(alert(2))
        yield self.wait(0)
        self.assertEqual(len(service.asked), 1)
