"""Options inside options: 43 (RFC 2132 section 8.4), 124 and 125 (RFC 3925)."""

from collections.abc import Mapping

from .errors import BadOption
from .relay import suboptions


def encode_encapsulated(values: Mapping[int, bytes]) -> bytes:
    """Sub-options one after the other, as in option 43.

    :raises BadOption: if a code is not 1 to 254 or a value over 255 octets.
    """
    for code, value in values.items():
        if not 0 < code < 255 or len(value) > 255:
            raise BadOption(f"sub-option {code} with {len(value)} octets; expected 1 to 254, at most 255 octets")
    return b"".join(bytes((code, len(value))) + value for code, value in values.items())


def decode_encapsulated(data: bytes) -> dict[int, bytes]:
    """Sub-options by code, up to the first that is cut."""
    found = suboptions(data)
    return {code: value for code, value in found.items() if code not in (0, 255)}


def encode_vendor(values: Mapping[int, bytes]) -> bytes:
    """Data by enterprise number, as in options 124 and 125.

    :raises BadOption: if a number does not fit 32 bits or data 255 octets.
    """
    encoded = b""
    for enterprise, data in values.items():
        if not 0 <= enterprise <= 0xFFFFFFFF or len(data) > 255:
            raise BadOption(f"enterprise {enterprise} with {len(data)} octets; expected 32 bits, at most 255 octets")
        encoded += enterprise.to_bytes(4, "big") + bytes((len(data),)) + data
    return encoded


def decode_vendor(data: bytes) -> dict[int, bytes]:
    """Data by enterprise number, up to the first that is cut; repeated ones joined."""
    found: dict[int, bytes] = {}
    position = 0
    while position + 5 <= len(data):
        end = position + 5 + data[position + 4]
        if end > len(data):
            break
        enterprise = int.from_bytes(data[position : position + 4], "big")
        found[enterprise] = found.get(enterprise, b"") + data[position + 5 : end]
        position = end
    return found
