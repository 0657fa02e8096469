"""Whom to trust by TLS."""

import re
from pathlib import Path
from typing import Any, Final

from OpenSSL import SSL
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.python.failure import Failure

_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class BadAuthorities(Exception):
    """A file with authorities that is not in order; the text says why."""


def authorities(path: str | None) -> Any:
    """What vouches for servers: the certificates of a PEM file, or None for what the system trusts.

    :raises BadAuthorities: if it cannot be read or holds none.
    """
    if path is None:
        return None
    try:
        blocks = _CERTIFICATE.findall(Path(path).read_text(encoding="latin-1"))
        certificates = [Certificate.loadPEM(block.encode()) for block in blocks]
    except OSError as error:
        raise BadAuthorities(f"{path}: cannot be read: {error.strerror}") from None
    except Exception:  # OpenSSL and cryptography raise what they like, and say nothing about the file
        certificates = []
    if not certificates:
        raise BadAuthorities(f"{path}: holds no certificate in PEM form")
    return trustRootFromCertificates(certificates)


def options(host: str, trust: Any) -> Any:
    """What begins TLS with a host, which must show a certificate of its own name."""
    return optionsForClientTLS(host, trust)


def trouble(reason: Failure) -> str:
    """What was wrong with TLS where a connection ended for it; "" if it was something else."""
    error = reason.value
    if isinstance(error, SSL.Error):
        reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
        told = "; ".join(str(one[-1]) for one in reasons if one)
        return told or "the connection was broken off"
    if type(error).__module__.startswith("service_identity"):
        return "the certificate is of another name"
    return ""
