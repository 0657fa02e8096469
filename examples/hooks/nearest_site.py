"""A definition chooser: of several reservations of one client the one for the site where it is."""

from zope.interface import implementer

from sdhcp.interfaces import IDefinitionChooser
from sdhcp.scripting import IPv4


@implementer(IDefinitionChooser)
class NearestSite:
    """Knows sites by the networks of their relay agents, and reservations by their field ``site``.

    :param sites: names of sites by network, such as ``{"10.1.0.0/16": "north"}``.
    """

    def __init__(self, sites):
        self.sites = [(*IPv4.parseSubnet(network), name) for network, name in sites.items()]

    def choose(self, definitions, request):
        where = request.relay_ip
        names = [name for base, prefix, name in self.sites if where and where.isSubnetMember(base, prefix)]
        for definition in definitions:
            if names and (definition.extra or {}).get("site") == names[0]:
                return definition
        return None
