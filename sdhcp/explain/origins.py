"""Where each option of a reply comes from, and why others are not in it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ..engine.reply import bootp_options, options_in_order, payload_limit, values
from ..interfaces import ISubnetSource
from ..model import BOOTP_REPLY, INFORM, Decision, Definition
from ..scripting.steps import Step
from ..wire import constants as c
from ..wire.describe import option as option_text
from ..wire.message import Message, decode
from ..wire.registry import lookup, name_of
from .explainer import Explained

_ECHOES: Final = {
    c.CLIENT_IDENTIFIER: "echo of the request (RFC 6842)",
    c.SUBNET_SELECTION: "echo of the request (RFC 3011)",
    c.CLIENT_MACHINE: "echo of the request (RFC 4578)",
    c.RELAY_AGENT: "echo of what the relay agent added (RFC 3046)",
    c.CLIENT_FQDN: "answer to the same option of the request (RFC 4702)",
    c.RAPID_COMMIT: "protocol: the request asked for an ACK at once (RFC 4039)",
}
_PROTOCOL: Final = {
    c.MESSAGE_TYPE: "protocol: the decision",
    c.SERVER_IDENTIFIER: "protocol: this server",
    c.MESSAGE: "protocol: why it is refused",
}
_CODES: Final = {name_of(code): code for code in range(1, 255)}
_OF_LEASES: Final = frozenset((c.LEASE_TIME, c.RENEWAL_TIME, c.REBINDING_TIME))


class Origin(NamedTuple):
    """An option and where it comes from, or, of one that is not sent, why it is not."""

    code: int
    name: str
    value: str
    why: str


class Origins:
    """What is known of one reply.

    :param steps: what the site's functions did.
    """

    def __init__(self, explained: Explained, definition: Definition | None, outcome: str, steps: list[Step]) -> None:
        assert explained.octets is not None and explained.message is not None  # noqa: S101  there is a reply
        self._explained = explained
        self._definition = definition
        self._steps = steps
        self._request: Message = explained.message
        self.reply = decode(explained.octets)
        self._wanted = self._request.options.get(c.PARAMETER_REQUEST_LIST)
        kind = getattr(explained.end, "method", "")
        answer = self.reply.message_type or BOOTP_REPLY
        is_rapid = c.RAPID_COMMIT in self.reply.options
        self._decision = Decision(answer, outcome, rapid=is_rapid, informs=kind is INFORM)
        self.giver = self._giver()

    def _giver(self) -> str:
        """Who gave the definition, in words."""
        definition = self._definition
        if definition is None:
            return ""
        for lent, pool in self._explained.lent:
            if lent is definition:
                return f"pool {pool}"
        if any(one is definition for one in self._explained.found):
            return str(self._explained.source.name)
        for step in self._steps:
            if step.hook == "handleUnknownMAC" or step.hook.endswith(".find"):
                return self._hook(step)
        return f"subnet {definition.subnet}"

    def sent(self) -> Iterator[Origin]:
        """The options of the reply, in their order."""
        shared = self._of_subnet()
        for code, octets in self.reply.options.items():
            yield Origin(code, name_of(code), option_text(code, octets), self._origin(code, octets, shared))

    def withheld(self) -> Iterator[Origin]:
        """Options for which there is a value and that are not sent, and those that were asked for and have none."""
        definition, message = self._definition, self._request
        if definition is None or self.reply.message_type == c.NAK:
            return
        local, policy, decision = self._explained.local, self._explained.policy, self._decision
        has = values(definition, self._wanted)
        if decision.answer == BOOTP_REPLY:
            placed: Mapping[int, bytes] = bootp_options(message, definition)
        else:
            placed = options_in_order(message, decision, definition, local, local.server_id, policy)
        for code in sorted({*has, *placed} - set(self.reply.options)):
            octets = placed[code] if code in placed else has[code]
            yield Origin(code, name_of(code), option_text(code, octets), self._why_not(code, code in placed))
        for step in self._steps:
            for one in step.changes:
                code = _CODES.get(one.name, 0)
                if one.what == "set" and code and code not in {*self.reply.options, *has, *placed}:
                    why = f"set by {self._hook(step)}, but taken out later, or without room, or not for such a reply"
                    yield Origin(code, one.name, option_text(code, one.after), why)
        for code in dict.fromkeys(self._wanted or b""):
            if code not in self.reply.options and code not in has and code not in placed and 0 < code < 255:
                yield Origin(code, name_of(code), "", f"asked for, and {self.giver or 'nobody'} has no value for it")

    def _why_not(self, code: int, is_placed: bool) -> str:
        for step in reversed(self._steps):
            if any(one.name == name_of(code) and one.what in ("deleted", "deselected") for one in step.changes):
                return f"taken out by {self._hook(step)}"
        if is_placed:
            if self._decision.answer == BOOTP_REPLY and not self._request.is_dhcp:
                return "the client has sent no options, and understands none (RFC 1534)"
            if self._decision.answer == BOOTP_REPLY:
                return "no room: a BOOTP reply has 64 octets for options (RFC 1542)"
            limit = payload_limit(self._request.options.get(c.MAXIMUM_SIZE, b""))
            return f"no room: with header and options no more than {limit} octets are sent to this client (option 57)"
        if code in _OF_LEASES and (self._decision.informs or self._explained.local.is_proxy):
            return "no lease is given by this reply"
        if self._decision.answer == BOOTP_REPLY:
            return "an option of DHCP alone, in a reply by BOOTP"
        if self._wanted and code not in self._wanted:
            return "not in the parameter request list (option 55)"
        return "left out by the rules for this reply"

    def _origin(self, code: int, octets: bytes, shared: Mapping[int, bytes] | None) -> str:
        for step in reversed(self._steps):
            if any(one.name == name_of(code) and one.what == "set" for one in step.changes):
                return self._hook(step)
        if code in _PROTOCOL:
            return _PROTOCOL[code]
        if code in _ECHOES and (code not in (c.CLIENT_MACHINE,) or code in self._request.options):
            return _ECHOES[code]
        definition = self._definition
        if definition is None:
            return "protocol"
        if code == c.LEASE_TIME:
            wish = self._request.options.get(c.LEASE_TIME)
            is_wish = self.giver.startswith("pool ") and wish == octets
            return f"{self.giver}, as the client wishes" if is_wish else self._placed(code, octets, shared)
        set_times = {c.RENEWAL_TIME: definition.renewal_time, c.REBINDING_TIME: definition.rebinding_time}
        if code in set_times and set_times[code] is None:
            return "protocol: a share of the lease time (RFC 2131 section 4.4.5)"
        return self._placed(code, octets, shared)

    def _placed(self, code: int, octets: bytes, shared: Mapping[int, bytes] | None) -> str:
        """Where a definition has a value from."""
        definition, giver = self._definition, self.giver
        assert definition is not None  # noqa: S101  who asks has one
        if giver.startswith(("pool ", "subnet ", "hook ")):
            return giver
        if code == c.HOSTNAME and code not in definition.options:
            return f"reservation in {giver}"
        if shared is None:
            return f"{giver}: the reservation or its subnet {definition.subnet}"
        if shared.get(code) == octets:
            return f"subnet {definition.subnet} in {giver}"
        return f"reservation in {giver}"

    def _of_subnet(self) -> Mapping[int, bytes] | None:
        """What the definition's subnet has for every client; None if that cannot be told."""
        source: Any = self._explained.source
        definition = self._definition
        if definition is None or not ISubnetSource.providedBy(source):
            return None
        subnet = source.subnet_of(definition.ip)
        if subnet is None or subnet.definition.subnet != definition.subnet:
            return None
        has = values(subnet.definition, self._wanted)
        has[c.LEASE_TIME] = min(subnet.definition.lease_time, 0xFFFFFFFF).to_bytes(4, "big")
        return has

    def _hook(self, step: Step) -> str:
        place = self._explained.places.get(step.hook, "")
        return f"hook {step.hook} ({place})" if place else f"hook {step.hook}"


def codes_of(names: str) -> bytes:
    """Codes of options by names or numbers, with commas between.

    :raises WireError: if there is none of a name.
    """
    return bytes(lookup(name).code for name in names.replace(",", " ").split())
