"""Whether a request comes from the console's own pages: what another site makes a browser send is not done."""

import hmac
import os
import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from ..interfaces import WebQuestion

FIELD: Final = "token"
"""What the token is called in forms."""
HEADER: Final = "x-csrf-token"
"""And where scripts send it."""
_STEP: Final = 3600.0
_STEPS: Final = 12
_WHENCE: Final = ("sec-fetch-site", "origin", "referer")
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+\Z")


class Tokens:
    """Makes and checks what forms of our own carry, bound to who asks, good for half a day.

    :param clock: seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = os.urandom(32)

    def make(self, by: str) -> str:
        """A token for somebody."""
        return self._made(by, int(self._clock() // _STEP))

    def is_good(self, token: str, by: str) -> bool:
        """Whether it was made for somebody not too long ago."""
        step = int(self._clock() // _STEP)
        good = [hmac.compare_digest(token.encode(), self._made(by, step - back).encode()) for back in range(_STEPS)]
        return any(good)

    def _made(self, by: str, step: int) -> str:
        return hmac.digest(self._key, f"{step} {by}".encode(), "sha256").hex()[:40]


def is_own(question: WebQuestion) -> bool:
    """Whether a browser says that a page of ours has asked, or the person; programs say nothing, and may ask."""
    said = question.headers.get("sec-fetch-site")
    if said is not None:
        return said in ("same-origin", "none")
    host = question.headers.get("host", "")
    for name in ("origin", "referer"):
        value = question.headers.get(name)
        if value is not None:
            try:
                return urlsplit(value).netloc.lower() == host.lower() != ""
            except ValueError:
                return False
    return True


def is_led(question: WebQuestion) -> bool:
    """Whether a browser says nothing of where the person was, as when a page of another site keeps it from doing so.

    Without encryption browsers send no Sec-Fetch-Site, and no Origin to follow a link.
    """
    fields = question.headers
    return fields.get("user-agent", "").startswith("Mozilla/") and not any(name in fields for name in _WHENCE)


def names_this_machine(host: str, own_names: tuple[str, ...]) -> bool:
    """Whether Host is an address, or a name that this machine has of itself.

    Any name may be made to lead to the loopback interface, by whoever owns it, and a browser takes what it finds there
    for that name's.
    """
    if not host:
        return True
    name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.rpartition(":")[0] or host
    try:
        ip_address(name)
    except ValueError:
        name = name.lower().rstrip(".")
        return bool(_NAME.match(name)) and (name == "localhost" or name in own_names)
    return True
