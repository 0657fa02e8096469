"""Recorded and built packets of all kinds, sent to a running server over real sockets."""

import contextlib
import json
import select
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c
from sdhcp.wire.errors import WireError
from sdhcp.wire.message import Message, decode, encode

from ..pcap import udp_payloads
from .yard import Yard, ip, missing, udp_socket

PACKETS = Path(__file__).resolve().parent.parent / "packets"
CORPUS = PACKETS / "corpus"
CONF = """
DHCP_SERVER_IP = "10.77.0.1"
DHCP_RESPONSE_INTERFACE = None
DATABASE_ENGINE = "INI"
INI_FILE = {ini!r}
ALLOW_DHCP_RELAYS = True
LINK_CHECK = True
ENABLE_SUSPEND = False
UNAUTHORIZED_CLIENT_TIMEOUT = 0
LOG_CONSOLE_SEVERITY = {severity!r}
DAEMON = False
"""
INI = """
[10.77.1.0/24|0]
lease-time: 3600
gateway: 10.77.1.1
subnet-mask: 255.255.255.0
domain-name-servers: 10.77.0.53

[02:00:5e:00:01:01]
ip: 10.77.1.50
subnet: 10.77.1.0/24
serial: 0

[02:00:5e:00:01:99]
ip: 10.77.1.99
subnet: 10.77.1.0/24
serial: 0
"""
SENTINEL = bytes.fromhex("02005e000199")
POSITIVE = {"OFFER", "ACK", "BOOTREPLY"}


class Relay:
    """Sends datagrams as the relay agent 10.77.1.1 and hears whatever comes back, on every port that matters."""

    def __init__(self, space: str) -> None:
        self._sockets = [udp_socket(space, "10.77.1.1", 67), udp_socket(space, "0.0.0.0", 68)]
        for one in self._sockets:
            one.settimeout(None)
        self._number = 0

    def close(self) -> None:
        for one in self._sockets:
            one.close()

    def send(self, data: bytes) -> list[Message]:
        """Send one datagram; all replies to it, known to be all because a later question was answered."""
        if len(data) <= 65507:
            self._sockets[0].sendto(data, ("10.77.0.1", 67))
        self._number += 1
        xid = b"\xff" + self._number.to_bytes(3, "big")
        question = Message(xid=xid, chaddr=SENTINEL, giaddr=bytes([10, 77, 1, 1]), hops=1, options={53: b"\1"})
        self._sockets[0].sendto(encode(question), ("10.77.0.1", 67))
        replies: list[Message] = []
        while True:
            ready = select.select(self._sockets, [], [], 10)[0]
            if not ready:
                raise AssertionError("the server does not answer any more")
            for one in ready:
                reply = decode(one.recv(65536))
                if reply.xid == xid:
                    return replies + [decode(data) for data in self._rest()]
                replies.append(reply)

    def _rest(self) -> Iterator[bytes]:
        for one in self._sockets:
            with contextlib.suppress(BlockingIOError):
                while True:
                    yield one.recv(65536, socket.MSG_DONTWAIT)


class CorpusTests(SynchronousTestCase):
    maxDiff = None

    def serve(self, severity):
        lacking = missing()
        if lacking:
            raise SkipTest(lacking)
        yard = Yard()
        self.addCleanup(yard.close)
        server, client = yard.space("s"), yard.space("c")
        yard.link(server, "vsrv", client, "vcli")
        ip("-n", server, "addr", "add", "10.77.0.1/24", "dev", "vsrv")
        ip("-n", server, "route", "add", "10.77.1.0/24", "dev", "vsrv")
        for address in ("10.77.1.1/24", "10.77.1.50/24", "10.77.0.2/24"):
            ip("-n", client, "addr", "add", address, "dev", "vcli")
        ini = yard.folder / "dhcp.ini"
        ini.write_text(INI, encoding="ascii")
        self.server = yard.server(server, CONF.format(ini=str(ini), severity=severity))
        relay = Relay(client)
        self.addCleanup(relay.close)
        return relay

    def assert_well(self):
        self.assertIsNone(self.server.process.poll())
        log = self.server.log()
        self.assertNotIn("Traceback", log)
        self.assertNotIn("was not answered", log)

    def replay(self, severity):
        relay = self.serve(severity)
        wrong = []
        for packet in json.loads((CORPUS / "manifest.json").read_text())["packets"]:
            data = _relayed((CORPUS / packet["file"]).read_bytes(), packet)
            replies = relay.send(data)
            kinds = [_kind(reply) for reply in replies]
            if not _fits(packet["expect"], kinds) or any(_too_large(data, reply) for reply in replies):
                wrong.append(f"{packet['name']}: expected {packet['expect']}, got {kinds or 'silence'}")
        self.assertEqual(wrong, [])
        self.assert_well()

    def test_every_packet_gets_what_it_should(self):
        self.replay("WARN")

    def test_and_the_same_while_everything_is_logged(self):
        self.replay("DEBUG")

    def test_captures_leave_the_server_well(self):
        relay = self.serve("DEBUG")
        count = 0
        for capture in sorted((PACKETS / "captures").glob("*.pcap*")):
            for payload in udp_payloads(capture):
                relay.send(payload)
                count += 1
        self.assertGreater(count, 50)
        self.assert_well()


def _relayed(data: bytes, packet: dict[str, Any]) -> bytes:
    """A packet as a relay agent passes it on, where it was recorded on the client's side."""
    at = packet["patch"].get("giaddr")
    if packet["via"] != "relay" or at is None or any(data[at : at + 4]):
        return data
    return data[:at] + bytes([10, 77, 1, 1]) + data[at + 4 :]


def _kind(reply: Message) -> str:
    return c.MESSAGE_NAMES.get(reply.message_type, "BOOTREPLY")


def _fits(expected: str, kinds: list[str]) -> bool:
    if expected == "any" or expected == "served?":
        return len(kinds) < 2
    if expected == "silence":
        return kinds == []
    if expected == "served":
        return len(kinds) == 1 and kinds[0] in POSITIVE
    return kinds == [expected]


def _too_large(data: bytes, reply: Message) -> bool:
    try:
        limit = decode(data).options.get(c.MAXIMUM_SIZE, b"")
    except WireError:
        return True
    size = int.from_bytes(limit, "big") if len(limit) == 2 else 0
    return len(encode(reply)) + 28 > max(size, 576)
