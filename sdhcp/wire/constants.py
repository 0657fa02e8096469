"""Numbers of RFC 951, RFC 2131 and RFC 2132 that more than one room needs."""

from typing import Final

BOOTREQUEST: Final = 1
BOOTREPLY: Final = 2

DISCOVER: Final = 1
OFFER: Final = 2
REQUEST: Final = 3
DECLINE: Final = 4
ACK: Final = 5
NAK: Final = 6
RELEASE: Final = 7
INFORM: Final = 8
FORCERENEW: Final = 9
LEASEQUERY: Final = 10
LEASEUNASSIGNED: Final = 11
LEASEUNKNOWN: Final = 12
LEASEACTIVE: Final = 13

MESSAGE_NAMES: Final[dict[int, str]] = {
    DISCOVER: "DISCOVER",
    OFFER: "OFFER",
    REQUEST: "REQUEST",
    DECLINE: "DECLINE",
    ACK: "ACK",
    NAK: "NAK",
    RELEASE: "RELEASE",
    INFORM: "INFORM",
    FORCERENEW: "FORCERENEW",
    LEASEQUERY: "LEASEQUERY",
    LEASEUNASSIGNED: "LEASEUNASSIGNED",
    LEASEUNKNOWN: "LEASEUNKNOWN",
    LEASEACTIVE: "LEASEACTIVE",
}

COOKIE: Final = b"\x63\x82\x53\x63"
FLAG_BROADCAST: Final = 0x8000
ZERO_ADDRESS: Final = b"\0\0\0\0"
BROADCAST_ADDRESS: Final = b"\xff\xff\xff\xff"

HEADER_SIZE: Final = 236
"""Octets before the magic cookie (RFC 2131 figure 1)."""
MINIMUM_PAYLOAD: Final = 300
"""Smallest BOOTP message, in octets (RFC 1542 section 2.1)."""
MINIMUM_MAXIMUM_SIZE: Final = 576
"""The IP datagram that every client must accept (RFC 2131 section 2)."""
IP_UDP_OVERHEAD: Final = 28
"""Octets of the IPv4 and UDP headers, which option 57 counts (RFC 2132 section 9.10)."""

PAD: Final = 0
SUBNET_MASK: Final = 1
ROUTER: Final = 3
DOMAIN_NAME_SERVERS: Final = 6
HOSTNAME: Final = 12
DOMAIN_NAME: Final = 15
BROADCAST: Final = 28
NTP_SERVERS: Final = 42
VENDOR_SPECIFIC: Final = 43
REQUESTED_ADDRESS: Final = 50
LEASE_TIME: Final = 51
OVERLOAD: Final = 52
MESSAGE_TYPE: Final = 53
SERVER_IDENTIFIER: Final = 54
PARAMETER_REQUEST_LIST: Final = 55
MESSAGE: Final = 56
MAXIMUM_SIZE: Final = 57
RENEWAL_TIME: Final = 58
REBINDING_TIME: Final = 59
VENDOR_CLASS: Final = 60
CLIENT_IDENTIFIER: Final = 61
TFTP_SERVER_NAME: Final = 66
BOOTFILE_NAME: Final = 67
RAPID_COMMIT: Final = 80
CLIENT_FQDN: Final = 81
RELAY_AGENT: Final = 82
CLIENT_MACHINE: Final = 97
V6ONLY_WAIT: Final = 108
SUBNET_SELECTION: Final = 118
END: Final = 255

CIRCUIT_ID: Final = 1
REMOTE_ID: Final = 2
LINK_SELECTION: Final = 5
SERVER_OVERRIDE: Final = 11
RELAY_SOURCE_PORT: Final = 19
