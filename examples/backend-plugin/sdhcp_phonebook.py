"""A source of sdhcp's: a text file with a line for each client, its hardware address, its address and its name."""

from twisted.internet.defer import succeed
from zope.interface import implementer

from sdhcp.interfaces import IBackendFactory, IDefinitionSource, IPeekable, SourceLoadError
from sdhcp.model import Definition
from sdhcp.wire.errors import WireError
from sdhcp.wire.options import address


@implementer(IDefinitionSource, IPeekable)
class Phonebook:
    """Clients by ``query.key``. It answers at once, so that it is peekable; a slow store is an IRemoteSource."""

    name = "Phonebook"

    def __init__(self, clients):
        self._clients = clients

    def peek(self, query):
        return self._clients.get(query.key)

    def lookup(self, query):
        return succeed(self.peek(query))


@implementer(IBackendFactory)
class PhonebookFactory:
    name = "Phonebook"

    def build(self, settings, reactor, clock):
        """Read the file. All faults are told at once, with their lines."""
        path = settings.settings.get("X_PHONEBOOK_FILE", "phonebook")
        subnet = settings.settings.get("X_PHONEBOOK_SUBNET", "192.168.0.0/24")
        clients, problems = {}, []
        try:
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
        except OSError as error:
            raise SourceLoadError([f"{path}: cannot be read: {error.strerror}"]) from None
        for number, line in enumerate(lines, 1):
            try:
                mac, ip, name = line.split()
                clients[mac.lower()] = Definition(address(ip), 3600, subnet, 0, name)
            except (ValueError, WireError) as error:
                problems.append(f"{path}:{number}: {error}, expected a hardware address, an address and a name")
        if problems:
            raise SourceLoadError(problems)
        return Phonebook(clients)
