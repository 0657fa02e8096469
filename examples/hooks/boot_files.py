"""A reply editor: machines that boot from the network get a loader for their architecture."""

from zope.interface import implementer

from sdhcp.interfaces import IReplyEditor

LOADERS = {0: "undionly.kpxe", 6: "ipxe-i386.efi", 7: "ipxe.efi", 9: "ipxe.efi", 11: "ipxe-arm64.efi"}
"""Loaders by the numbers of RFC 4578."""


@implementer(IReplyEditor)
class BootFiles:
    """Names a server, and on it a loader."""

    def __init__(self, server):
        self.server = server

    def edit(self, request, definition):
        sent = request.source_packet
        vendor = sent.getOption(60, convert=True)
        if vendor is not None and vendor.startswith("PXEClient"):
            (architecture, *_) = sent.getOption(93, convert=True) or [0]
            loader = LOADERS.get(architecture)
            if loader is None:
                return True
            request.packet.setOption("siaddr", self.server)
            request.packet.setOption("file", loader)
        return True
