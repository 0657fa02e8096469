"""What pages of the console are made of beside their text: style, script and icon."""

import struct
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent.parent / "web" / "static"

CSS: Final = (_FOLDER / "console.css").read_bytes()
JS: Final = b"".join((_FOLDER / name).read_bytes() for name in ("console.js", "live.js", "tables.js"))

_SIDE: Final = 32


def _icon() -> bytes:
    """An icon of 32 times 32 points: a plug on a round ground."""
    ground, figure, clear = b"\x8a\x5b\x1c\xff", b"\xff\xff\xff\xff", bytes(4)
    points = []
    # The rows of a bitmap run from the bottom to the top.
    for row in range(_SIDE - 1, -1, -1):
        for column in range(_SIDE):
            x, y = 2 * column - _SIDE + 1, 2 * row - _SIDE + 1
            if x * x + y * y > _SIDE * _SIDE:
                points.append(clear)
            elif (10 <= row <= 18 and 10 <= column <= 21) or (5 <= row < 10 and column in (12, 13, 18, 19)):
                points.append(figure)
            elif 18 < row <= 26 and column in (15, 16):
                points.append(figure)
            else:
                points.append(ground)
    mask = bytes(_SIDE * _SIDE // 8)
    header = struct.pack("<IiiHHIIiiII", 40, _SIDE, 2 * _SIDE, 1, 32, 0, _SIDE * _SIDE * 4 + len(mask), 0, 0, 0, 0)
    image = header + b"".join(points) + mask
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, _SIDE, _SIDE, 0, 0, 1, 32, len(image), 22) + image


FAVICON: Final = _icon()
