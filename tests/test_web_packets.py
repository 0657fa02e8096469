"""The pages of packets, and their capture files."""

import struct
from pathlib import Path

from sdhcp import events
from sdhcp.model import Destination
from sdhcp.web.packet_views import ROWS
from sdhcp.web.packets import Packets
from sdhcp.wire import constants as c
from sdhcp.wire.frame import checksum
from sdhcp.wire.message import Message, encode

from . import pcap
from .samples import MAC, arrival, definition, ip, message
from .web_case import NOW, XHTML, WebCase

OTHER = bytes.fromhex("02005e00aabb")
EVIL = b"<script>alert(1)</script>"


def came(request: bytes, now=1000.0):
    return arrival(now=now)._replace(data=request)


def asked(kind=c.DISCOVER, mac=MAC, options=None):
    return encode(message(kind, options or {}, chaddr=mac))


def exchange(request=None, reply=None, mac=MAC, method="DISCOVER", answer="OFFER", outcome="offered", now=1000.0,
             to=None):  # fmt: skip
    known = definition()
    if reply is None:
        reply = encode(Message(op=2, chaddr=mac, yiaddr=known.ip, options={c.MESSAGE_TYPE: bytes([c.OFFER])}))
    here = came(asked(mac=mac) if request is None else request, now)
    return events.Exchange(
        now, method, answer, outcome, True, mac, known.ip, b"\1\2\3\4", ip("0.0.0.0"), known, here, len(reply), 0.25,
        None, reply, to or Destination(ip("10.0.0.9"), 68),
    )  # fmt: skip


class KeepingTests(WebCase):
    def test_the_last_are_kept_up_to_a_number_and_up_to_their_octets(self):
        for packets, one, least, most in (
            (Packets(packets=80), exchange(), 70, 80),
            (Packets(octets=80 * 4000), exchange(bytes(4000), b""), 70, 80),
            (Packets(octets=80 * 4000), exchange(b"", bytes(4000)), 70, 80),
            (Packets(octets=80 * 4000), events.Malformed(1.0, "short", "x", 4000, came(bytes(4000))), 70, 80),
            (Packets(packets=80), events.Dropped(1.0, "blocked", "x", MAC, bytes(4), came(b"")), 70, 80),
        ):
            for _ in range(1000):
                packets.observe(one)
            kept = list(packets.newest_first())
            self.assertTrue(least <= len(kept) <= most, len(kept))
            self.assertEqual([one.number for one in kept], list(range(1000, 1000 - len(kept), -1)))
            self.assertIsNone(packets.at(packets.oldest - 1))
            self.assertIsNone(packets.at(1001))

    def test_what_has_no_packet_is_not_kept(self):
        packets = Packets()
        packets.observe(events.HandlingFailed(1.0, MAC, "a fault", "trace"))
        self.assertEqual(list(packets.newest_first()), [])
        self.assertFalse(packets.wants(events.ServerMessage))


