"""The servers that are compared, each with the same static reservations, set up in a folder of its own."""

import json
import shutil
import sqlite3
import sys
from pathlib import Path

from .link import SERVER_ADDRESS

BASE_MAC = 0x000C01020304
BASE_IP = (10 << 24) + (16 << 8)
ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "sdhcp" / "schemas" / "sqlite.sql"
BELOW = 4
"""perfdhcp's clients begin this many below its base address."""


def mac(number: int) -> str:
    """A client's hardware address."""
    return ":".join(f"{byte:02x}" for byte in (BASE_MAC + number).to_bytes(6, "big"))


def ip(number: int) -> str:
    """A client's address."""
    return ".".join(str(byte) for byte in (BASE_IP + number + BELOW).to_bytes(4, "big"))


class Sdhcp:
    """This server, with an SQLite database."""

    name = "sdhcp"
    program = sys.executable

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        database = folder / "dhcp.sqlite3"
        fill(database, clients)
        return configure(folder, f'DATABASE_ENGINE = "SQLite"\nSQLITE_FILE = "{database}"\n')


class WithHook(Sdhcp):
    """This server, with a function in conf.py that is called for each reply."""

    def __init__(self, name: str, body: str) -> None:
        self.name = name
        self._body = body

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        command = super().argv(folder, clients)
        with (folder / "conf.py").open("a", encoding="utf-8") as conf:
            conf.write(
                "\n\ndef loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet):\n"
                f"    {self._body}\n"
            )
        return command


HOOKED = (
    Sdhcp(),
    WithHook("gives True", "return True"),
    WithHook("sets an option", "return packet.setOption(66, 'boot.example.org')"),
)
"""The same server without a function, with one that does nothing, and with one that does something."""


def configure(folder: Path, source: str) -> list[str]:
    """Write a conf.py for sdhcp with what it says of a source, and return how to start it."""
    conf = folder / "conf.py"
    conf.write_text(
        f'DHCP_SERVER_IP = "{SERVER_ADDRESS}"\nDHCP_RESPONSE_INTERFACE = None\nALLOW_DHCP_RELAYS = True\n'
        f'LINK_CHECK = True\nENABLE_SUSPEND = False\nLOG_CONSOLE_SEVERITY = "WARN"\nDAEMON = False\n'
        f"{source}",
        encoding="utf-8",
    )
    return [sys.executable, "-m", "sdhcp.cli.main", "run", "--config", str(conf)]


def fill(database: Path, clients: int) -> None:
    """Make an SQLite database with so many reservations."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(SCHEMA.read_text(encoding="utf-8"))
    connection.execute(
        "INSERT INTO subnets (subnet, serial, lease_time, gateway, subnet_mask, broadcast_address, ntp_servers,"
        " domain_name_servers, domain_name) VALUES ('10.0.0.0/8', 0, 3600, '10.0.0.1', '255.0.0.0', NULL, NULL,"
        " '10.0.0.1', NULL)"
    )
    connection.executemany(
        "INSERT INTO maps (mac, ip, hostname, subnet, serial) VALUES (?, ?, NULL, '10.0.0.0/8', 0)",
        ((mac(number), ip(number)) for number in range(-BELOW, clients)),
    )
    connection.commit()
    connection.close()


class Kea:
    """Kea 2, reservations in its configuration file, leases in memory and an append-only file."""

    name = "kea"
    program = "kea-dhcp4"

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        reservations = [{"hw-address": mac(n), "ip-address": ip(n)} for n in range(-BELOW, clients)]
        return self.configured(folder, reservations, {"multi-threading": {"enable-multi-threading": False}})

    def subnet(self) -> dict[str, object]:
        """What its subnet has beside reservations and options."""
        return {}

    def configured(self, folder: Path, reservations: list[dict[str, str]], further: dict[str, object]) -> list[str]:
        """Write its configuration and return how to start it."""
        settings = {
            "Dhcp4": {
                "interfaces-config": {"interfaces": ["vsrv"], "dhcp-socket-type": "udp"},
                "lease-database": {"type": "memfile", "persist": True, "name": str(folder / "leases.csv")},
                "valid-lifetime": 3600,
                "host-reservation-identifiers": ["hw-address"],
                "subnet4": [
                    {
                        "id": 1,
                        "subnet": "10.0.0.0/8",
                        "reservations": reservations,
                        **self.subnet(),
                        "option-data": [
                            {"name": "routers", "data": "10.0.0.1"},
                            {"name": "domain-name-servers", "data": "10.0.0.1"},
                        ],
                    }
                ],
                "loggers": [{"name": "kea-dhcp4", "severity": "WARN", "output_options": [{"output": "stderr"}]}],
                **further,
            }
        }
        path = folder / "kea.json"
        path.write_text(json.dumps(settings), encoding="utf-8")
        return ["env", f"KEA_PIDFILE_DIR={folder}", f"KEA_LOCKFILE_DIR={folder}", "kea-dhcp4", "-c", str(path)]


class Dhcpd:
    """ISC dhcpd with host statements."""

    name = "dhcpd"
    program = "dhcpd"

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        hosts = "".join(
            f"host h{n + BELOW} {{ hardware ethernet {mac(n)}; fixed-address {ip(n)}; }}\n"
            for n in range(-BELOW, clients)
        )
        return self.configured(folder, "subnet 10.0.0.0 netmask 255.0.0.0 { }\n" + hosts)

    def configured(self, folder: Path, settings: str) -> list[str]:
        """Write its configuration and return how to start it."""
        path = folder / "dhcpd.conf"
        path.write_text(
            "authoritative; ddns-update-style none; ping-check false; default-lease-time 3600;\n"
            f"option routers 10.0.0.1; option domain-name-servers 10.0.0.1;\n{settings}",
            encoding="utf-8",
        )
        leases = folder / "dhcpd.leases"
        leases.touch()
        return ["dhcpd", "-4", "-f", "-q", "-cf", str(path), "-lf", str(leases), "-pf", str(folder / "pid"), "vsrv"]


class Dnsmasq:
    """dnsmasq with a file of hosts, without its lease file, which would only slow it down."""

    name = "dnsmasq"
    program = "dnsmasq"

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Write what it needs and return how to start it."""
        hosts = folder / "hosts"
        hosts.write_text("".join(f"{mac(n)},{ip(n)}\n" for n in range(-BELOW, clients)), encoding="utf-8")
        path = folder / "dnsmasq.conf"
        path.write_text(
            "port=0\ninterface=vsrv\nno-ping\nquiet-dhcp\ndhcp-authoritative\nno-resolv\nno-hosts\nuser=root\n"
            "group=root\ndhcp-lease-max=65000\nleasefile-ro\ndhcp-option=3,10.0.0.1\ndhcp-option=6,10.0.0.1\n"
            f"dhcp-range=10.0.0.0,static,255.0.0.0,1h\ndhcp-hostsfile={hosts}\nlog-facility={folder}/log\n"
            f"pid-file={folder}/pid\n",
            encoding="utf-8",
        )
        return ["dnsmasq", "-k", "-C", str(path)]


class Echo:
    """A bare Twisted protocol that sends every packet back as the least that counts as a reply."""

    name = "twisted echo"
    program = sys.executable

    def argv(self, folder: Path, clients: int) -> list[str]:
        """Return how to start it."""
        return [sys.executable, "-m", "benchmarks.echo"]


ALL = (Sdhcp, Kea, Dhcpd, Dnsmasq, Echo)


def installed(server: type) -> bool:
    """Whether a server can be started here."""
    return shutil.which(server.program, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin") is not None
