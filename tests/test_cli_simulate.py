"""``sdhcp simulate``: what it shows, and what it says of mistakes."""

import json

from sdhcp.testing import discover, inform, release, request_selecting
from sdhcp.wire.frame import udp_frame
from sdhcp.wire.message import decode

from .samples import ip
from .test_run import sdhcp
from .test_testing import ADDRESS, HOOKS, SimulationCase

KNOWN, STRANGER, FAULTY = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:09"
EVERYBODY = b"\xff" * 6


def frame(data, source="0.0.0.0", source_port=68, target="255.255.255.255", port=67):
    return udp_frame(bytes(6), EVERYBODY, ip(source), source_port, ip(target), port, data)


def pcap(*frames, order="little", apart=120):
    """A capture of frames, each so many seconds after the one before it."""

    def number(value):
        return value.to_bytes(4, order)

    header = number(0xA1B2C3D4) + (2).to_bytes(2, order) + (4).to_bytes(2, order)
    header += number(0) + number(0) + number(65535) + number(1)
    return header + b"".join(
        number(1000 + at * apart) + number(0) + number(len(one)) * 2 + one for at, one in enumerate(frames)
    )


def pcapng(*frames, apart=120):
    """The same in the other form, with times in milliseconds."""

    def block(kind, body):
        size = (12 + len(body)).to_bytes(4, "little")
        return kind.to_bytes(4, "little") + size + body + size

    def number(value):
        return value.to_bytes(4, "little")

    start = block(0x0A0D0D0A, number(0x1A2B3C4D) + number(1) + b"\xff" * 8)
    milliseconds = b"\x09\0\x01\0\x03\0\0\0" + bytes(4)
    interface = block(1, number(1) + number(65535) + milliseconds)
    packets = b""
    for at, one in enumerate(frames):
        padded = one + bytes(-len(one) % 4)
        packets += block(6, number(0) * 2 + number(at * apart * 1000) + number(len(one)) * 2 + padded)
    return start + interface + packets


