"""A client's address is changed in its store, and it asks as soon as that was committed; many times in a row."""

import sys
import time

from sdhcp.wire import constants as c

from ..loopback import running
from ..samples import ip
from .drill import Figures, arguments
from .exchanges import mac
from .stores import NAMES, address, numbered, store

CLIENTS = 50


def main() -> int:
    given = arguments(__doc__, store="all", cache="all", changes=1000)
    status = 0
    for name in NAMES if given.store == "all" else (given.store,):
        for cache in ("off", "on") if given.cache == "all" else (given.cache,):
            figures = Figures(f"{name}, {given.changes} changes in a row, cache {cache}")
            conf = f"USE_CACHE = {cache == 'on'}\nENABLE_SUSPEND = False\nLOG_CONSOLE_SEVERITY = 'WARN'\n"
            with store(name, numbered(CLIENTS)) as made, running(made.conf(slow=False) + conf, {}) as server:
                for number in range(CLIENTS):
                    server.ask(c.DISCOVER, chaddr=mac(number))
                stale = longest = 0.0
                for change in range(given.changes):
                    number = change % CLIENTS
                    to = address(1000 + change)
                    made.move(number, to)
                    began = time.perf_counter()
                    offer = server.ask(c.DISCOVER, chaddr=mac(number))
                    longest = max(longest, time.perf_counter() - began)
                    stale += offer.yiaddr != ip(to)
                figures.exactly("answers with the address from before", int(stale), 0)
                figures.show("longest until an answer", f"{longest * 1000:.1f} ms")
                hits = server.log().count("Traceback")
                figures.exactly("tracebacks in the log", hits, 0)
            status |= figures.status()
    return status


if __name__ == "__main__":
    sys.exit(main())
