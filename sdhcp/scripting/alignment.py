"""Octets of no meaning in a packet, for clients that want its options at certain places."""

from ..wire.constants import COOKIE, END, HEADER_SIZE, PAD

_START = HEADER_SIZE + len(COOKIE)


def aligned(data: bytes, word_size: int) -> bytes:
    """A packet in whose options area each option begins at a multiple of so many octets.

    What does not fit into the message any longer stays as it was.
    """
    if data[HEADER_SIZE:_START] != COOKIE:
        return data
    parts = [data[:_START]]
    size = at = _START
    while at < len(data) and data[at] != END:
        if data[at] == PAD:
            at += 1
            continue
        length = 2 + data[at + 1]
        lacking = -size % word_size
        parts += (bytes(lacking), data[at : at + length])
        size += lacking + length
        at += length
    return b"".join((*parts, bytes((END,)))).ljust(len(data), b"\0")


def terminated(data: bytes, word_size: int) -> bytes:
    """A packet with zeros behind it, up to a multiple of so many octets."""
    return data + bytes(-len(data) % word_size)
