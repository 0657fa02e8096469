"""A DHCP client that only makes messages: what each of its states sends (RFC 2131 section 4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..wire import constants as c
from ..wire import relay
from ..wire.message import Message

WANTED = bytes((c.SUBNET_MASK, c.ROUTER, c.DOMAIN_NAME_SERVERS, c.HOSTNAME, c.DOMAIN_NAME, c.BROADCAST, c.NTP_SERVERS))
"""What is asked for unless something else is."""


@dataclass(frozen=True)
class SimulatedClient:
    """One client; with ``giaddr`` its messages come as a relay agent passes them on.

    ``options`` go with every message that asks for something, and before ``wanted`` where they hold
    option 55 themselves. ``relay_agent`` are sub-options of
    option 82 by code.
    """

    mac: bytes
    client_identifier: bytes = b""
    wanted: bytes = WANTED
    options: Mapping[int, bytes] = field(default_factory=dict)
    giaddr: bytes = c.ZERO_ADDRESS
    relay_agent: Mapping[int, bytes] = field(default_factory=dict)
    broadcast: bool = False
    htype: int = 1

    def discover(self, xid: bytes, rapid: bool = False) -> Message:
        """A DISCOVER; ``rapid`` asks for an ACK at once (RFC 4039)."""
        return self._make(c.DISCOVER, xid, {c.RAPID_COMMIT: b""} if rapid else {})

    def select(self, offer: Message) -> Message:
        """A REQUEST that accepts an OFFER."""
        chosen = {c.REQUESTED_ADDRESS: offer.yiaddr}
        if c.SERVER_IDENTIFIER in offer.options:
            chosen[c.SERVER_IDENTIFIER] = offer.options[c.SERVER_IDENTIFIER]
        return self._make(c.REQUEST, offer.xid, chosen)

    def reboot(self, xid: bytes, address: bytes) -> Message:
        """A REQUEST for an address of before (INIT-REBOOT)."""
        return self._make(c.REQUEST, xid, {c.REQUESTED_ADDRESS: address})

    def renew(self, xid: bytes, address: bytes) -> Message:
        """A REQUEST to go on with an address: RENEWING if it is sent to the server, REBINDING if it is broadcast."""
        return self._make(c.REQUEST, xid, {}, ciaddr=address)

    def inform(self, xid: bytes, address: bytes) -> Message:
        """An INFORM of a host that has its address from elsewhere."""
        return self._make(c.INFORM, xid, {}, ciaddr=address)

    def release(self, xid: bytes, address: bytes, server: bytes) -> Message:
        """A RELEASE."""
        return self._make(c.RELEASE, xid, {c.SERVER_IDENTIFIER: server}, asks=False, ciaddr=address)

    def decline(self, xid: bytes, address: bytes, server: bytes) -> Message:
        """A DECLINE of an address that another host uses."""
        return self._make(c.DECLINE, xid, {c.REQUESTED_ADDRESS: address, c.SERVER_IDENTIFIER: server}, asks=False)

    def bootp(self, xid: bytes) -> Message:
        """A BOOTREQUEST without DHCP's options (RFC 951)."""
        return self._message(xid, {}, c.ZERO_ADDRESS)

    def _make(
        self,
        kind: int,
        xid: bytes,
        options: Mapping[int, bytes],
        asks: bool = True,
        ciaddr: bytes = c.ZERO_ADDRESS,
    ) -> Message:
        sent: dict[int, bytes] = {c.MESSAGE_TYPE: bytes((kind,)), **options}
        if self.client_identifier:
            sent[c.CLIENT_IDENTIFIER] = self.client_identifier
        if asks:
            sent.update(self.options)
            if self.wanted:
                sent.setdefault(c.PARAMETER_REQUEST_LIST, self.wanted)
        return self._message(xid, sent, ciaddr)

    def _message(self, xid: bytes, options: dict[int, bytes], ciaddr: bytes) -> Message:
        if self.relay_agent:
            options[c.RELAY_AGENT] = relay.encode(self.relay_agent)
        return Message(
            htype=self.htype,
            hlen=len(self.mac),
            hops=1 if any(self.giaddr) else 0,
            xid=xid,
            flags=c.FLAG_BROADCAST if self.broadcast else 0,
            ciaddr=ciaddr,
            giaddr=self.giaddr,
            chaddr=self.mac,
            options=options,
        )
