"""What pages of the console are made of beside their text: style, script and icon."""

import struct
from typing import Final

CSS: Final = b"""\
body { margin: 0; font: 14px/1.4 sans-serif; color: #222; background: #fff; }
a { color: #1c5b8a; }
#header, #footer { padding: 6px 12px; background: #eef2f5; color: #555; font-size: 12px; overflow: hidden; }
#header .name { float: left; font-size: 16px; font-weight: bold; }
#header .times { float: right; text-align: right; }
#methods { float: left; width: 190px; padding: 0 12px; }
#main { margin-left: 214px; padding: 0 12px 12px; }
#footer { clear: both; }
h1.method, h1.element { margin: 14px 0 4px; font-size: 13px; color: #444; border-bottom: 1px solid #cfd8df; }
div.method { padding: 1px 0 1px 8px; }
div.element { overflow: auto; }
hr.element { margin: 18px 0; border: 0; border-top: 3px double #cfd8df; }
table.element { border-collapse: collapse; width: 100%; }
table.element th, table.element td { padding: 2px 8px; text-align: left; border: 1px solid #dde4ea; }
table.element thead th { background: #eef2f5; }
table.element tfoot td { color: #777; font-size: 12px; }
table.element tbody tr:hover { background: #f6f9fb; }
div.log { font-family: monospace; white-space: pre-wrap; overflow: auto; }
span.critical { color: #fff; background: #b00020; }
span.error { color: #b00020; }
span.warn { color: #9a5b00; }
span.info { color: #22527a; }
span.debug { color: #888; }
"""

JS: Final = b"""\
/* Shows another path in the address bar, so that loading the page again does not do again what it did. */
function rewriteLocation(path) {
    if (window.history && window.history.replaceState) {
        window.history.replaceState(null, document.title, path);
    }
}
"""

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
