"""Real clients with a reservation, directly and through a relay agent."""

from twisted.trial.unittest import SynchronousTestCase

from .clients import Dhclient, Dhcpcd, Udhcpc
from .lives import HELD, Direct, LifeOfALease, Relayed


class Reserved(LifeOfALease):
    """The client's address is its own."""

    def prepare(self) -> None:
        self.reserve(HELD)


class DirectDhclientTests(Direct, Reserved, SynchronousTestCase):
    kind = Dhclient


class RelayedDhclientTests(Relayed, Reserved, SynchronousTestCase):
    kind = Dhclient


class DirectUdhcpcTests(Direct, Reserved, SynchronousTestCase):
    kind = Udhcpc


class RelayedUdhcpcTests(Relayed, Reserved, SynchronousTestCase):
    kind = Udhcpc


class DirectDhcpcdTests(Direct, Reserved, SynchronousTestCase):
    kind = Dhcpcd


class RelayedDhcpcdTests(Relayed, Reserved, SynchronousTestCase):
    kind = Dhcpcd
