"""Who may see and do what: by password, by a program's token, or everybody."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from ..config.settings import WebSettings
from ..interfaces import WebQuestion
from .brakes import Brakes
from .digest import Digest, Verdict

OPERATOR: Final = "operator"


class Level(IntEnum):
    """Who something is for."""

    OPEN = 0
    """Everybody."""
    SECURE = 1
    """Who knows the password, if there is one."""
    API = 2
    """Who knows the password or a token, if there is one or the other."""


class Caller(NamedTuple):
    """Who asks. ``name`` is "" for nobody in particular; ``role`` is "viewer" or "operator"; ``by_token`` says that
    it is a program, which no other site can have made ask."""

    name: str = ""
    role: str = OPERATOR
    by_token: bool = False


class Refusal(NamedTuple):
    """Why somebody gets nothing: status, text, and values of WWW-Authenticate."""

    status: int
    text: str
    challenges: Sequence[str] = ()
    wait: int = 0


class Access:
    """Knows the password and the tokens.

    :param realm: what the password is for, as browsers show it.
    :param clock: seconds of a monotonic clock.
    :param tell: takes a severity and a line for the log, when somebody guesses.
    """

    def __init__(
        self, settings: WebSettings, realm: str, clock: Callable[[], float], tell: Callable[[str, str], None]
    ) -> None:
        self._realm = realm
        self._clock = clock
        self._tell = tell
        self._brakes = Brakes(clock)
        self._secret: tuple[str | None, str | None] = (None, None)
        self._digest: Digest | None = None
        self.use(settings)

    def use(self, settings: WebSettings) -> None:
        """Know another password and other tokens from now on."""
        secret = username, password = settings.digest_username, settings.digest_password
        if secret != self._secret:
            self._secret = secret
            self._digest = Digest(self._realm, username, password, self._clock) if username and password else None
        self._name = username or ""
        self._tokens = _hashed(settings.api_tokens)

    @property
    def has_password(self) -> bool:
        """Whether there is a password."""
        return self._digest is not None

    def check(self, level: Level, question: WebQuestion, method: str, uri: str, address: str) -> Caller | Refusal:
        """Who asks, or why they get nothing.

        :param uri: what was asked for, whole, as it was sent; :param address: where it came from.
        """
        digest = self._digest
        wanted = level is not Level.OPEN and (digest is not None or (level is Level.API and bool(self._tokens)))
        kind, _, rest = question.headers.get("authorization", "").partition(" ")
        kind = kind.lower()
        if not wanted and not (kind == "bearer" and level is Level.API):
            return Caller()
        if not kind:
            return self._refused(level, address)
        wait = self._brakes.wait(address)
        if wait:
            return Refusal(429, f"Too many wrong passwords came from {address}: wait for {wait} s.", (), wait)
        stale = False
        if kind == "bearer" and level is Level.API:
            caller = self._by_token(rest.strip())
            if caller is not None:
                return caller
        elif kind == "digest" and digest is not None:
            verdict = digest.verdict(rest, method, uri, address)
            if verdict is Verdict.RIGHT:
                self._brakes.succeeded(address)
                return Caller(self._name)
            stale = verdict is Verdict.STALE
        if not stale:
            line = self._brakes.failed(address)
            if line:
                self._tell("WARN", f"web console: {line}")
        return self._refused(level, address, stale)

    def _by_token(self, token: str) -> Caller | None:
        given = hashlib.sha256(token.encode()).digest()
        found = None
        # All of them each time: how long it takes tells nothing.
        for name, (known, role) in self._tokens.items():
            if hmac.compare_digest(given, known):
                found = Caller(name, role, True)
        return found

    def _refused(self, level: Level, address: str, stale: bool = False) -> Refusal:
        challenges = list(self._digest.challenges(address, stale)) if self._digest is not None else []
        if level is Level.API and self._tokens:
            challenges.append("Bearer")
        return Refusal(401, "This wants a password." if self._digest else "This wants a token.", challenges)


def _hashed(tokens: Mapping[str, tuple[str, str]]) -> Mapping[str, tuple[bytes, str]]:
    return {name: (hashlib.sha256(token.encode()).digest(), role) for name, (token, role) in tokens.items()}
