"""Relay agent information: the sub-options of option 82 (RFC 3046 section 2.0)."""


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
