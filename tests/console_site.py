"""A site for the console to show: reservations, leases, troubles, what an extension adds, and a nasty host name."""

import sqlite3
from pathlib import Path

from sdhcp.wire import constants as c
from sdhcp.wire.message import encode

from .loopback import AGENT, LINK, Running
from .netns.yard import ROOT, wait_for
from .samples import ip, message
from .test_web_server import free_port, get
from .web_case import WITH_PASSWORD

NASTY = "<img src=x onerror=alert(1)>"
NASTY_MAC = bytes.fromhex("02005e00ee01")
RESERVED = bytes.fromhex("02005e000001")
CONF = f"""
DATABASE_ENGINE = "SQLite"
SQLITE_FILE = "hosts.sqlite3"
SYSTEM_NAME = "dhcp one & two"
WEB_ENABLED = True
WEB_PORT = {{port}}
{WITH_PASSWORD}
AUDIT_FILE = "audit.jsonl"
FEED_ENABLED = True
FEED_LEVEL = "INFO"
WEB_LOG_HISTORY = 200

from sdhcp.pools import Pool
POOLS = [
    Pool("guests", "127.0.0.100-127.0.0.199", subnet="127.0.0.0/24", probe=False),
    Pool("telephones in the annexe", "127.1.0.10-127.1.0.12", subnet="127.1.0.0/16", probe=False),
]


def init():
    import staticDHCPd_extensions.rack
"""
EXTENSION = '''
"""What the site adds to the console."""
from staticdhcpdlib import config


def panel(*_, **__):
    return "<p>All racks are <strong>cool</strong>.</p>"


def method(*_, **__):
    return "<p>Rack 12: 21 degrees.</p>"


config.callbacks.webAddDashboard("racks", "temperature", panel)
config.callbacks.webAddMethod(
    "/site/racks", method, module="racks", name="all racks", hidden=False,
    display_mode=config.callbacks.WEB_METHOD_TEMPLATE
)
config.callbacks.webAddMethod(
    "/site/cool", method, module="racks", name="cool them", hidden=False, confirm=True,
    display_mode=config.callbacks.WEB_METHOD_DASHBOARD
)
'''
MACHINES = 300


class ConsoleSite:
    """The site, and a server that serves it.

    :ivar base: where its console is; :ivar server: the running server.
    """

    def __init__(self, folder: Path) -> None:
        make_hosts(folder / "hosts.sqlite3")
        self.web_port = free_port()
        self.base = f"http://127.0.0.1:{self.web_port}"
        files = {"staticDHCPd_extensions/rack.py": EXTENSION}
        self.server = Running(folder, CONF.replace("{port}", str(self.web_port)), files)
        self._happen()
        conf = self.server.conf.read_text(encoding="utf-8")
        changed = conf.replace("WEB_LOG_HISTORY = 200", "WEB_LOG_HISTORY = 300\nMISBEHAVING_CLIENT_TIMEOUT = 60")
        self.server.conf.write_text(changed.replace("ENABLE_SUSPEND = False", "ENABLE_SUSPEND = True"))

    def lend(self, mac: bytes, hostname: str = "", **more: bytes) -> bytes:
        """The address that a client has at the end of a DISCOVER, an OFFER, a REQUEST and an ACK."""
        said = {c.VENDOR_CLASS: b"MSFT 5.0", c.PARAMETER_REQUEST_LIST: bytes([1, 3, 6, 15, 51])}
        if hostname:
            said[c.HOSTNAME] = hostname.encode()
        offer = self.server.ask(c.DISCOVER, said, chaddr=mac)
        wanted = {c.REQUESTED_ADDRESS: offer.yiaddr, c.SERVER_IDENTIFIER: ip("127.0.0.1")}
        return self.server.ask(c.REQUEST, {**said, **wanted}, chaddr=mac).yiaddr

    def close(self) -> None:
        """End the server."""
        self.server.close()

    def _happen(self) -> None:
        for number in range(12):
            self.lend(bytes.fromhex(f"02005e00aa{number:02x}"), f"visitor-{number}")
        self.lend(RESERVED, "machine-1")
        self.lend(NASTY_MAC, NASTY)
        declined = self.lend(bytes.fromhex("02005e00dd01"), "printer")
        options = {c.REQUESTED_ADDRESS: declined, c.SERVER_IDENTIFIER: ip("127.0.0.1")}
        self.server.send(encode(message(c.DECLINE, options, giaddr=LINK, chaddr=bytes.fromhex("02005e00dd01"))))
        self.server.send(b"no message at all")
        # The row of this one is not in order.
        self.server.send(encode(message(c.DISCOVER, giaddr=LINK, chaddr=bytes.fromhex("02005e00bad0"))))
        wait_for("the troubles are known", lambda: get(self.web_port, "/")[1].count("<li>") >= 2)


def make_hosts(path: Path) -> None:
    """An SQLite file with some hundred reservations."""
    with sqlite3.connect(path) as database:
        database.executescript((ROOT / "sdhcp/schemas/sqlite.sql").read_text(encoding="utf-8"))
        networks = [("127.0.0.0/24", "255.255.255.0"), ("127.1.0.0/16", "255.255.0.0")]
        database.executemany(
            "INSERT INTO subnets (subnet, lease_time, gateway, subnet_mask, domain_name_servers, domain_name)"
            f" VALUES (?, 3600, '{AGENT}', ?, '127.0.0.53,127.0.0.54', 'annexe.department.example.org')",
            networks,
        )
        database.executemany(
            "INSERT INTO maps (mac, ip, hostname, subnet) VALUES (?, ?, ?, ?)",
            [(bytes([2, 0, 0x5E, 0, n >> 8, n & 255]).hex(":"), *place_of(n)) for n in range(1, MACHINES + 1)]
            + [("02:00:5e:00:ba:d0", "127.0.0.300", "bad-row", "127.0.0.0/24")],
        )
    database.close()


def place_of(number: int) -> tuple[str, str, str]:
    """Address, host name and subnet of a reservation."""
    if number < 90:
        return f"127.0.0.{number + 9}", f"machine-{number}", "127.0.0.0/24"
    return f"127.1.{number >> 8}.{number & 255}", f"workstation-{number}-in-the-annexe", "127.1.0.0/16"
