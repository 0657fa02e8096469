"""Programs of the kernel's packet filter (BPF): what does not pass costs this process nothing."""

import ctypes
import socket
from collections.abc import Sequence
from struct import Struct
from typing import Final

LOAD_OCTET: Final = 0x30
LOAD_HALF: Final = 0x28
LOAD_WORD: Final = 0x20
LOAD_HALF_BEHIND: Final = 0x48
"""So many octets behind what the second register says."""
HEADER_LENGTH: Final = 0xB1
"""Into the second register: four times the low half of an octet, as IPv4 tells how long its header is."""
COPY: Final = 0x07
IF_EQUAL: Final = 0x15
IF_ANY_BIT: Final = 0x45
IF_EQUAL_TO_COPY: Final = 0x1D
GIVE: Final = 0x06
WHOLE: Final = 0xFFFF

_SO_ATTACH_FILTER: Final = 26
_INSTRUCTION: Final = Struct("=HBBI")
_PROGRAM: Final = Struct("@HP")

Program = Sequence[tuple[int, int, int, int]]
"""Instructions, each with how many to jump over if it holds and if it does not, and its number."""


def attach(opened: socket.socket, program: Program) -> None:
    """Let only that pass to a socket for which a program gives more than 0.

    :raises OSError: if the kernel does not take the program.
    """
    octets = ctypes.create_string_buffer(b"".join(_INSTRUCTION.pack(*one) for one in program))
    opened.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _PROGRAM.pack(len(program), ctypes.addressof(octets)))
