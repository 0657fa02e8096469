"""An event observer: who got which address goes to a log collector, one line in one datagram each."""

import json
import socket

from zope.interface import implementer

from sdhcp.events import Declined, Exchange
from sdhcp.interfaces import IEventObserver
from sdhcp.scripting import MAC, IPv4


@implementer(IEventObserver)
class LeaseJournal:
    """Tells of every acknowledged and every declined address.

    :param collector: the host and port that listens for lines.
    """

    def __init__(self, collector=("127.0.0.1", 5170)):
        self.collector = collector
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # Between two packets nobody may wait.
        self.socket.setblocking(False)

    def wants(self, kind):
        return kind in (Exchange, Declined)

    def observe(self, event):
        if isinstance(event, Exchange) and event.answer != "ACK":
            return
        # A hardware address of another length, or none, is told as octets.
        mac = str(MAC(list(event.mac))) if len(event.mac) == 6 else event.mac.hex()
        what = "declined" if isinstance(event, Declined) else event.outcome
        line = {"what": what, "mac": mac, "ip": str(IPv4(list(event.address)))}
        try:
            self.socket.sendto(json.dumps(line).encode(), self.collector)
        except OSError:
            pass  # nobody listens, or the collector's machine is busy; a lease is worth more than its line