class SimulateCase(SimulationCase):
    def simulate(self, conf, *arguments, status=0):
        done = sdhcp("simulate", str(conf), *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done.stderr if status == 2 else done.stdout

    def report(self, conf, *arguments, status=0):
        return json.loads(self.simulate(conf, *arguments, "--json", status=status))["packets"]

    def file(self, octets):
        path = self.mktemp()
        with open(path, "wb") as file:
            file.write(octets)
        return path


class ClientTests(SimulateCase):
    def test_request_hooks_decision_reply_and_log_are_shown(self):
        said = self.simulate(self.conf(HOOKS), "--mac", KNOWN, "--request", ADDRESS, "--giaddr", "10.0.0.2")
        for words in (
            "request, from 10.0.0.2 port 67, to the server:\n  REQUEST\n",
            "54 server_identifier = 10.0.0.1",
            "filterPacket (REQUEST:SELECTING, client_ip 10.0.0.50, relay_ip 10.0.0.2, port 67): True after ",
            '  set tftp_server_name = "boot.example.org"\n',
            "  deleted hostname\n",
            "decision: acknowledged\n",
            "reply, to 10.0.0.2 port 6868:\n  ACK\n",
            '   66 tftp_server_name = "boot.example.org"',
            "log:\n  INFO : REQUEST:SELECTING from 02:00:00:00:00:01 via 10.0.0.2",
        ):
            self.assertIn(words, said)

    def test_every_state_of_a_client_can_be_asked_for(self):
        conf = self.conf()
        for arguments, kind, outcome, status in (
            (("--discover",), "DISCOVER", "offered", 0),
            (("--reboot", "10.0.0.51"), "REQUEST:INIT-REBOOT", "nak-wrong-address", 0),
            (("--renew", ADDRESS), "REQUEST:RENEW", "acknowledged", 0),
            (("--rebind", ADDRESS), "REQUEST:REBIND", "acknowledged", 0),
            (("--inform", ADDRESS), "INFORM", "informed", 0),
            (("--release", ADDRESS), "RELEASE", "released", 1),
            (("--decline", ADDRESS), "DECLINE", "declined", 1),
            (("--bootp",), "BOOTP", "bootp", 0),
        ):
            with self.subTest(kind):
                (packet,) = self.report(conf, "--mac", KNOWN, *arguments, status=status)
                self.assertEqual((packet["kind"], packet["outcome"]), (kind, outcome))

    def test_what_a_client_and_a_relay_agent_tell_is_sent(self):
        (packet,) = self.report(
            self.conf(), "--mac", KNOWN, "--giaddr", "10.0.0.2", "--circuit-id", "eth0:7", "--remote-id", "x",
            "--client-id", "01:02", "--vendor", "PXEClient", "--option", "user-class=0x01ff", "--ask-for", "router,66",
            "--broadcast",
        )  # fmt: skip
        options = packet["request"]["options"]
        self.assertEqual(options["relay_agent"], {"1": "0x657468303a37", "2": "0x78"})
        self.assertEqual((options["client_identifier"], options["vendor_class_identifier"]), ("0x0102", "PXEClient"))
        self.assertEqual((options["parameter_request_list"], packet["request"]["broadcast"]), ("0x0342", True))
        self.assertIn("0x01ff", options.values())
        self.assertEqual(packet["reply"]["options"]["relay_agent"], options["relay_agent"])

    def test_a_stranger_meets_silence(self):
        said = self.simulate(self.conf(), "--mac", STRANGER, status=1)
        self.assertIn("decision: unknown-client\nno reply\n", said)

    def test_a_hook_that_raises_is_shown_with_its_line_and_traceback(self):
        conf = self.conf(HOOKS)
        arguments = ("--mac", FAULTY, "--vendor", "guest")
        said = self.simulate(conf, *arguments, status=1)
        self.assertIn(f"ValueError: no port, at {conf / 'conf.py'}:", said)
        self.assertIn('raise ValueError("no port")', said)
        self.assertIn("decision: hook-failed", said)
        (packet,) = self.report(conf, *arguments, status=1)
        self.assertEqual([step["returned"] for step in packet["steps"]], ["True", "10.0.0.99 in 10.0.0.0/24", None])
        self.assertEqual([step["in_thread"] for step in packet["steps"]], [False, True, False])

    def test_a_port_for_pxe(self):
        (packet,) = self.report(self.conf("PROXY_PORT = 4011\n" + HOOKS), "--mac", KNOWN, "--port", "4011")
        self.assertEqual(packet["steps"][0]["port"], 4011)

    def test_what_the_site_prints_does_not_spoil_the_report(self):
        (packet,) = self.report(self.conf("print('loading')\n"), "--mac", KNOWN)
        self.assertEqual(packet["outcome"], "offered")


class FileTests(SimulateCase):
    def test_octets_and_hexadecimal_text(self):
        octets = discover().data
        for written in (octets, octets.hex().encode(), octets.hex(":").encode(), octets.hex(" ", 2).encode() + b"\n"):
            (packet,) = self.report(self.conf(), "--packet", self.file(written))
            self.assertEqual((packet["outcome"], packet["request"]["mac"]), ("offered", KNOWN))

    def test_captures_are_simulated_packet_for_packet(self):
        request = request_selecting(address=ADDRESS, server="10.0.0.1").data
        frames = (
            frame(discover(STRANGER).data),
            frame(b"\2" + discover().data[1:], "10.0.0.1", 67),
            frame(discover(STRANGER).data),
            frame(b"other", port=53),
            b"\0" * 40,
            frame(request),
            frame(inform(address=ADDRESS, giaddr="10.0.0.2").data, "10.0.0.2", 67, "10.0.0.1"),
        )
        for capture in (pcap(*frames), pcap(*frames, order="big"), pcapng(*frames)):
            packets = self.report(self.conf(), "--packet", self.file(capture), status=1)
            outcomes = [packet["outcome"] for packet in packets]
            self.assertEqual(outcomes, ["unknown-client", "unknown-client", "acknowledged", "informed"])
        # Without time between them the second is not heard.
        packets = self.report(self.conf(), "--packet", self.file(pcap(*frames, apart=1)), status=1)
        self.assertEqual([packet["outcome"] for packet in packets][:2], ["unknown-client", "blocked"])
        said = self.simulate(self.conf(), "--packet", self.file(pcap(*frames)), status=1)
        self.assertIn("packet 3 of 4\nrequest, from 0.0.0.0 port 68, to all:\n", said)

    def test_a_tagged_frame(self):
        plain = frame(discover().data)
        tagged = plain[:12] + b"\x81\0\0\7" + plain[12:]
        self.assertEqual(self.report(self.conf(), "--packet", self.file(pcap(tagged)))[0]["outcome"], "offered")

    def test_a_capture_is_told_apart_by_the_ports_of_conf_py(self):
        pxe = frame(discover().data, port=4011)
        self.assertIn("holds no packet", self.simulate(self.conf(), "--packet", self.file(pcap(pxe)), status=2))
        (packet,) = self.report(self.conf("PROXY_PORT = 4011\n" + HOOKS), "--packet", self.file(pcap(pxe)))
        self.assertEqual(packet["steps"][0]["port"], 4011)

    def test_cut_captures_end_where_they_are_cut(self):
        whole = (pcap(frame(discover().data)), pcapng(frame(discover().data)))
        for capture in whole:
            for size in (4, 20, 30, 60):
                self.simulate(self.conf(), "--packet", self.file(capture[:size]), status=2)
        (packet,) = self.report(self.conf(), "--packet", self.file(whole[0][:200]), status=1)
        self.assertEqual(packet["outcome"], "truncated")

    def test_octets_that_are_no_message(self):
        said = self.simulate(self.conf(), "--packet", self.file(b"\1" * 300), status=1)
        self.assertIn("no DHCP message: vendor area begins with", said)

    def test_a_release_of_a_capture_is_answered_by_nobody(self):
        gone = release(address=ADDRESS, server="10.0.0.1").data
        self.assertEqual(decode(gone).message_type, 7)
        packets = self.report(self.conf(), "--packet", self.file(pcap(frame(gone, ADDRESS, 68, "10.0.0.1"))), status=1)
        self.assertEqual((packets[0]["kind"], packets[0]["outcome"]), ("RELEASE", "released"))


class MistakeTests(SimulateCase):
    def test_mistakes_are_one_line(self):
        conf = self.conf()
        short = self.file(b"short")
        for arguments, words in (
            ((), "needs --mac"),
            (("--mac", KNOWN, "--renew", ADDRESS, "--bootp"), "--renew and --bootp are two packets"),
            (("--mac", KNOWN, "--circuit-id", "x"), "give its giaddr too"),
            (("--mac", KNOWN, "--port", "99"), "does not listen on port 99"),
            (("--mac", KNOWN, "--server", "10.9.9.9"), "10.9.9.9 is not in DHCP_SERVER_IP"),
            (("--packet", "nowhere"), "nowhere: No such file"),
            (("--packet", "."), "Is a directory"),
            (("--packet", short), f"{short}: holds 5 octets"),
            (("--packet", short, "--mac", KNOWN), "leave out --mac"),
            (("--packet", short, "--option", "hostname=x"), "leave out --option"),
        ):
            with self.subTest(words):
                said = self.simulate(conf, *arguments, status=2)
                self.assertIn(words, said)
                self.assertEqual(said.count("\n"), 1, said)

    def test_a_conf_py_that_is_not_in_order(self):
        for text, words in (
            ("DHCP_SERVER_PORT = 'x'\n", "DHCP_SERVER_PORT"),
            ("DATABASE_ENGINE = 'INI'\nINI_FILE = '/nowhere/x.ini'\n", "/nowhere/x.ini"),
            ("def init():\n    raise ValueError('no')\n", "init raised ValueError: no"),
            ("HOOKS = [5]\n", "HOOKS: 5 is no code of a site's"),
        ):
            said = self.simulate(self.conf(text), "--mac", KNOWN, status=2)
            self.assertIn(words, said)
            self.assertEqual(said.count("\n"), 1, said)
        self.assertIn("there is no such file", self.simulate("/nowhere", "--mac", KNOWN, status=2))

    def test_every_problem_has_a_line(self):
        said = self.simulate(self.conf("DHCP_SERVER_PORT = 'x'\nDHCP_CLIENT_PORT = 'y'\n"), "--mac", KNOWN, status=2)
        self.assertEqual(said.count("\n"), 2)
