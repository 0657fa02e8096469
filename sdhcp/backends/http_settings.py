"""What conf.py says about the HTTP source, in the names that begin with X_HTTPDB_; checked whole, and discreetly."""

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit, urlunsplit

from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import Certificate, PrivateCertificate, optionsForClientTLS, trustRootFromCertificates

from ..config.settings import SourceSettings
from ..config.values import Unfit, boolean, off, text, whole
from ..interfaces import SourceLoadError
from .paths import find
from .probes import DEADLINE
from .records import Records
from .reservation import INFINITE, BadField

PREFIX: Final = "X_HTTPDB_"
CONCURRENCY: Final = 16
"""Requests at a time."""
_NAMES: Final = (
    "URI", "HEADERS", "PARAMETERS", "PARAMETER_KEY_MAC", "POST", "CONCURRENCY_LIMIT", "TIMEOUT", "CA_FILE",
    "CLIENT_CERTIFICATE", "DEFAULT_NAME_SERVERS", "DEFAULT_LEASE_TIME", "DEFAULT_SERIAL",
)  # fmt: skip
_NEAR: Final = 0.86
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_URI: Final = 'such as "https://inventory.example.org/dhcp"'


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How a service is asked. What may hold a secret is in no text that is made of this.

    ``uri`` is without user and password, which are ``login``; ``place`` is the part of it that may be told.
    ``headers`` are (name, value); ``parameters`` go with every request, beside the client under ``key``.
    ``timeout`` is seconds. ``tls`` is None for plain HTTP.
    """

    uri: str = field(repr=False)
    place: str
    login: tuple[str, str] | None = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    parameters: Mapping[str, Any] = field(repr=False)
    key: str
    post: bool
    concurrency: int
    timeout: float
    tls: IOpenSSLClientConnectionCreator | None = field(repr=False)
    defaults: Mapping[str, Any]


def read(settings: SourceSettings) -> HttpSettings:
    """The settings of a configuration.

    :raises SourceLoadError: with one line for each that is not in order.
    """
    return _Reading(settings).read()


class _Reading:
    def __init__(self, settings: SourceSettings) -> None:
        self._given = {
            name.removeprefix(PREFIX): value for name, value in settings.settings.items() if name.startswith(PREFIX)
        }
        self._folder = settings.folder
        self._problems: list[str] = []

    def read(self) -> HttpSettings:
        for name in self._given:
            near = difflib.get_close_matches(name, _NAMES, 1, _NEAR) if name not in _NAMES else ()
            if near:
                self._problems.append(f"{PREFIX}{name}: no such setting, expected perhaps {PREFIX}{near[0]}")
        uri = self._value("URI", _uri, None)
        if uri is None and not self._problems:
            self._problems.append(f"{PREFIX}URI: not set, expected where the service is, {_URI}")
        post = self._value("POST", boolean, True)
        key = self._value("PARAMETER_KEY_MAC", text, "mac")
        parameters = self._value("PARAMETERS", _parameters if post else _query, {})
        defaults = {
            "domain_name_servers": self._value("DEFAULT_NAME_SERVERS", _name_servers, None),
            "lease_time": self._value("DEFAULT_LEASE_TIME", whole(1, INFINITE), None),
            "serial": self._value("DEFAULT_SERIAL", whole(0, INFINITE), 0),
        }
        headers = self._value("HEADERS", _headers, ())
        concurrency = self._value("CONCURRENCY_LIMIT", _limit, CONCURRENCY)
        timeout = self._value("TIMEOUT", _timeout, DEADLINE)
        authorities = self._value("CA_FILE", self._authorities, None)
        certificate = self._value("CLIENT_CERTIFICATE", self._certificate, None)
        if self._problems or uri is None:
            raise SourceLoadError(self._problems)
        whole_uri, place, login = uri
        host = urlsplit(whole_uri).hostname or ""
        tls = None
        if whole_uri.startswith("https:"):
            trusted = trustRootFromCertificates(authorities) if authorities else None
            tls = optionsForClientTLS(host, trusted, certificate)
        elif authorities or certificate:
            name = "CA_FILE" if authorities else "CLIENT_CERTIFICATE"
            raise SourceLoadError([f"{PREFIX}{name}: set, but {place} is without TLS, expected an https address"])
        return HttpSettings(
            whole_uri, place, login, headers, parameters, key, post, concurrency, timeout, tls, defaults
        )

    def _value(self, name: str, check: Callable[[Any], Any], default: Any) -> Any:
        value = self._given.get(name)
        if value is None or (value is not False and off(value)):
            return default
        try:
            return check(value)
        except Unfit as error:
            self._problems.append(f"{PREFIX}{name}: {error.told(_shown)}, expected {error.expected}")
            return default

    def _authorities(self, value: Any) -> list[Certificate]:
        expected = "a PEM file with the certificates of the authorities to trust"
        blocks = _CERTIFICATE.findall(self._pem(value, expected))
        try:
            found = [Certificate.loadPEM(block) for block in blocks]
        except Exception:  # OpenSSL and cryptography raise what they like, and say nothing about the file
            found = []
        if not found:
            raise Unfit(f"{value}: holds no certificates", expected)
        return found

    def _certificate(self, value: Any) -> PrivateCertificate:
        expected = "a PEM file with a certificate and its key, without a passphrase"
        content = self._pem(value, expected)
        # OpenSSL would ask for the passphrase on the terminal.
        if "ENCRYPTED" not in content:
            try:
                certificate: PrivateCertificate = PrivateCertificate.loadPEM(content)
                return certificate
            except Exception:  # as above; what it says may hold parts of the key  # noqa: S110
                pass
        raise Unfit(f"{value}: holds no certificate with its key", expected)

    def _pem(self, value: Any, expected: str) -> str:
        path = find(text(value), self._folder)
        try:
            return Path(path).read_text(encoding="ascii")
        except OSError as error:
            raise Unfit(f"{path}: cannot be read: {error.strerror}", expected) from None
        except ValueError:
            raise Unfit(f"{path}: is no PEM file", expected) from None


def _shown(value: Any) -> str:
    """A number as it is; of all else, in which a password may stand, only the type."""
    return repr(value) if type(value) in (bool, int, float) else f"a value of type {type(value).__name__}"


def _uri(value: Any) -> tuple[str, str, tuple[str, str] | None]:
    given = text(value).strip()
    try:
        parts = urlsplit(given)
        host, port = parts.hostname or "", parts.port
        host.encode("ascii")
    except ValueError:
        raise Unfit("is no address of a service", f"one {_URI}, in ASCII", value) from None
    if parts.scheme not in ("http", "https") or not host or any(character.isspace() for character in given):
        raise Unfit("is no address of a service", f"one {_URI}", value)
    netloc = f"[{host}]" if ":" in host else host
    netloc += f":{port}" if port else ""
    login = (unquote(parts.username or ""), unquote(parts.password or "")) if "@" in parts.netloc else None
    whole_uri = urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))
    return whole_uri, f"{parts.scheme}://{netloc}", login


def _headers(value: Any) -> tuple[tuple[str, str], ...]:
    expected = 'a dict of text, such as {"Authorization": "Bearer ..."}'
    if not isinstance(value, Mapping):
        raise Unfit("is no dict", expected, value)
    headers = []
    for name, content in value.items():
        if not isinstance(name, str) or not _TOKEN.match(name):
            raise Unfit("holds a name that no header can have", expected)
        for one in content if isinstance(content, list | tuple) else [content]:
            if not isinstance(one, str) or any(character in one for character in "\r\n\0"):
                raise Unfit(f"{name}: is no text of one line", expected)
            headers.append((name, one))
    return tuple(headers)


def _parameters(value: Any) -> Mapping[str, Any]:
    expected = "a dict of values that JSON has"
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise Unfit("is no dict with names that are text", expected, value)
    try:
        json.dumps(dict(value))
    except (TypeError, ValueError, RecursionError):
        raise Unfit("holds a value that JSON does not have", expected) from None
    return dict(value)


def _query(value: Any) -> Mapping[str, Sequence[str]]:
    expected = "a dict of text and numbers, and lists of these"
    parameters: dict[str, Sequence[str]] = {}
    for name, content in _parameters(value).items():
        several = content if isinstance(content, list | tuple) else [content]
        if not all(isinstance(one, str | int | float) for one in several):
            raise Unfit(f"{name}: is nothing that stands in a query", expected)
        parameters[name] = [str(one) for one in several]
    return parameters


def _name_servers(value: Any) -> Any:
    try:
        record = {"ip": "192.0.2.1", "subnet": "any", "lease_time": 1, "domain_name_servers": value}
        Records().definition(record)
    except BadField:
        raise Unfit("is no address", "addresses with commas between, or a list of them", value) from None
    return value


def _limit(value: Any) -> int:
    # staticDHCPd took any number, and a large one for no limit.
    return min(whole(1, 2**31)(value), 256)


def _timeout(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= DEADLINE:
        raise Unfit("is no time", f"a number of seconds up to {DEADLINE:.0f}, after which lookups are given up", value)
    return float(value)
