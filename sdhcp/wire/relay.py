"""Relay agent information: the sub-options of option 82 (RFC 3046 section 2.0)."""

from collections.abc import Mapping
from typing import Final

from .errors import BadOption


def suboptions(value: bytes) -> dict[int, bytes]:
    """Sub-options by code, repeated ones joined; what follows a cut sub-option is left out.

    Never raises: a malformed option 82 is echoed as it came and tells nothing (RFC 3046).
    """
    found: dict[int, bytes] = {}
    position, size = 0, len(value)
    while position + 1 < size:
        end = position + 2 + value[position + 1]
        if end > size:
            break
        code = value[position]
        found[code] = found.get(code, b"") + value[position + 2 : end]
        position = end
    return found


NAMES: Final[dict[int, str]] = {
    1: "circuit_id",
    2: "remote_id",
    4: "docsis_device_class",
    5: "link_selection",
    6: "subscriber_id",
    7: "radius_attributes",
    8: "authentication",
    9: "vendor_specific",
    10: "flags",
    11: "server_identifier_override",
    12: "relay_agent_identifier",
    13: "access_technology",
    14: "access_network_name",
    15: "access_point_name",
    16: "access_point_bssid",
    17: "operator_identifier",
    18: "operator_realm",
    19: "source_port",
    150: "link_selection_cisco",
    151: "virtual_subnet_selection",
    152: "virtual_subnet_selection_control",
}
"""Sub-options by name (RFC 3046, 3256, 3527, 3993, 4014, 4030, 4243, 5010, 5107, 6607, 6925, 7839, 8357)."""


def encode(values: Mapping[int, bytes]) -> bytes:
    """Sub-options one after the other, in the order of the mapping.

    :raises BadOption: if a code does not fit an octet or a value is over 255 octets.
    """
    for code, value in values.items():
        if not 0 <= code <= 255 or len(value) > 255:
            raise BadOption(f"relay sub-option {code} with {len(value)} octets; expected at most 255")
    return b"".join(bytes((code, len(value))) + value for code, value in values.items())
