"""Links that go down, addresses that vanish, names that change, routes that end. Needs root."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from sdhcp.wire import constants as c
from sdhcp.wire.message import Message

from ..netns.yard import ServerProcess, Yard, ip, yard
from ..samples import ip as octets
from ..samples import message
from .drill import Figures, arguments, needs_root
from .network import AGENT, SERVER, Agent, Client, conf, veth

NOBODY = 65534


def processor_time(server: ServerProcess) -> float:
    """Seconds of processor time of the server."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def user(server: ServerProcess) -> set[str]:
    """The users that the server runs as: real, effective, saved, and for files."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    return set(next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:])


class Drill:
    """One server and one agent with a question, and how long it takes until it is answered again."""

    def __init__(self, figures: Figures, server: ServerProcess, agent: Agent, question: Message) -> None:
        self.figures, self.server, self.agent, self.question = figures, server, agent, question

    def answered_within(self, patience: float) -> float:
        """Seconds until a question is answered."""
        began = time.monotonic()
        while time.monotonic() - began < patience:
            try:
                self.agent.send(self.question)
            except OSError:
                time.sleep(0.05)
                continue
            if self.agent.receive(0.1) is not None:
                break
        return time.monotonic() - began

    def trouble(self, name: str, begin: Callable[[], None], end: Callable[[], None], seconds: float) -> None:
        """Make trouble for some seconds, and see how it goes on."""
        begin()
        busy, began = processor_time(self.server), time.monotonic()
        while time.monotonic() - began < seconds:
            self.answered_within(0.3)
            time.sleep(0.2)
        share = (processor_time(self.server) - busy) / (time.monotonic() - began)
        end()
        self.figures.at_most(f"{name}: processor meanwhile", share * 100, 5, "%")
        self.figures.at_most(f"{name}: answers again after", self.answered_within(20), 5, "s")


def without_privileges(figures: Figures, made: Yard, seconds: float) -> None:
    """A server that may not bind a socket to an interface any more must still hear that one's broadcasts."""
    space, outside = veth(made, "2")
    made.folder.chmod(0o755)
    settings = conf(made, SERVER) + f"UID = {NOBODY}\nGID = {NOBODY}\n"
    server, client = made.server(space, settings, "unprivileged"), Client(outside)
    drill = Drill(figures, server, client, message(c.DISCOVER, flags=0x8000))
    figures.exactly("without privileges: runs as", user(server), {f"{NOBODY}"})
    figures.at_most("without privileges: answers broadcasts after", drill.answered_within(5), 1, "s")

    def rename(old: str, new: str) -> None:
        for step in ((old, "down"), (old, "name", new), (new, "up")):
            ip("-n", space, "link", "set", *step)

    rename("vsrv", "vnew")
    figures.at_most("without privileges, renamed: answers broadcasts after", drill.answered_within(20), 5, "s")
    drill.trouble("without privileges, renamed again", lambda: rename("vnew", "vlast"), lambda: None, seconds)
    figures.at_least("without privileges: lines about the new name", len(server.lines("is called vlast now")), 1)
    figures.exactly("without privileges: tracebacks in the log", server.log().count("Traceback"), 0)
    client.close()


def main() -> int:
    given = arguments(__doc__, seconds=6.0)
    needs_root()
    figures = Figures(f"trouble with the interface, {given.seconds:g} s each")
    with yard() as made:
        space, outside = veth(made)
        server = made.server(space, conf(made, SERVER))
        agent = Agent(outside)
        drill = Drill(figures, server, agent, message(c.DISCOVER, giaddr=octets(AGENT)))
        figures.at_most("at first: answers after", drill.answered_within(5), 1, "s")

        def inside(*command: str) -> Callable[[], None]:
            return lambda: ip("-n", space, *command)

        def both(*steps: Callable[[], None]) -> Callable[[], None]:

            def all_steps() -> None:
                for step in steps:
                    step()

            return all_steps

        address = ("addr", "add", f"{SERVER}/24", "dev", "vsrv")
        down, up = inside("link", "set", "vsrv", "down"), inside("link", "set", "vsrv", "up")
        drill.trouble("link down", down, up, given.seconds)
        drill.trouble(
            "address removed", inside("addr", "del", f"{SERVER}/24", "dev", "vsrv"), inside(*address), given.seconds
        )
        rename = both(down, inside("link", "set", "vsrv", "name", "vnew"), inside("link", "set", "vnew", "up"))
        drill.trouble("interface renamed", rename, lambda: None, given.seconds)

        def made_anew() -> None:
            ip("link", "add", "vsrv", "netns", space, "type", "veth", "peer", "name", "vcli", "netns", outside)
            ip("-n", space, "link", "set", "vsrv", "up")
            ip("-n", outside, "link", "set", "vcli", "up")
            ip("-n", outside, "addr", "add", f"{AGENT}/24", "dev", "vcli")
            ip("-n", space, *address)

        drill.trouble("interface deleted and made again", inside("link", "del", "vnew"), made_anew, given.seconds)
        for kind in ("unreachable", "prohibit", "blackhole"):
            # A route of the wider kind would lose against the link's own.
            begin = inside("route", "add", kind, f"{AGENT}/32")
            drill.trouble(f"route {kind}", begin, inside("route", "del", kind, f"{AGENT}/32"), 3.0)
        told = len(server.lines("cannot send"))
        figures.at_least("sends that failed were told", told, 1)
        figures.at_most("lines about sends that failed", told, 12)
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
        agent.close()
        without_privileges(figures, made, given.seconds)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
