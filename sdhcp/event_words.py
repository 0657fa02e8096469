"""Events in words that more than one observer uses."""

from typing import Final

from .events import ServerHeard
from .wire.constants import ZERO_ADDRESS
from .wire.describe import address, hardware

_GIVEN: Final = {"OFFER": "offered", "ACK": "gave", "BOOTREPLY": "gave"}


def foreign_server(heard: ServerHeard) -> str:
    """Which server it is, where it is as far as that is known, and what it did last."""
    server, where = address(heard.server), heard.interface
    if heard.source:
        at = f"{hardware(heard.hardware)} " if heard.hardware else ""
        source = "" if heard.source == heard.server else f"{address(heard.source)} "
        where = f"at {at}{source}on {where}"
    else:
        where = f"named by a client on {where}"
    if any(heard.giaddr):
        where += f" behind relay agent {address(heard.giaddr)}"
    what = address(heard.address) if len(heard.address) == 4 and heard.address != ZERO_ADDRESS else "no address"
    who = hardware(heard.mac) if heard.mac else "this server, which asked"
    if heard.answer == "REQUEST":
        return f"{server} ({where}): {who} wants {what} from it"
    if heard.answer == "NAK":
        return f"{server} ({where}) refused {who} an address"
    return f"{server} ({where}) {_GIVEN[heard.answer]} {what} to {who}"
