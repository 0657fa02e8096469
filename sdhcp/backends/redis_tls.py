"""TLS towards Redis: which certificates are trusted, and which is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from OpenSSL import SSL, crypto
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    KeyPair,
    PrivateCertificate,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)

_PEM_END: Final = "-----END CERTIFICATE-----"
_VERSIONS: Final = {"TLSv1_2": TLSVersion.TLSv1_2, "TLSv1_3": TLSVersion.TLSv1_3}
_REQUIRED: Final = ("required", "optional")


@dataclass(frozen=True)
class Tls:
    """How a TLS connection is begun. ``verify`` is whether the server's certificate must be one that is trusted,
    ``check_name`` whether it must be that of the host."""

    verify: bool = True
    check_name: bool = True
    trust: Any = field(default=None, repr=False)
    own: PrivateCertificate | None = field(default=None, repr=False)
    least: Any = None

    def options(self, host: str) -> Any:
        """What a transport's ``startTLS`` wants for a connection to a host."""
        further = {} if self.least is None else {"raiseMinimumTo": self.least}
        trust = self.trust or platformTrust()
        if self.verify and self.check_name:
            return optionsForClientTLS(
                host, trustRoot=trust, clientCertificate=self.own, extraCertificateOptions=further
            )
        own = {}
        if self.own is not None:
            own = {"privateKey": self.own.privateKey.original, "certificate": self.own.original}
        return CertificateOptions(trustRoot=trust if self.verify else None, **own, **further)


def read_tls(arguments: dict[str, Any], fault: Callable[[str, str], None]) -> Tls | None:
    """Take redis-py's arguments about TLS out of a dictionary; None without ``ssl``.

    :param fault: is told the argument and what is wrong with it.
    """
    names = (
        "ssl", "ssl_ca_certs", "ssl_ca_data", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_password",
        "ssl_cert_reqs", "ssl_check_hostname", "ssl_min_version", "ssl_ciphers",
    )  # fmt: skip
    given = {name: arguments.pop(name) for name in names if name in arguments}
    if not given.get("ssl"):
        return None
    for name in ("ssl_ca_path", "ssl_ciphers"):
        if given.get(name):
            fault(name, "cannot be used here; expected ssl_ca_certs" if name == "ssl_ca_path" else "cannot be set here")
    wanted: Any = given.get("ssl_cert_reqs", "required")
    wanted = {0: "none", 1: "optional", 2: "required"}.get(wanted, wanted)
    if wanted not in (*_REQUIRED, "none"):
        fault("ssl_cert_reqs", 'expected "required" or "none"')
    version: Any = getattr(given.get("ssl_min_version"), "name", given.get("ssl_min_version"))
    if version is not None and version not in _VERSIONS:
        fault("ssl_min_version", "expected ssl.TLSVersion.TLSv1_2 or TLSv1_3")
    return Tls(
        verify=wanted != "none",
        check_name=bool(given.get("ssl_check_hostname", True)),
        trust=_trust(given, fault),
        own=_own(given, fault),
        least=_VERSIONS.get(version),
    )


def _trust(given: dict[str, Any], fault: Callable[[str, str], None]) -> Any:
    text = str(given.get("ssl_ca_data") or "")
    name = "ssl_ca_data"
    if given.get("ssl_ca_certs"):
        name = "ssl_ca_certs"
        text = _read(name, given[name], fault)
    pieces = [piece[piece.find("-----BEGIN") :] for piece in text.split(_PEM_END) if "-----BEGIN" in piece]
    try:
        certificates = [Certificate.loadPEM(f"{piece}{_PEM_END}\n".encode()) for piece in pieces]
    except (crypto.Error, ValueError):
        fault(name, "holds something that is no certificate in PEM form")
        return None
    if text and not certificates:
        fault(name, "holds no certificate in PEM form")
    return trustRootFromCertificates(certificates) if certificates else None


def _own(given: dict[str, Any], fault: Callable[[str, str], None]) -> PrivateCertificate | None:
    path = given.get("ssl_certfile")
    if not path:
        if given.get("ssl_keyfile"):
            fault("ssl_keyfile", "there is no ssl_certfile for it")
        return None
    certificate = _read("ssl_certfile", path, fault)
    key = _read("ssl_keyfile", given["ssl_keyfile"], fault) if given.get("ssl_keyfile") else certificate
    password = given.get("ssl_password") or ""
    if not certificate or not key:
        return None
    try:
        secret = password if isinstance(password, bytes) else str(password).encode()
        pair = KeyPair(crypto.load_privatekey(crypto.FILETYPE_PEM, key.encode(), secret))
        own: PrivateCertificate = PrivateCertificate.fromCertificateAndKeyPair(
            Certificate.loadPEM(certificate.encode()), pair
        )
        CertificateOptions(privateKey=pair.original, certificate=own.original).getContext()
    except (crypto.Error, SSL.Error, ValueError, TypeError):
        fault(
            "ssl_certfile", "with ssl_keyfile is no certificate and its key in PEM form, or wants another ssl_password"
        )
        return None
    return own


def _read(name: str, path: Any, fault: Callable[[str, str], None]) -> str:
    try:
        return Path(path).read_text(encoding="latin-1")
    except (OSError, TypeError, ValueError) as error:
        fault(name, f"cannot be read: {getattr(error, 'strerror', None) or 'no path'}")
        return ""
