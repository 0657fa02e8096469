"""DIGEST authentication (RFC 7616), with SHA-256 and MD5, qop "auth"; MD5 also without a qop, as in RFC 2069."""

import hashlib
import hmac
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final
from urllib.parse import unquote_to_bytes

LIFETIME: Final = 120.0
"""Seconds for which a nonce is good."""
NONCES: Final = 4096
"""Nonces that have been used, and of which it is remembered how often."""
_WINDOW: Final = 64
"""Counts by which requests under way at a time may overtake each other."""
_FIELD: Final = re.compile(r'\s*([A-Za-z0-9*_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|\Z)')
_ALGORITHMS: Final = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}


class Verdict(Enum):
    """What comes of credentials: STALE ones are right, but for a nonce that is over."""

    RIGHT = "right"
    STALE = "stale"
    WRONG = "wrong"


class Digest:
    """Checks who knows the one password; no password is kept, only what it hashes to.

    A nonce is bound to the address that it was given to, and can be told without being remembered; remembered is which
    counts of it have been used, so that nothing is accepted twice.

    :param realm: what the password is for, as browsers show it; its double quotes become single ones.
    :param clock: seconds of a monotonic clock.
    """

    def __init__(self, realm: str, username: str, password: str, clock: Callable[[], float]) -> None:
        self._realm = " ".join(realm.replace('"', "'").replace("\\", "/").split())
        self._username = username.encode()
        self._secrets = {
            name: _hex(name, b":".join((self._username, self._realm.encode(), password.encode())))
            for name in _ALGORITHMS
        }
        self._clock = clock
        self._key = os.urandom(32)
        self.opaque: Final = os.urandom(16).hex()
        self._used: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._forgotten = -1.0

    def challenges(self, address: str, stale: bool) -> Sequence[str]:
        """Values of WWW-Authenticate, the better algorithm first."""
        more = ", stale=TRUE" if stale else ""
        return [
            f'Digest realm="{self._realm}", nonce="{self._nonce(address)}", opaque="{self.opaque}", qop="auth", '
            f"algorithm={name}, charset=UTF-8{more}"
            for name in _ALGORITHMS
        ]

    def verdict(self, fields: str, method: str, uri: str, address: str) -> Verdict:
        """What comes of the fields behind "Digest" in Authorization, for a request that came from an address."""
        given = _parsed(fields)
        algorithm = given.get("algorithm", "MD5").upper()
        if algorithm not in _ALGORITHMS or given.get("uri") != uri or given.get("opaque", self.opaque) != self.opaque:
            return Verdict.WRONG
        nonce, qop = given.get("nonce", ""), given.get("qop", "").lower()
        count = given.get("nc", "")
        middle = [nonce]
        if qop == "auth" and re.fullmatch("(?!0{8})[0-9a-fA-F]{8}", count) and given.get("cnonce"):
            middle += [count, given["cnonce"], qop]
        elif qop or algorithm != "MD5":
            return Verdict.WRONG
        asked = _hex(algorithm, f"{method}:{uri}".encode())
        right = _hex(algorithm, ":".join([self._secrets[algorithm], *middle, asked]).encode())
        knows_name = hmac.compare_digest(_username(given), self._username)
        knows_password = hmac.compare_digest(given.get("response", "").lower().encode(), right.encode())
        if not (knows_name and knows_password and given.get("realm", self._realm) == self._realm):
            return Verdict.WRONG
        return Verdict.RIGHT if self._take(nonce, int(count, 16) if qop else 0, address) else Verdict.STALE

    def _nonce(self, address: str, made: str = "") -> str:
        made = made or f"{int(self._clock() * 1000):x}.{os.urandom(8).hex()}"
        seal = hmac.digest(self._key, f"{made} {address}".encode(), "sha256").hex()[:32]
        return f"{made}.{seal}"

    def _take(self, nonce: str, count: int, address: str) -> bool:
        """Use a nonce with a count; False if it is not ours, not this address's, too old, or was used with it."""
        made = nonce.rpartition(".")[0]
        if not hmac.compare_digest(nonce.encode(), self._nonce(address, made).encode()):
            return False
        at = int(made.partition(".")[0], 16) / 1000
        if not 0 <= self._clock() - at <= LIFETIME:
            return False
        highest, seen = self._used.get(nonce, (0, 1))
        if nonce not in self._used and at <= self._forgotten:
            return False
        if count > highest:
            seen = ((seen << min(count - highest, _WINDOW)) | 1) & ((1 << _WINDOW) - 1)
            highest = count
        elif nonce in self._used and highest - count < _WINDOW and count and not seen >> (highest - count) & 1:
            seen |= 1 << (highest - count)
        elif count or nonce in self._used:
            return False
        if not count:
            # Without a count it is good for one time, and with none beside it.
            highest, seen = 1 << 32, (1 << _WINDOW) - 1
        self._used[nonce] = (highest, seen)
        self._used.move_to_end(nonce)
        if len(self._used) > NONCES:
            old, _ = self._used.popitem(last=False)
            self._forgotten = max(self._forgotten, int(old.partition(".")[0], 16) / 1000)
        return True


def _parsed(fields: str) -> dict[str, str]:
    """The fields by their names in lower case; empty if they are not in order, or one is there twice."""
    found: dict[str, str] = {}
    at = 0
    while at < len(fields):
        match = _FIELD.match(fields, at)
        if match is None or match[1].lower() in found:
            return {}
        found[match[1].lower()] = re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
        at = match.end()
    return found


def _username(given: dict[str, str]) -> bytes:
    extended = given.get("username*", "")
    if extended.upper().startswith("UTF-8''"):
        return unquote_to_bytes(extended[7:])
    return given.get("username", "").encode()


def _hex(algorithm: str, data: bytes) -> str:
    return _ALGORITHMS[algorithm](data, usedforsecurity=False).hexdigest()
