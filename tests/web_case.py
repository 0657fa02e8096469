"""The web console over loopback, in this process, asked by a client in threads of its own."""

import hashlib
import http.client
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import ClassVar, NamedTuple
from xml.etree import ElementTree

from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred, succeed
from twisted.internet.threads import deferToThread
from twisted.logger import Logger, LogPublisher
from twisted.trial.unittest import TestCase

from sdhcp.config.difference import Outcome
from sdhcp.engine.addresses import Addresses
from sdhcp.leases.memory import MemoryLeases
from sdhcp.publisher import Publisher
from sdhcp.scripting.site import site_of
from sdhcp.stats import Counters
from sdhcp.web.console import Console
from sdhcp.web.facts import PoolFacts, ServerFacts, SourceFacts
from sdhcp.web.log_lines import LogLines

from .samples import ip
from .site_case import SiteCase

NAME, PASSWORD = "admin", "correct horse"
WITH_PASSWORD = f'WEB_DIGEST_USERNAME = "{NAME}"\nWEB_DIGEST_PASSWORD = "{PASSWORD}"\nWEB_IP = "127.0.0.1"\n'
XHTML = "{http://www.w3.org/1999/xhtml}"
NOW = 1_700_000_000.0


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    challenges: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.body.decode()

    def page(self) -> ElementTree.Element:
        """The page, which has to be well-formed, and said to be XHTML."""
        if not self.headers["content-type"].startswith("application/xhtml+xml"):
            raise AssertionError(self.headers)
        return ElementTree.fromstring(self.body)

    def headings(self) -> list[str]:
        """The headings of elements, from top to bottom."""
        return ["".join(one.itertext()) for one in self.page().iter(f"{XHTML}h1") if one.get("class") == "element"]

    def links(self) -> dict[str, str]:
        """Where the links of the page lead, by what they are called."""
        return {"".join(one.itertext()): one.get("href", "") for one in self.page().iter(f"{XHTML}a")}


class WebCase(SiteCase, TestCase):
    """Serves the console of a conf.py.

    ``clock.now`` is what the server goes by; ``store`` and ``addresses`` are one pool, ``guests``; ``problem`` is what
    is wrong with the source; ``reloads`` how often it was read anew. ``known`` is who knows the clients,
    ``blocks`` who is not heard.
    """

    timeout = 60
    pool = "guests"
    explain = None
    known = None
    blocks: ClassVar[dict] = {}

    def serve(self, conf: str = "", begin=lambda: None) -> None:
        """Start; ``begin`` is called before ``init()`` of conf.py."""
        module = self.load(conf)
        self.clock = SimpleNamespace(now=1000.0)
        self.problem, self.serving, self.reloads = "", True, 0
        self.told: list[tuple[str, str]] = []
        self.store, self.addresses = MemoryLeases(), Addresses("guests", [(0x0A000001, 0x0A000FFF)])
        self.counters = Counters()
        configuration = replace(self.configuration, web=replace(self.configuration.web, port=0))
        self.lines = LogLines(configuration.web, configuration.process.debug)
        self.log = Logger("sdhcp", observer=LogPublisher(self.lines))
        self.site = site_of(module)
        facts = ServerFacts(
            configuration=configuration,
            counters=self.counters,
            is_serving=lambda: self.serving,
            sources=lambda: [SourceFacts("hosts", "source", self.problem, (("clients kept", "5"),))],
            reload=self.reload,
            clock=lambda: self.clock.now,
            wall=lambda: NOW + self.clock.now,
            pools=lambda: [PoolFacts(self.pool, self.addresses, self.store)],
            explain=self.explain,
            known=self.known,
            block_of=self.blocks.get,
        )
        self.console = Console(facts, self.site, self.lines, reactor, self.log, lambda *line: self.told.append(line))
        self.publisher = Publisher(lambda: self.clock.now)
        for observer in (self.counters, *self.console.observers):
            self.publisher.add(observer)
        self.console.register()
        begin()
        getattr(module, "init", lambda: None)()
        self.console.open()
        self.addCleanup(self.console.stop)
        self.console.start()

    def reload(self):
        self.reloads += 1
        return succeed(Outcome())

    @property
    def port(self) -> int:
        return self.console.ports()[0].port

    def ask(self, path: str, method: str = "GET", headers=None, body=None):
        """Fires with the :class:`Answer`."""
        return deferToThread(self.asked, path, method, headers or {}, body)

    def asked(self, path: str, method: str = "GET", headers=None, body=None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            challenges = tuple(answer.headers.get_all("www-authenticate") or ())
            return Answer(answer.status, fields, answer.read(), challenges)
        finally:
            connection.close()

    async def as_admin(self, path: str, method: str = "GET", headers=None, body=None, **changes) -> Answer:
        """The answer to who knows the password, and is challenged first."""
        challenge = (await self.ask(path, method, headers, body)).challenges[0]
        login = authorization(challenge, path, method, **changes)
        return await self.ask(path, method, {**(headers or {}), "Authorization": login}, body)

    def lend(self, number: int, hostname: str = "", until: float = 3600.0):
        """Lend 10.0.0.number to a client."""
        from sdhcp.model import Holder

        mac = bytes([2, 0, 0x5E, 0, number >> 8, number & 255])
        now = NOW + self.clock.now
        holder = Holder(mac.hex(":"), mac, hostname)
        return maybeDeferred(
            self.store.bind, self.addresses, holder, ip(f"10.0.{number >> 8}.{number & 255}"), now, now + until
        )


def fields_of(challenge: str) -> dict[str, str]:
    """The fields of a challenge."""
    return {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', challenge)}


def authorization(
    challenge: str,
    uri: str,
    /,
    method: str = "GET",
    count: int = 1,
    name: str = NAME,
    password: str = PASSWORD,
    **changes,
) -> str:
    """What a client answers to a challenge, by RFC 7616 section 3.4."""
    given = fields_of(challenge)
    algorithm = given["algorithm"]

    def hashed(text: str) -> str:
        return hashlib.new({"MD5": "md5", "SHA-256": "sha256"}[algorithm], text.encode()).hexdigest()

    nonce, cnonce, nc = given["nonce"], "0a4f113b", f"{count:08x}"
    secret, asked = hashed(f"{name}:{given['realm']}:{password}"), hashed(f"{method}:{uri}")
    fields = {
        "username": f'"{name}"', "realm": f'"{given["realm"]}"', "nonce": f'"{nonce}"', "uri": f'"{uri}"',
        "algorithm": algorithm, "opaque": f'"{given["opaque"]}"', "qop": "auth", "nc": nc, "cnonce": f'"{cnonce}"',
        "response": f'"{hashed(f"{secret}:{nonce}:{nc}:{cnonce}:auth:{asked}")}"',
    }  # fmt: skip
    if changes.get("qop", "") is None:
        fields["response"] = f'"{hashed(f"{secret}:{nonce}:{asked}")}"'
        changes |= {"nc": None, "cnonce": None}
    fields |= changes
    return "Digest " + ", ".join(f"{name}={value}" for name, value in fields.items() if value is not None)
