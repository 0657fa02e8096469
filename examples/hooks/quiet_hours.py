"""A packet filter: clients of one vendor are not answered at night."""

from time import localtime

from zope.interface import implementer

from sdhcp.interfaces import IPacketFilter


@implementer(IPacketFilter)
class QuietHours:
    """Leaves clients alone whose vendor class begins with a word, from one hour of the day until another."""

    def __init__(self, vendor, begin=22, end=6):
        self.vendor = vendor
        self.begin, self.end = begin, end

    def admits(self, request):
        vendor = request.packet.getOption(60, convert=True)
        if vendor is None or not vendor.startswith(self.vendor):
            return True
        hour = localtime().tm_hour
        return self.end <= hour < self.begin
