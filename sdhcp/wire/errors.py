"""What can be wrong with bytes from the network."""


class WireError(ValueError):
    """A datagram that is not a DHCP or BOOTP message.

    :cvar reason: a short, stable word for counters and events.
    """

    reason = "malformed"


class Truncated(WireError):
    """The fixed header or an option runs past the end of the datagram (RFC 2131 section 2)."""

    reason = "truncated"


class BadCookie(WireError):
    """The vendor area does not begin with the DHCP magic cookie (RFC 2131 section 3)."""

    reason = "bad-cookie"


class BadOption(WireError):
    """An option whose value does not have the form that its type asks for (RFC 2132)."""

    reason = "bad-option"


class TooLong(WireError):
    """A value that cannot be written into a message of the allowed size."""

    reason = "too-long"


class UnknownOption(WireError):
    """A name or number that no option has."""

    reason = "unknown-option"
