"""Several interfaces, VLANs, the ProxyDHCP port, privileges given up, and two programs for one port."""

import contextlib
import os
import pwd
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from sdhcp.wire import constants as c
from sdhcp.wire.message import Message, decode, encode

from .clients import Udhcpc
from .yard import ROOT, Yard, inside, ip, mac_of, missing, udp_socket, wait_for

CONF = """
DHCP_SERVER_IP = {server!r}
DATABASE_ENGINE = "INI"
INI_FILE = {ini!r}
LINK_CHECK = True
LOG_CONSOLE_SEVERITY = "DEBUG"
DAEMON = False
"""
SUBNET = """
[10.{n}.0.0/24|0]
lease-time: 3600
gateway: 10.{n}.0.1
subnet-mask: 255.255.255.0
"""
HOST = """
[{mac}]
ip: {address}
subnet: 10.{n}.0.0/24
serial: 0
"""


class Switch:
    """Joins a trunk to an access port: what the server sends must be tagged to pass, and loses its tag."""

    def __init__(self, space, trunk, access):
        self._trunk = inside(space, lambda: _frames(trunk))
        self._access = inside(space, lambda: _frames(access))
        self.tags = set()
        self._open = True
        self._thread = threading.Thread(target=self._pass_on)
        self._thread.start()

    def close(self):
        self._open = False
        self._thread.join()
        self._trunk.close()
        self._access.close()

    def _pass_on(self):
        while self._open:
            for one in select.select([self._trunk, self._access], [], [], 0.1)[0]:
                frame, ancillary, _, source = one.recvmsg(2048, 64)
                if source[2] == socket.PACKET_OUTGOING:
                    continue
                if one is self._access:
                    self._trunk.send(frame)
                    continue
                # The kernel takes the outermost tag off a frame and tells it beside.
                tag = struct.unpack_from("=H", ancillary[0][2], 16)[0] if ancillary else 0
                if frame[12:14] == b"\x81\x00":
                    tag, frame = int.from_bytes(frame[14:16], "big"), frame[:12] + frame[16:]
                if tag and frame[12:14] == b"\x08\x00":
                    self.tags.add(tag)
                    self._access.send(frame)


def _frames(device):
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    made.setsockopt(263, 8, 1)
    made.bind((device, 3))
    return made


