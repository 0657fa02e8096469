"""Why a client gets its answer: asked by a form, or by programs."""

from collections.abc import Mapping
from typing import Any, Final

from ..interfaces import SourceError, WebQuestion
from .asked import json_of
from .facts import ServerFacts
from .visit import Problem

FIELDS: Final = (
    "mac", "type", "address", "giaddr", "circuit_id", "remote_id", "client_id", "vendor", "ask_for", "options",
    "packet", "server", "interface",
)  # fmt: skip
"""What may be said of a packet, as text."""
TYPES: Final = ("discover", "request", "reboot", "renew", "rebind", "inform", "release", "decline", "bootp")
_LONGEST: Final = 16_384
"""Octets of a question."""


def asked_in(question: WebQuestion) -> dict[str, Any]:
    """What a form asks, as its query has it."""
    asked: dict[str, Any] = {name: text for name in FIELDS if (text := question.first(name).strip())}
    if question.first("broadcast"):
        asked["broadcast"] = True
    if asked.get("packet") or asked == {"type": asked.get("type")}:
        # The form always says a type.
        asked.pop("type", None)
    return asked


def asked_by(octets: bytes) -> Mapping[str, Any]:
    """What a program asks, in JSON.

    :raises Problem: if it is no JSON object, or too long.
    """
    if len(octets) > _LONGEST:
        raise Problem(400, f"A question has at most {_LONGEST} octets.")
    try:
        asked = json_of(octets)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise Problem(400, 'Expected a JSON object, such as {"mac": "02:00:00:00:00:01"}.')
    return asked


async def told(facts: ServerFacts, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """The explanation.

    :raises Problem: if there is none.
    """
    if facts.explain is None:
        raise Problem(503, "The server does not answer clients yet.")
    try:
        return await facts.explain(asked)
    except ValueError as error:
        raise Problem(400, f"{error}.") from None
    except SourceError as error:
        raise Problem(503, f"This cannot be explained now: {error}.") from None
