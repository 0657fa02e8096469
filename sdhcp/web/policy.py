"""What browsers are told that a page may do."""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

_LINKS: Final = re.compile(r"""\b(?:src|href)\s*=\s*["'](https?://[^"'\s<>]+)["']""", re.IGNORECASE)
_ALWAYS: Final = "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'self'"


def harden(request: Any) -> None:
    """Set what every answer has."""
    request.setHeader(b"server", b"sdhcp")
    request.setHeader(b"x-content-type-options", b"nosniff")
    request.setHeader(b"x-frame-options", b"DENY")
    request.setHeader(b"referrer-policy", b"same-origin")
    request.setHeader(b"cross-origin-resource-policy", b"same-origin")
    request.setHeader(b"content-security-policy", f"{_ALWAYS}".encode())


def content_policy(heads: Iterable[str], has_fragments: bool, styles: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of a page.

    :param heads: fragments of the head that the site's code has given: what these load may be loaded.
    :param has_fragments: whether there is anything of the site's code on the page, in which scripts and styles may be.
    :param styles: style attributes of our own.
    """
    fragments = list(heads)
    origins = sorted({origin for fragment in fragments for origin in _origins(fragment)})
    sources = " ".join(["'self'", *origins, *(["'unsafe-inline'"] if has_fragments or fragments else [])])
    own = "" if has_fragments or fragments else _allowed(styles)
    elsewhere = "".join(f" {origin}" for origin in origins)
    return (
        f"default-src 'none'; script-src {sources}; style-src {sources}{own}; img-src 'self' data:{elsewhere}; "
        f"font-src 'self'{elsewhere}; connect-src 'self'; {_ALWAYS}"
    )


def _allowed(styles: Sequence[str]) -> str:
    hashes = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles]
    listed = " ".join(f"'sha256-{one}'" for one in hashes)
    return f"; style-src-attr 'unsafe-hashes' {listed}" if hashes else ""


def _origins(fragment: str) -> list[str]:
    """Where a fragment loads from."""
    found = []
    for link in _LINKS.findall(fragment):
        parts = urlsplit(link)
        if re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc):
            found.append(f"{parts.scheme}://{parts.netloc}")
    return found
