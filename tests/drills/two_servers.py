"""Two servers on one segment, and a relay agent that sends each packet to both, twice and out of order. Needs root."""

import sys

from sdhcp.wire import constants as c
from sdhcp.wire.message import Message

from ..netns.yard import yard
from ..samples import ip as octets
from ..samples import message
from .drill import Figures, arguments, needs_root
from .network import AGENT, OTHER_SERVER, SERVER, Agent, Switch, conf

HELD = octets("10.77.0.50")


def main() -> int:
    given = arguments(__doc__, rounds=50)
    needs_root()
    figures = Figures(f"two servers, each packet to both twice, {given.rounds} rounds")
    with yard() as made:
        switch, outside = Switch(made), made.space("c")
        servers = []
        for number, address in enumerate((SERVER, OTHER_SERVER)):
            space = made.space(f"s{number}")
            switch.plug(space, "vsrv", f"{address}/24")
            servers.append(made.server(space, conf(made, address), f"server{number}"))
        switch.plug(outside, "vcli", f"{AGENT}/24")
        agent = Agent(outside)

        def to_both(*messages: Message) -> list[tuple[Message, str]]:
            for one in messages:
                for server in (OTHER_SERVER, SERVER, SERVER, OTHER_SERVER):
                    agent.send(one, server)
            return agent.everything(0.3)

        wrong_server = other_address = unlike = lost = 0
        for number in range(given.rounds):
            xid = number.to_bytes(4, "big")
            ask = message(c.DISCOVER, giaddr=octets(AGENT), xid=xid)
            chosen = (SERVER, OTHER_SERVER)[number % 2]
            select = message(
                c.REQUEST, {c.SERVER_IDENTIFIER: octets(chosen), c.REQUESTED_ADDRESS: HELD},
                giaddr=octets(AGENT), xid=xid,
            )  # fmt: skip
            # The later message overtakes the earlier one every third time.
            order = (select, ask) if number % 3 == 2 else (ask, select)
            replies = to_both(*order)
            offers = [reply for reply in replies if reply[0].message_type == c.OFFER]
            acks = [reply for reply in replies if reply[0].message_type == c.ACK]
            lost += (len(offers), len(acks), len(replies)) != (4, 2, 6)
            wrong_server += sum(source != chosen for _, source in acks)
            other_address += sum(reply.yiaddr != HELD for reply, _ in replies)
            for source in (SERVER, OTHER_SERVER):
                same = [reply for reply, sender in offers if sender == source]
                unlike += any(reply != same[0] for reply in same[1:])
        figures.exactly("rounds with other than 4 OFFERs and 2 ACKs", lost, 0)
        figures.exactly("ACKs of the server that was not chosen", wrong_server, 0)
        figures.exactly("replies with another address", other_address, 0)
        figures.exactly("duplicates that were answered unlike each other", unlike, 0)
        for server in servers:
            figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
        agent.close()
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
