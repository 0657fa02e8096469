"""A store is stopped and started again while clients ask: one mail when it goes, one when it is back, both true."""

import re
import sys
import time
from email.message import Message

from ..loopback import running
from ..servers.smtp import HOST, MailServer
from .drill import Figures, arguments
from .exchanges import exchange, finish, start
from .stores import NAMES, Store, numbered, store

STRANGERS = 50
"""Clients of the store that do not ask before it is away."""
CONF = """
EMAIL_ENABLED = True
EMAIL_SERVER = "{host}"
EMAIL_PORT = {port}
EMAIL_SOURCE = "dhcp@example.org"
EMAIL_DESTINATION = "admin@example.org"
LOG_CONSOLE_SEVERITY = "WARN"
"""
_UNITS = {"second": 1, "minute": 60, "hour": 3600}


def main() -> int:
    given = arguments(__doc__, store="all", seconds=60, rate=500, clients=2000)
    status = 0
    for name in NAMES if given.store == "all" else (given.store,):
        figures = Figures(f"{name} is stopped for {given.seconds} s, {given.rate} exchanges/s")
        mails = MailServer().start()
        try:
            with store(name, numbered(given.clients + STRANGERS)) as made:
                drill(figures, made, mails, given.seconds, given.rate, given.clients)
        finally:
            mails.stop()
        status |= figures.status()
    return status


def drill(figures: Figures, made: Store, mails: MailServer, seconds: int, rate: int, clients: int) -> None:
    conf = made.conf() + CONF.format(host=HOST, port=mails.port)
    with running(conf, {}) as server:
        finish(start(server.port, clients, rate, clients / rate), clients / rate + 30)
        figures.exactly("mails before", len(mails.taken), 0)
        load = start(server.port, clients, rate, seconds)
        began = time.monotonic()
        made.stop()
        strangers = exchange(server.port, STRANGERS, 10, seconds - 8, clients, "127.0.0.5", 6.0)
        known = finish(load, 60)
        figures.exactly("answered meanwhile, of clients that had asked before", known.acknowledged, seconds * rate)
        figures.exactly("answered meanwhile, of those that had not", strangers.acknowledged, 0)
        figures.exactly("mails meanwhile", len(mails.taken), 1)
        made.start()
        wait_for_mails(mails, 2)
        away = time.monotonic() - began
        time.sleep(3)
        figures.exactly("mails in the end", len(mails.taken), 2)
        begun, over = mails.messages()[:2]
        for message in (begun, over):
            print(f"    {subject(message)}")
        figures.exactly("the first says who does not answer", f"{made.name} does not answer" in subject(begun), True)
        figures.exactly("the second is of the same trouble", over["In-Reply-To"], begun["Message-ID"])
        told = duration(subject(over))
        figures.at_most("outage as told and as it was: difference", abs(told - away), 3, "s")
        came, silent = counts(over)
        least = 2 * known.acknowledged + strangers.begun
        figures.at_least("packets as told, at least", came, 0.95 * least)
        figures.at_most("packets as told, at most", came, 1.05 * least + 2 * rate)
        figures.at_least("of them without an answer as told, at least", silent, 0.95 * strangers.begun)
        figures.at_most("of them without an answer as told, at most", silent, strangers.begun)
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)


def wait_for_mails(mails: MailServer, number: int) -> None:
    end = time.monotonic() + 30
    while len(mails.taken) < number and time.monotonic() < end:
        time.sleep(0.05)


def subject(message: Message) -> str:
    """The subject on one line."""
    return " ".join(str(message["Subject"]).split())


def duration(text: str) -> float:
    """Seconds, from "over after 1 minute 3 seconds: ..."."""
    part = text.partition("over after ")[2].partition(":")[0]
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9.]+) (second|minute|hour)", part))


def counts(message: Message) -> tuple[int, int]:
    """How many packets came, and how many of them got no answer, as a mail has it."""
    payload = message.get_payload(decode=True)
    text = payload.decode() if isinstance(payload, bytes) else ""
    found = re.search(r"began ([0-9,]+) packets of clients have come in; ([0-9,]+) got no answer", text)
    if found is None:
        return -1, -1
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


if __name__ == "__main__":
    sys.exit(main())
