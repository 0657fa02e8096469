"""Hosts that nobody knows use the addresses that a server would lend next. Needs root."""

import sys
import time
from collections.abc import Callable

from sdhcp.wire import constants as c
from sdhcp.wire.message import Message

from ..netns.yard import Yard, ip, mac_of, yard
from ..samples import ip as octets
from ..samples import message
from .drill import Figures, arguments, needs_root
from .network import SERVER, Agent, Client, Switch, conf

POOLS = """
from sdhcp.pools import Pool

LEASES_FILE = {file!r}
POOLS = [
    Pool("here", "10.77.0.100-10.77.0.199", subnet="10.77.0.0/24", gateway="10.77.0.1"),
    Pool("behind", "10.78.0.100-10.78.0.199", subnet="10.78.0.0/24", gateway="10.78.0.1"),
]
"""
RELAY = "10.78.0.1"
BASE = 0x02005E500000

Ask = Callable[..., Message | None]


class Side:
    """Clients on one side of the server."""

    def __init__(self, figures: Figures, name: str, first: int, ask: Ask, log: Callable[..., list[str]]) -> None:
        self.figures, self.name, self._first, self.ask, self.log = figures, name, first, ask, log

    def mac(self, number: int) -> bytes:
        """The hardware address of one of the clients."""
        return (BASE + self._first + number).to_bytes(6, "big")

    def offer(self, number: int, wanted: str) -> float:
        """Ask for an offer; seconds that it took."""
        began = time.monotonic()
        offer = self.ask(c.DISCOVER, chaddr=self.mac(number))
        took = time.monotonic() - began
        shown = ".".join(map(str, offer.yiaddr)) if offer is not None else "silence"
        self.figures.exactly(f"{self.name}: offered to client {number}", shown, wanted)
        return took

    def decline(self, number: int, address: str) -> None:
        """Take an address, find it in use and say so."""
        wanted = {c.REQUESTED_ADDRESS: octets(address), c.SERVER_IDENTIFIER: octets(SERVER)}
        ack = self.ask(c.REQUEST, wanted, chaddr=self.mac(number))
        kind = ack.message_type if ack is not None else None
        self.figures.exactly(f"{self.name}: client {number} gets {address}", kind == c.ACK, True)
        self.ask(c.DECLINE, wanted, chaddr=self.mac(number), patience=0.3)


def drill(side: Side, network: str, evidence: tuple[str, str], within: float) -> None:
    """Two addresses in a row are used; the next one is declined."""
    figures, name = side.figures, side.name
    # Nobody uses the third: a probe without an answer takes half a second, one with an answer next to none.
    took = side.offer(1, f"{network}.102")
    figures.at_most(f"{name}: until the next free one was offered", took, within, "s")
    for address, who in zip((f"{network}.100", f"{network}.101"), evidence, strict=True):
        told = side.log(address, "is not lent for a while", who)
        figures.exactly(f"{name}: {address} in the log, with who uses it", len(told), 1)
    took = side.offer(2, f"{network}.103")
    figures.at_most(f"{name}: until another client was offered one", took, within, "s")
    side.decline(1, f"{network}.102")
    figures.exactly(f"{name}: declined, in the log", len(side.log(f"declined {network}.102")), 1)
    side.offer(1, f"{network}.104")
    side.offer(3, f"{network}.105")


def build(made: Yard) -> tuple[str, str, str, tuple[str, str], tuple[str, str]]:
    """Namespaces: of the server, a client on its link, a relay agent; and what is known of who uses addresses."""
    here, behind = Switch(made), Switch(made, "v")
    server, client, relay = made.space("s"), made.space("c"), made.space("r")
    here.plug(server, "vsrv", f"{SERVER}/24")
    here.plug(client, "vcli")
    here.plug(relay, "vup", "10.77.0.2/24")
    behind.plug(relay, "vdn", f"{RELAY}/24")
    made.run(relay, "sysctl", "-qw", "net.ipv4.ip_forward=1")
    ip("-n", server, "route", "add", "10.78.0.0/24", "via", "10.77.0.2")
    known = []
    for number in (100, 101):
        squatter = made.space(f"q{number}")
        here.plug(squatter, "vhere", f"10.77.0.{number}/24")
        behind.plug(squatter, "vbehind", f"10.78.0.{number}/24")
        ip("-n", squatter, "route", "add", "default", "via", RELAY)
        # Who is asked on one link answers there.
        made.run(squatter, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.vhere.rp_filter=0")
        known.append(f"used by {mac_of(squatter, 'vhere')}")
    return server, client, relay, (known[0], known[1]), ("answers an ICMP echo", "answers an ICMP echo")


def main() -> int:
    given = arguments(__doc__, within=1.0)
    needs_root()
    figures = Figures("the next two addresses of a pool are used already, and the third is declined")
    with yard() as made:
        space, outside, relay, here, behind = build(made)
        more = POOLS.format(file=str(made.folder / "leases.sqlite3"))
        server = made.server(space, conf(made, SERVER) + more)
        client, agent = Client(outside), Agent(relay, RELAY)

        def log(*words: str) -> list[str]:
            deadline = time.monotonic() + 3
            while not (lines := server.lines(*words)) and time.monotonic() < deadline:
                time.sleep(0.05)
            return lines

        def asking(who: Agent, **always: object) -> Ask:
            def ask(
                kind: int, options: dict[int, bytes] | None = None, patience: float = 5.0, **fields: object
            ) -> Message | None:
                who.send(message(kind, options, **always, **fields))
                reply = who.receive(patience)
                return None if reply is None else reply[0]

            return ask

        drill(Side(figures, "on the link", 0, asking(client, flags=0x8000), log), "10.77.0", here, given.within)
        drill(
            Side(figures, "relayed", 100, asking(agent, giaddr=octets(RELAY), hops=1), log),
            "10.78.0",
            behind,
            given.within,
        )
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
        client.close()
        agent.close()
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