class InterfaceTests(SynchronousTestCase):
    def setUp(self):
        lacking = missing("udhcpc")
        if lacking:
            raise SkipTest(lacking)
        self.yard = Yard()
        self.addCleanup(self.yard.close)
        self.server_space = self.yard.space("s")
        self.ini = ""

    def join(self, number):
        """A client's namespace on link ``number``."""
        space = self.yard.space(f"c{number}")
        self.yard.link(self.server_space, f"vsrv{number}", space, "vcli")
        return space

    def reserve(self, mac, number, host=50):
        if f"[10.{number}.0.0/24|0]" not in self.ini:
            self.ini += SUBNET.format(n=number)
        self.ini += HOST.format(mac=mac, n=number, address=f"10.{number}.0.{host}")

    def serve(self, addresses, more=""):
        path = self.yard.folder / "dhcp.ini"
        path.write_text(self.ini, encoding="ascii")
        return self.yard.server(self.server_space, CONF.format(server=addresses, ini=str(path)) + more)

    def lease(self, space, address, device="vcli"):
        client = Udhcpc(self.yard, space, device)
        client.start()
        client.expect_address(address)

    def test_two_interfaces_in_one_process(self):
        spaces = [self.join(number) for number in (1, 2)]
        for number, space in zip((1, 2), spaces, strict=True):
            ip("-n", self.server_space, "addr", "add", f"10.{number}.0.1/24", "dev", f"vsrv{number}")
            self.reserve(mac_of(space, "vcli"), number)
        server = self.serve(["10.1.0.1", "10.2.0.1"])
        for number, space in zip((1, 2), spaces, strict=True):
            self.lease(space, f"10.{number}.0.50")
            server.expect(f"on vsrv{number}", f"ACK 10.{number}.0.50")

    def test_two_addresses_on_one_interface(self):
        space = self.join(1)
        for number in (1, 2):
            ip("-n", self.server_space, "addr", "add", f"10.{number}.0.1/24", "dev", "vsrv1")
        self.reserve(mac_of(space, "vcli"), 2)
        self.serve(["10.1.0.1", "10.2.0.1"])
        self.lease(space, "10.2.0.50")

    def test_frames_carry_the_tags_of_a_vlan(self):
        between = self.yard.space("sw")
        self.yard.link(self.server_space, "vsrv1", between, "trunk")
        space = self.yard.space("c1")
        self.yard.link(between, "access", space, "vcli")
        switch = Switch(between, "trunk", "access")
        self.addCleanup(switch.close)
        ip("-n", self.server_space, "addr", "add", "10.1.0.1/24", "dev", "vsrv1")
        self.reserve(mac_of(space, "vcli"), 1)
        self.serve("10.1.0.1", "DHCP_RESPONSE_INTERFACE_QTAGS = [(3, 0, 100)]\n")
        self.lease(space, "10.1.0.50")
        self.assertEqual(switch.tags, {3 << 13 | 100})

    def test_replies_without_frames_are_broadcast(self):
        space = self.join(1)
        ip("-n", self.server_space, "addr", "add", "10.1.0.1/24", "dev", "vsrv1")
        self.reserve(mac_of(space, "vcli"), 1)
        self.serve("10.1.0.1", "DHCP_RESPONSE_INTERFACE = None\n")
        self.lease(space, "10.1.0.50")

    def test_the_proxy_port_tells_boot_clients_what_to_load(self):
        space = self.join(1)
        ip("-n", self.server_space, "addr", "add", "10.1.0.1/24", "dev", "vsrv1")
        ip("-n", space, "addr", "add", "10.1.0.50/24", "dev", "vcli")
        mac = mac_of(space, "vcli")
        self.reserve(mac, 1)
        self.ini += "next-server: 10.1.0.9\nboot-file: pxelinux.0\nserver-name: boot\n"
        self.serve("10.1.0.1", "PROXY_PORT = 4011\n")
        client = udp_socket(space, "10.1.0.50", 6868)
        self.addCleanup(client.close)
        options = {53: b"\3", 60: b"PXEClient:Arch:00007:UNDI:003016", 93: b"\0\7", 97: b"\0" + bytes(16), 55: b"\3\6"}
        request = Message(xid=b"boot", chaddr=bytes.fromhex(mac.replace(":", "")), options=options)
        request.ciaddr = bytes([10, 1, 0, 50])
        client.sendto(encode(request), ("10.1.0.1", 4011))
        data, source = client.recvfrom(2048)
        reply = decode(data)
        self.assertEqual(source, ("10.1.0.1", 4011))
        self.assertEqual(reply.message_type, c.ACK)
        self.assertEqual((reply.siaddr, reply.file.rstrip(b"\0")), (bytes([10, 1, 0, 9]), b"pxelinux.0"))
        self.assertEqual((reply.sname.rstrip(b"\0"), reply.options[60]), (b"boot", b"PXEClient"))
        self.assertEqual(reply.options[97], bytes(17))

    def test_user_and_groups_are_given_up_and_clients_still_served(self):
        space = self.join(1)
        ip("-n", self.server_space, "addr", "add", "10.1.0.1/24", "dev", "vsrv1")
        self.reserve(mac_of(space, "vcli"), 1)
        self.yard.folder.chmod(0o755)
        server = self.serve("10.1.0.1", 'UID = "nobody"\nGID = "nogroup"\n')
        nobody = pwd.getpwnam("nobody")
        status = open(f"/proc/{server.process.pid}/status").read()
        self.assertEqual(re.search(r"Uid:(.*)", status)[1].split(), [str(nobody.pw_uid)] * 4)
        self.assertEqual(re.search(r"Gid:(.*)", status)[1].split(), [str(nobody.pw_gid)] * 4)
        self.assertEqual(re.search(r"Groups:(.*)", status)[1].split(), [str(nobody.pw_gid)])
        self.assertEqual(re.search(r"CapEff:\s*(\w+)", status)[1].strip("0"), "")
        self.lease(space, "10.1.0.50")

    def test_a_port_that_another_program_has(self):
        self.join(1)
        ip("-n", self.server_space, "addr", "add", "10.1.0.1/24", "dev", "vsrv1")
        self.serve("10.1.0.1")
        status, output = self.run_to_its_end("10.1.0.1")
        self.assertEqual(status, 1)
        self.assertIn("UDP port 67 of 10.1.0.1 is in use", output)
        self.assertNotIn("Traceback", output)

    def test_an_address_that_is_not_here(self):
        status, output = self.run_to_its_end("10.9.9.9")
        self.assertEqual(status, 1)
        self.assertIn("DHCP_SERVER_IP: 10.9.9.9 is no address of this machine; it has 127.0.0.1 (lo)", output)
        self.assertNotIn("Traceback", output)

    def run_to_its_end(self, address, user=None):
        folder = self.yard.folder / "second"
        folder.mkdir()
        (folder / "conf.py").write_text(f'DHCP_SERVER_IP = "{address}"\nDATABASE_ENGINE = None\nDAEMON = False\n')
        folder.chmod(0o755)
        self.yard.folder.chmod(0o755)
        done = subprocess.run(
            ["ip", "netns", "exec", self.server_space, *(user or []), sys.executable, "-m", "sdhcp.cli.main", "run",
             "--config", str(folder)],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def test_without_capabilities_each_is_named(self):
        self.join(1)
        ip("-n", self.server_space, "addr", "add", "10.1.0.1/24", "dev", "vsrv1")
        drop = ["setpriv", "--bounding-set", "-net_raw,-net_bind_service", "--inh-caps", "-all", "--no-new-privs"]
        status, output = self.run_to_its_end("10.1.0.1", drop)
        self.assertEqual(status, 1)
        self.assertIn("CAP_NET_BIND_SERVICE", output)

    def test_a_reload_that_fails_keeps_what_was_serving(self):
        space = self.join(1)
        ip("-n", self.server_space, "addr", "add", "10.1.0.1/24", "dev", "vsrv1")
        self.reserve(mac_of(space, "vcli"), 1)
        server = self.serve("10.1.0.1")
        path = self.yard.folder / "dhcp.ini"
        path.write_text("[10.1.0.0/24|0]\nnonsense\n", encoding="ascii")
        server.process.send_signal(signal.SIGHUP)
        server.expect("dhcp.ini:2:")
        server.expect("INI is as it was")
        self.lease(space, "10.1.0.50")

    def test_pid_file_counters_and_a_quiet_end(self):
        self.join(1)
        ip("-n", self.server_space, "addr", "add", "10.1.0.1/24", "dev", "vsrv1")
        pid_file = self.yard.folder / "pid"
        server = self.serve("10.1.0.1", f"PID_FILE = {str(pid_file)!r}\n")
        self.assertEqual(pid_file.read_text().strip(), str(server.process.pid))
        server.process.send_signal(signal.SIGUSR2)
        server.expect("ServerMessage")
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(10), 0)
        self.assertFalse(pid_file.exists())
        self.assertNotIn("Traceback", server.log())

    def test_twistd_serves_too(self):
        space = self.join(1)
        ip("-n", self.server_space, "addr", "add", "10.1.0.1/24", "dev", "vsrv1")
        self.reserve(mac_of(space, "vcli"), 1)
        ini = self.yard.folder / "dhcp.ini"
        ini.write_text(self.ini, encoding="ascii")
        (self.yard.folder / "conf.py").write_text(CONF.format(server="10.1.0.1", ini=str(ini)))
        log = self.yard.folder / "twistd.log"
        command = [
            sys.executable, "-c", "from twisted.scripts.twistd import run; run()", f"--logfile={log}",
            f"--pidfile={self.yard.folder}/twistd.pid", f"--rundir={self.yard.folder}",
            "sdhcp", "--config", str(self.yard.folder / "conf.py"),
        ]  # fmt: skip
        starter = self.yard.start(self.server_space, command)
        self.assertEqual(starter.wait(30), 0)
        wait_for("the daemon is ready", lambda: log.exists() and "ready" in log.read_text())
        self.lease(space, "10.1.0.50")
        pid = int((self.yard.folder / "twistd.pid").read_text())
        os.kill(pid, signal.SIGTERM)
        with contextlib.suppress(ProcessLookupError):
            wait_for("the daemon has ended", lambda: not os.path.exists(f"/proc/{pid}"))
