"""An unknown-client provider: whoever is in no database gets an address of a small range for ten minutes."""

from time import monotonic

from zope.interface import implementer

from sdhcp.interfaces import IUnknownClient
from sdhcp.scripting import Definition, IPv4, inline

LEASE_TIME = 600


@implementer(IUnknownClient)
class Guests:
    """Addresses for guests: a client keeps its own while it comes back in time.

    :param first: the first address of the range; :param count: how many there are.
    """

    def __init__(self, first, count, subnet="10.1.200.0/24", gateway="10.1.200.254"):
        self.subnet, self.gateway = subnet, gateway
        self.free = [IPv4(int(IPv4(first)) + step) for step in range(count)]
        self.held = {}  # hardware address -> (address, when it ends); the range bounds it

    # Nothing here waits, so that it needs no thread, and two clients are never asked about at once.
    @inline
    def find(self, request):
        if request.method in ("RELEASE", "DECLINE"):
            self.let_go(request)
            return None
        now = monotonic()
        for mac in [mac for mac, (_, end) in self.held.items() if end < now]:
            self.free.append(self.held.pop(mac)[0])
        address = self.held[request.mac][0] if request.mac in self.held else self.free.pop(0) if self.free else None
        if address is None:
            return None
        self.held[request.mac] = address, now + 2 * LEASE_TIME
        return Definition(address, LEASE_TIME, self.subnet, 0, gateways=self.gateway, subnet_mask="255.255.255.0")

    def let_go(self, request):
        address, _ = self.held.get(request.mac, (None, 0))
        if address is None or address != request.client_ip:
            return
        del self.held[request.mac]
        # Another host uses an address that was declined: nobody gets it again.
        if request.method == "RELEASE":
            self.free.append(address)