class PacketsTests(WebCase):
    def numbers(self, answer):
        self.assertEqual(answer.status, 200, answer.body)
        table = next(one for one in answer.page().iter(f"{XHTML}table") if one.get("id") == "packets")
        return [int(one.text) for one in table.iter(f"{XHTML}a")]

    async def test_a_filter_in_the_address_chooses(self):
        self.serve()
        self.publisher.publish(exchange())
        self.publisher.publish(exchange(mac=OTHER, method="REQUEST:SELECTING", answer="ACK", outcome="acknowledged"))
        self.publisher.publish(events.Dropped(1.0, "relayed", "none", MAC, bytes(4), came(asked(c.INFORM)), c.INFORM))
        self.publisher.publish(events.Malformed(1.0, "short", "no header", 3, came(b"abc")))
        text = exchange(asked(options={c.HOSTNAME: b"printer-7"}), mac=OTHER, to=Destination(ip("10.9.9.9"), 68))
        self.publisher.publish(text)
        self.publisher.publish(events.HandlingFailed(1.0, MAC, "a fault", "trace", came(asked())))
        for query, expected in (
            ("", [6, 5, 4, 3, 2, 1]),
            ("client=02-00-5E-00-AA", [5, 2]),
            ("client=0200.5e00.aabb", [5, 2]),
            ("type=REQUEST", [2]),
            ("type=INFORM", [3]),
            ("type=malformed", [4]),
            ("outcome=failed", [6]),
            ("outcome=ack", [2]),
            ("outcome=relayed", [3]),
            ("address=10.9.9.9", [5]),
            ("text=PRINTER-7", [5]),
            ("text=nothing", []),
            ("type=DISCOVER&client=aabb", [5]),
        ):
            self.assertEqual(self.numbers(await self.ask(f"/console/packets?{query}")), expected, query)

    async def test_there_are_pages_of_them(self):
        self.serve()
        for _ in range(2 * ROWS + 50):
            self.publisher.publish(exchange())
        seen, path = [], "/console/packets?client=02"
        while path:
            answer = await self.ask(path)
            seen += self.numbers(answer)
            path = answer.links().get("older")
        self.assertEqual(seen, list(range(2 * ROWS + 50, 0, -1)))
        self.assertEqual((await self.ask("/console/packets?before=x")).status, 400)

    async def test_a_packet_is_shown_in_full_and_harmless(self):
        self.serve()
        self.publisher.publish(exchange(asked(options={c.HOSTNAME: EVIL, c.PARAMETER_REQUEST_LIST: b"\1\3"})))
        answer = await self.ask("/console/packets/1")
        self.assertEqual([one.partition(",")[0] for one in answer.headings()],
                         ["packet 1", "request: DISCOVER", "reply: OFFER"])  # fmt: skip
        shown = "".join(answer.page().itertext())
        for text in (EVIL.decode(), "hostname", "1, 3", "0000  01 01 06", "10.0.0.9:68", "63 82 53 63"):
            self.assertIn(text, shown)
        self.assertNotIn("<script>alert", answer.text)
        self.assertNotIn("<script>alert", (await self.ask("/console/packets")).text)

    async def test_what_is_no_message_is_shown_too(self):
        self.serve()
        self.publisher.publish(events.Malformed(1.0, "short", "no header", 3, came(b"abc")))
        shown = "".join((await self.ask("/console/packets/1")).page().itertext())
        self.assertIn("3 octets, the header alone has", shown)
        self.assertIn("61 62 63", shown)
        self.assertEqual((await self.ask("/console/packets/2")).status, 404)

    async def test_a_capture_file_has_them_with_real_times_and_good_checksums(self):
        self.serve()
        first, second = exchange(now=1000.125), exchange(asked(mac=OTHER), mac=OTHER, now=1000.25)
        for event in (first, second, events.Malformed(1.0, "short", "no header", 3, came(b"abc", 999.0))):
            self.publisher.publish(event)
        answer = await self.ask("/console/packets.pcap?type=DISCOVER")
        self.assertEqual(answer.headers["content-type"], "application/vnd.tcpdump.pcap")
        path = Path(self.mktemp())
        path.write_bytes(answer.body)
        self.assertEqual(
            list(pcap.udp_payloads(path)),
            [first.arrival.data, second.arrival.data, first.reply, second.reply],
        )
        packets = list(self.packets_of(answer.body))
        self.assertEqual([at for at, *_ in packets], [NOW + 1000.125, NOW + 1000.25, NOW + 1000.375, NOW + 1000.5])
        local = first.arrival.local
        whence = [(source, port) for _, source, port, *_ in packets]
        self.assertEqual(whence[0], (first.arrival.address, first.arrival.port))
        self.assertEqual(packets[2][1:], (local.server_id, local.port, ip("10.0.0.9"), 68))
        one = await self.ask("/console/packets.pcap?number=3")
        self.assertEqual(one.body[-3:], b"abc")

    def packets_of(self, data):
        """Time, source and destination of each packet, whose checksums have to be good."""
        place = 24
        self.assertEqual(struct.unpack_from("<I", data, 20), (101,))
        while place < len(data):
            seconds, rest, kept, size = struct.unpack_from("<IIII", data, place)
            self.assertEqual(kept, size)
            packet = data[place + 16 : place + 16 + size]
            self.assertEqual(struct.unpack_from("!H", packet, 2), (size,))
            self.assertEqual(checksum(packet[:20]), 0)
            pseudo = packet[12:20] + struct.pack("!HH", 17, size - 20)
            self.assertEqual(checksum(pseudo + packet[20:]), 0)
            source_port, port, length = struct.unpack_from("!HHH", packet, 20)
            self.assertEqual(length, size - 20)
            yield seconds + rest / 1e6, packet[12:16], source_port, packet[16:20], port
            place += 16 + size

    async def test_a_file_of_all_packets_is_whole(self):
        self.serve()
        for _ in range(300):
            self.publisher.publish(exchange())
        answer = await self.ask("/console/packets.pcap")
        self.assertEqual(len(list(self.packets_of(answer.body))), 600)
