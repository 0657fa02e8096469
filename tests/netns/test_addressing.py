"""Where replies to clients on the server's own links leave, and what stands in their headers."""

import socket
import time
from typing import NamedTuple
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c
from sdhcp.wire.frame import udp_frame
from sdhcp.wire.message import Message, decode, encode

from ..samples import ip as octets
from ..samples import message
from .yard import PATIENCE, Yard, inside, ip, mac_of, missing

EVERYONE, EVERYBODY = b"\xff" * 6, b"\xff" * 4
IP = 0x0800
CONF = """
DHCP_SERVER_IP = ["10.1.0.1", "10.2.0.1"]
DATABASE_ENGINE = "INI"
INI_FILE = {ini!r}
LINK_CHECK = True
DAEMON = False
"""
INI = """
[10.{n}.0.0/24|0]
lease-time: 3600
subnet-mask: 255.255.255.0

[{mac}]
ip: 10.{n}.0.50
subnet: 10.{n}.0.0/24
serial: 0
"""


class Heard(NamedTuple):
    """One reply as it stands on the link."""

    link: tuple[bytes, bytes]
    """Hardware addresses: from, to."""
    addresses: tuple[bytes, bytes]
    ports: tuple[int, int]
    message: Message


class Link:
    """A client's end of a link, as frames."""

    def __init__(self, space: str, number: int) -> None:
        self.number = number
        self.mac = bytes.fromhex(mac_of(space, "vcli").replace(":", ""))
        self.address = octets(f"10.{number}.0.50")
        self.server = octets(f"10.{number}.0.1")
        self._socket = inside(space, self._open)

    def _open(self) -> socket.socket:
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(IP))
        made.bind(("vcli", IP))
        return made

    def close(self) -> None:
        self._socket.close()

    def ask(self, kind: int, options: dict[int, bytes] | None = None, **fields: object) -> Heard:
        """Broadcast a message; the next reply on this link."""
        data = encode(message(kind, options, chaddr=self.mac, **fields))
        source = fields.get("ciaddr", bytes(4))
        self._socket.send(udp_frame(self.mac, EVERYONE, source, 68, EVERYBODY, 67, data))
        return self.next()

    def next(self) -> Heard:
        """The next reply."""
        deadline = time.monotonic() + PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            frame, (_, _, direction, *_) = self._socket.recvfrom(2048)
            if direction == socket.PACKET_OUTGOING or frame[23] != socket.IPPROTO_UDP:
                continue
            start = 14 + (frame[14] & 15) * 4
            ports = tuple(int.from_bytes(frame[start + at : start + at + 2], "big") for at in (0, 2))
            size = int.from_bytes(frame[start + 4 : start + 6], "big")
            reply = decode(frame[start + 8 : start + size])
            return Heard((frame[6:12], frame[:6]), (frame[26:30], frame[30:34]), ports, reply)
        raise AssertionError("no reply")


class AddressingTests(SynchronousTestCase):
    """A server on two links; each has another address of the machine before the server's own."""

    def serve(self, more=""):
        lacking = missing()
        if lacking:
            raise SkipTest(lacking)
        yard = Yard()
        self.addCleanup(yard.close)
        space = yard.space("s")
        ini = yard.folder / "dhcp.ini"
        self.links, text = [], ""
        self.ours = {}
        for number in (1, 2):
            client = yard.space(f"c{number}")
            yard.link(space, f"vsrv{number}", client, "vcli")
            for address in (f"10.9{number}.0.1/24", f"10.{number}.0.1/24"):
                ip("-n", space, "addr", "add", address, "dev", f"vsrv{number}")
            text += INI.format(n=number, mac=mac_of(client, "vcli"))
            link = Link(client, number)
            self.addCleanup(link.close)
            self.links.append(link)
            self.ours[number] = bytes.fromhex(mac_of(space, f"vsrv{number}").replace(":", ""))
        # Whatever goes by the routing table leaves on the first link.
        ip("-n", space, "route", "add", "default", "dev", "vsrv1")
        ini.write_text(text, encoding="ascii")
        yard.server(space, CONF.format(ini=str(ini)) + more)

    def assert_sent(self, heard, link, answer, hardware, address):
        self.assertEqual(heard.message.message_type, answer)
        self.assertEqual(heard.link, (self.ours[link.number], hardware))
        self.assertEqual(heard.addresses, (link.server, address))
        self.assertEqual(heard.ports, (67, 68))
        self.assertEqual(heard.message.options[54], link.server)

    def broadcasts(self):
        for number, link in enumerate(self.links * 2):
            xid = bytes([number]) * 4
            offer = link.ask(c.DISCOVER, flags=0x8000, xid=xid)
            self.assert_sent(offer, link, c.OFFER, EVERYONE, EVERYBODY)
            # Whatever was sent on the wrong link would be the first thing that is heard there.
            self.assertEqual(offer.message.xid, xid)
            nak = link.ask(c.REQUEST, {50: octets("10.7.0.7")}, xid=xid)
            self.assert_sent(nak, link, c.NAK, EVERYONE, EVERYBODY)
            self.assertEqual(nak.message.xid, xid)

    def test_a_broadcast_leaves_where_its_request_came_from(self):
        """What A12 says, on the link itself (RFC 1542 section 5.4)."""
        self.serve()
        self.broadcasts()

    def test_a_broadcast_by_way_of_udp_does_too(self):
        self.serve("DHCP_RESPONSE_INTERFACE = None\n")
        self.broadcasts()

    def test_a_client_on_the_link_is_answered_from_port_67_at_port_68(self):
        """What W18 says, for clients that no relay agent speaks for (RFC 2131 section 4.1)."""
        self.serve()
        for link in self.links:
            offer = link.ask(c.DISCOVER)
            self.assert_sent(offer, link, c.OFFER, link.mac, link.address)
            ack = link.ask(c.REQUEST, {54: link.server, 50: link.address})
            self.assert_sent(ack, link, c.ACK, link.mac, link.address)
