"""What kind of packet a message is (RFC 2131 section 4.3.2, RFC 951)."""

from typing import Final

from ..model import (
    BOOTP,
    DECLINE,
    DISCOVER,
    INFORM,
    INIT_REBOOT,
    LEASEQUERY,
    PROXY_REQUEST,
    REBIND,
    RELEASE,
    RENEW,
    SELECTING,
    UNCLEAR_REQUEST,
    Local,
)
from ..wire import constants
from ..wire.constants import MESSAGE_TYPE, REQUESTED_ADDRESS, SERVER_IDENTIFIER, ZERO_ADDRESS
from ..wire.message import Message

_KINDS: Final = {
    bytes((constants.DISCOVER,)): DISCOVER,
    bytes((constants.DECLINE,)): DECLINE,
    bytes((constants.RELEASE,)): RELEASE,
    bytes((constants.INFORM,)): INFORM,
    bytes((constants.LEASEQUERY,)): LEASEQUERY,
}
_REQUEST: Final = bytes((constants.REQUEST,))


def classify(message: Message, local: Local) -> str:
    """The kind of a message from a client: one of the names in :mod:`sdhcp.model`; "" for none of them.

    A message without option 53 is BOOTP. A REQUEST is told apart by server identifier, requested
    address and ciaddr as in RFC 2131 section 4.3.2; a renewing client sends straight to the server,
    a rebinding one broadcasts or comes through a relay. On the ProxyDHCP port, which gives no
    addresses, all REQUESTs are one kind.
    """
    message_type = message.options.get(MESSAGE_TYPE)
    if message_type == _REQUEST:
        return PROXY_REQUEST if local.is_proxy else _state_of_request(message, local)
    if message_type is None:
        return BOOTP
    return _KINDS.get(message_type, "")


def _state_of_request(message: Message, local: Local) -> str:
    options = message.options
    requested = options.get(REQUESTED_ADDRESS, ZERO_ADDRESS)
    if message.ciaddr == ZERO_ADDRESS:
        if options.get(SERVER_IDENTIFIER, ZERO_ADDRESS) != ZERO_ADDRESS:
            return SELECTING
        if requested != ZERO_ADDRESS and len(requested) == 4:
            return INIT_REBOOT
        return UNCLEAR_REQUEST
    if options.get(SERVER_IDENTIFIER, ZERO_ADDRESS) != ZERO_ADDRESS:
        return UNCLEAR_REQUEST
    # RFC 2131 forbids option 50 here; clients that repeat ciaddr in it mean no harm.
    if requested != ZERO_ADDRESS and requested != message.ciaddr:
        return UNCLEAR_REQUEST
    if local.hears_broadcasts or message.giaddr != ZERO_ADDRESS:
        return REBIND
    return RENEW
