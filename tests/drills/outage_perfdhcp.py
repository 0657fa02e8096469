"""Kea's perfdhcp asks all the while, as a store is stopped for a minute and started again. Needs root and perfdhcp."""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.link import CLIENT_ADDRESS, SERVER_ADDRESS, Link, stop
from benchmarks.servers import BELOW, ip, mac

from ..netns.yard import ROOT, wait_for
from .drill import Figures, arguments, needs_root
from .stores import NAMES, Clients, store

CONF = f"""
DHCP_SERVER_IP = "{SERVER_ADDRESS}"
DHCP_RESPONSE_INTERFACE = None
ALLOW_DHCP_RELAYS = True
ENABLE_SUSPEND = False
LOG_CONSOLE_SEVERITY = "WARN"
DAEMON = False
"""
AROUND = 10
"""Seconds before and after."""


def figure(report: str, exchange: str, what: str) -> float:
    """One of the figures that perfdhcp reports of an exchange."""
    part = report[report.index(exchange) :]
    found = re.search(rf"{what}: +([0-9.]+)", part)
    return float(found[1]) if found else -1.0


def main() -> int:
    given = arguments(__doc__, store="all", cache="all", seconds=60, rate=1000, clients=2000)
    needs_root()
    if shutil.which("perfdhcp", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        sys.exit("needs perfdhcp: apt-get install kea-admin")
    status = 0
    clients = Clients("10.0.0.0/8", "255.0.0.0", [(mac(n), ip(n)) for n in range(-BELOW, given.clients + BELOW)])
    for name in NAMES if given.store == "all" else (given.store,):
        for cache in ("off", "on") if given.cache == "all" else (given.cache,):
            figures = Figures(f"perfdhcp, {given.rate}/s; {name} stopped for {given.seconds} s; cache {cache}")
            with tempfile.TemporaryDirectory(prefix="sdhcp-") as folder, Link() as link, store(name, clients) as made:
                conf = Path(folder) / "conf.py"
                conf.write_text(f"{CONF}{made.conf_by_socket()}USE_CACHE = {cache == 'on'}\n", encoding="utf-8")
                output = Path(folder) / "output"
                with output.open("wb") as out:
                    command = [sys.executable, "-m", "sdhcp.cli.main", "run", "--config", str(conf)]
                    server = link.start(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
                wait_for("the server is ready", lambda output=output: "ready" in output.read_text())
                seconds = given.seconds + 2 * AROUND
                load = subprocess.Popen(
                    ["ip", "netns", "exec", link.client, "perfdhcp", "-4", "-g", "single", "-l", CLIENT_ADDRESS,
                     "-r", str(given.rate), "-R", str(given.clients), "-p", str(seconds), "-W", "1000000",
                     SERVER_ADDRESS],
                    stdout=subprocess.PIPE, text=True,
                )  # fmt: skip
                time.sleep(AROUND)
                made.stop()
                time.sleep(given.seconds)
                made.start()
                report, _ = load.communicate(timeout=AROUND + 60)
                log = output.read_text(encoding="utf-8", errors="replace")
                stop(server)
            for exchange in ("DISCOVER-OFFER", "REQUEST-ACK"):
                figures.at_least(
                    f"{exchange}: sent", figure(report, exchange, "sent packets"), 0.95 * given.rate * seconds
                )
                figures.exactly(f"{exchange}: without an answer", int(figure(report, exchange, "drops")), 0)
                figures.at_most(f"{exchange}: longest", figure(report, exchange, "max delay"), 100, "ms")
                figures.show(f"{exchange}: average", f"{figure(report, exchange, 'avg delay')} ms")
            told = [line for line in log.splitlines() if made.name in line and "ready" not in line]
            for line in told:
                print(f"    {line}")
            figures.exactly("lines in the log about it", len(told), 2)
            status |= figures.status()
    return status


if __name__ == "__main__":
    sys.exit(main())
