"""Ways to log in at a mail server (RFC 4954): CRAM-MD5, PLAIN, LOGIN."""

import hashlib
import hmac
from collections.abc import Callable, Iterator

Replies = Iterator[Callable[[bytes], bytes]]
"""What makes the reply to each challenge, one after the other."""


def ways(user: str, password: str) -> list[tuple[bytes, Replies]]:
    """Each way by its name, the one that tells the least first."""
    name, secret = user.encode(), password.encode()

    def digest(challenge: bytes) -> bytes:
        return name + b" " + hmac.new(secret, challenge, hashlib.md5).hexdigest().encode()

    return [
        (b"CRAM-MD5", iter([digest])),
        (b"PLAIN", iter([lambda _: b"\0" + name + b"\0" + secret])),
        (b"LOGIN", iter([lambda _: name, lambda _: secret])),
    ]
