"""The example of a site's own code, one class for each interface, at work in a server."""

import json
import shutil
import socket
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.interfaces import IDefinitionChooser, IEventObserver, IPacketFilter, IReplyEditor, IUnknownClient
from sdhcp.wire.constants import ACK, DISCOVER, OFFER, RELEASE, REQUEST

from .conf_world import ConfCase, ConfWorld
from .in_process import STRANGER
from .netns.yard import ROOT
from .samples import SERVER, ip

NORTH, SOUTH = ip("10.1.0.1"), ip("10.9.0.1")
NIGHT, DAY = time.struct_time((2026, 5, 4, 3, 0, 0, 0, 124, 0)), time.struct_time((2026, 5, 4, 12, 0, 0, 0, 124, 0))


class HooksTests(ConfCase, SynchronousTestCase):
    def setUp(self):
        folder = Path(self.mktemp()).absolute()
        shutil.copytree(ROOT / "examples" / "hooks", folder, ignore=shutil.ignore_patterns("__pycache__"))
        configuration = self.load_folder(folder)
        self.providers = configuration.site.providers
        self.journal = next(one for one in self.providers if IEventObserver.providedBy(one))
        self.addCleanup(self.journal.socket.close)
        self.site = ConfWorld(configuration)

    def test_there_is_one_for_each_interface(self):
        for interface in (IPacketFilter, IUnknownClient, IDefinitionChooser, IReplyEditor, IEventObserver):
            self.assertEqual(sum(interface.providedBy(one) for one in self.providers), 1, interface)

    def test_the_filter_leaves_a_vendor_alone_at_night(self):
        import quiet_hours

        for now, asked, vendor in ((NIGHT, False, b"PrinterCo 3"), (DAY, True, b"PrinterCo 3"), (NIGHT, True, b"Else")):
            with self.subTest(now=now.tm_hour, vendor=vendor):
                self.patch(quiet_hours, "localtime", lambda now=now: now)
                reply = self.site.ask(DISCOVER, {60: vendor}, giaddr=NORTH)
                self.assertEqual(reply is not None, asked)

    def test_guests_get_an_address_each_and_give_it_back(self):
        first = self.site.ask(DISCOVER, chaddr=STRANGER, giaddr=NORTH).message
        second = self.site.ask(DISCOVER, chaddr=b"\2\0\0\0\0\1", giaddr=NORTH).message
        self.assertEqual((first.yiaddr, second.yiaddr), (ip("10.1.200.1"), ip("10.1.200.2")))
        self.assertEqual((first.options[51], first.options[3]), (b"\0\0\2\x58", ip("10.1.200.254")))
        kept = self.site.ask(REQUEST, {50: first.yiaddr, 54: SERVER}, chaddr=STRANGER, giaddr=NORTH).message
        self.assertEqual((kept.message_type, kept.yiaddr), (ACK, first.yiaddr))
        self.site.ask(RELEASE, {54: SERVER}, chaddr=STRANGER, ciaddr=first.yiaddr, giaddr=NORTH)
        for last in range(3, 51):
            self.site.ask(DISCOVER, chaddr=bytes([2, 0, 0, 0, 1, last]), giaddr=NORTH)
        again = self.site.ask(DISCOVER, chaddr=b"\2\0\0\0\2\1", giaddr=NORTH).message
        self.assertEqual(again.yiaddr, first.yiaddr)
        self.assertIsNone(self.site.ask(DISCOVER, chaddr=b"\2\0\0\0\2\2", giaddr=NORTH))

    def test_a_notebook_gets_the_address_of_the_site_where_it_is(self):
        for relay, address in ((NORTH, "10.1.0.20"), (SOUTH, "10.2.0.20")):
            self.assertEqual(self.site.ask(DISCOVER, giaddr=relay).message.yiaddr, ip(address))
        self.assertIsNone(self.site.ask(DISCOVER, giaddr=ip("10.8.0.1")))

    def test_who_boots_gets_the_loader_of_its_architecture(self):
        for architecture, loader in ((0, b"undionly.kpxe"), (7, b"ipxe.efi"), (11, b"ipxe-arm64.efi"), (99, b"")):
            options = {60: b"PXEClient:Arch:00000", 93: bytes((0, architecture))}
            reply = self.site.ask(DISCOVER, options, giaddr=NORTH).message
            self.assertEqual(reply.file.rstrip(b"\0"), loader)
            self.assertEqual(reply.siaddr, ip("10.1.0.9") if loader else bytes(4))
        self.assertEqual(self.site.ask(DISCOVER, giaddr=NORTH).message.file.rstrip(b"\0"), b"")

    def test_the_journal_tells_who_got_what(self):
        collector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(collector.close)
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(10)
        self.journal.collector = collector.getsockname()
        self.assertEqual(self.site.ask(DISCOVER, giaddr=NORTH).message.message_type, OFFER)
        self.site.ask(REQUEST, {50: ip("10.1.0.20"), 54: SERVER}, giaddr=NORTH)
        line = json.loads(collector.recv(1000))
        self.assertEqual(line, {"what": "acknowledged", "mac": "02:00:5e:00:01:01", "ip": "10.1.0.20"})
