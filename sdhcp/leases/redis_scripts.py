"""The steps of a lease store as scripts that Redis runs, each as a whole."""

from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Final, NamedTuple

from ..backends.redis_connection import command

NAMES: Final = (
    "aside", "at", "bind", "clear", "client", "counts", "forget", "history", "offer", "page", "quarantine", "release",
)  # fmt: skip


class Script(NamedTuple):
    """A script, and what Redis knows it by."""

    text: bytes
    digest: str

    def again(self, *arguments: str | bytes) -> bytes:
        """The command that runs it where it was run before."""
        return command("EVALSHA", self.digest, 1, *arguments)

    def first(self, *arguments: str | bytes) -> bytes:
        """The command that runs it and has it kept."""
        return command("EVAL", self.text, 1, *arguments)


@cache
def script(name: str) -> Script:
    """One of :data:`NAMES`."""
    folder = files("sdhcp") / "leases" / "lua"
    text = b"\n".join((folder / f"{part}.lua").read_bytes() for part in ("pool", name))
    # No secret is kept by it: that is how Redis names scripts.
    return Script(text, sha1(text, usedforsecurity=False).hexdigest())
