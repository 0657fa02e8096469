"""Folders as sites of staticDHCPd have them, for tests."""

import contextlib
import shutil
import sqlite3
import sys
from pathlib import Path

FOLDER = Path(__file__).with_name("compat") / "etc"
"""A site's /etc/staticDHCPd: conf.py, dhcp.ini and staticDHCPd_extensions."""
SCHEMA = Path(__file__).parent.parent / "sdhcp" / "schemas" / "sqlite.sql"
OLD = """
DHCP_SERVER_IP = "192.168.1.1"
POLLING_INTERVAL = 30
DATABASE_ENGINE = "SQLite"
SQLITE_FILE = {path!r}

def handleUnknownMAC(mac):
    if str(mac).startswith("02:00:5e:00:02:"):
        return (
            "192.168.1.250", "guest", "255.255.255.0", "192.168.1.255", "example.org", "192.168.1.5,192.168.1.6",
            None, 600, "guests", 7,
        )

def loadDHCPPacket(packet, mac, client_ip, relay_ip, subnet, serial, pxe, vendor):
    (vendor_options, vendor_class, _, _) = vendor
    if vendor_class and vendor_class.startswith("acme-phone"):
        if not packet.setOption("tftp_server_name", "192.168.1.2"):
            return False
        packet.forceOption(67, strToList("phones/" + "".join("%02x" % octet for octet in mac)))
    if packet.isRequestedOption("ntp_servers"):
        packet.setOption("ntp_servers", ipToList("192.168.1.3"))
    if vendor_options:
        writeLog("%s of %s|%i says %s to %r" % (client_ip, subnet, serial, listToStr(vendor_options).decode(), pxe))
    return True
"""
"""A conf.py of a site that never changed it since staticDHCPd 1."""


def old_database(path, mac):
    """Its file, with one client."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA.read_text(encoding="ascii"))
        database.execute(
            "INSERT INTO subnets (subnet, serial, lease_time, gateway, subnet_mask) VALUES (?, ?, ?, ?, ?)",
            ("office", 3, 600, "192.168.1.254", "255.255.255.0"),
        )
        database.execute(
            "INSERT INTO maps (mac, ip, hostname, subnet, serial) VALUES (?, ?, ?, ?, ?)",
            (mac, "192.168.1.11", "phone", "office", 3),
        )
        database.commit()


class SiteFolder:
    """Mixed into a test case: a copy of the folder, and an interpreter that is left as it was."""

    def copied(self, conf=None):
        """The path of a conf.py with the folder's extensions beside it: the folder's own, or another text."""
        folder = Path(self.mktemp()).absolute()
        shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
        if conf is not None:
            (folder / "conf.py").write_text(conf, encoding="utf-8")
        self.addCleanup(self._put_back, list(sys.path), sys.modules.get("conf"))
        self._forget()
        return folder / "conf.py"

    def extension(self, name):
        """The module that the site's conf.py has imported."""
        return sys.modules[f"staticDHCPd_extensions.{name}"]

    def _put_back(self, path, conf):
        sys.path[:] = path
        self._forget()
        sys.modules.pop("conf", None)
        if conf is not None:
            sys.modules["conf"] = conf

    def _forget(self):
        for name in list(sys.modules):
            if name.partition(".")[0] in ("staticDHCPd_extensions", "_handlers"):
                del sys.modules[name]
