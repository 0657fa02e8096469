"""The HTTP source, with a real service on the loopback."""

import json
import os

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, gatherResults
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sdhcp.backends.http import HttpSource, build
from sdhcp.config.settings import SourceSettings
from sdhcp.interfaces import BadReservation, SourceError, SourceLoadError

from .contracts import (
    EXPECTED,
    FIRST,
    HOSTS,
    STRANGER,
    SUBNETS,
    CachedContract,
    SourceContract,
    asked,
    known_by,
    record,
)
from .samples import ip
from .servers.http import Authority, Service, until

SECRETS = ("s3cret-user", "s3cret-pass", "s3cret-header", "s3cret-parameter", "s3cret-path", "s3cret-query")


class Greeter(Protocol):
    """Speaks first, and not HTTP."""

    def connectionMade(self):
        self.transport.write(b"220 mail.example.org ready\r\n\r\n")
        self.transport.loseConnection()


def made(**settings) -> HttpSource:
    """The source of settings, given without their prefix."""
    named = {f"X_HTTPDB_{name}": value for name, value in settings.items()}
    return build(SourceSettings("HTTP", settings=named, folder="."), reactor, reactor.seconds)


class HttpCase(TestCase):
    def service(self, context=None, key="mac"):
        service = Service(key).start(context)
        self.addCleanup(service.stop)
        return service

    def source(self, service, **settings):
        source = made(**{"URI": service.uri, **settings})
        source.start()
        self.addCleanup(source.stop)
        return source

    def known(self, service, hosts=HOSTS, subnets=SUBNETS):
        service.records = {host["mac"]: record(host, subnets) for host in hosts}

    async def refused(self, source, query=None):
        return await self.assertFailure(source.lookup(query or asked()), SourceError)


class ContractTests(SourceContract, HttpCase):
    post = True

    def open(self, subnets, hosts):
        self.store = self.service()
        self.known(self.store, hosts, subnets)
        return made(URI=self.store.uri, POST=self.post)

    def change(self, subnets, hosts):
        self.known(self.store, hosts, subnets)


class GetContractTests(ContractTests):
    post = False


class CachedContractTests(CachedContract, ContractTests):
    pass


class RequestTests(HttpCase):
    async def test_post_sends_json_with_parameters_and_headers(self):
        service = self.service(key="hw")
        self.known(service)
        source = self.source(
            service, PARAMETERS={"site": "north", "tags": ["a", 1]}, PARAMETER_KEY_MAC="hw", HEADERS={"X-Token": "t"}
        )
        self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))
        (request,) = service.asked
        self.assertEqual(request.method, "POST")
        self.assertEqual(request.parameters, {"site": "north", "tags": ["a", 1], "hw": FIRST})
        self.assertEqual(request.header("Content-Type"), ["application/json"])
        self.assertEqual(request.header("X-Token"), ["t"])

    async def test_get_sends_a_query_beside_what_the_address_has(self):
        service = self.service()
        self.known(service)
        uri = f"{service.uri}?version=2&a=b%26c"
        source = self.source(service, URI=uri, POST=False, PARAMETERS={"site": "n&=+% ü", "tags": ["a", 1]})
        self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))
        (request,) = service.asked
        expected = {"version": ["2"], "a": ["b&c"], "site": ["n&=+% ü"], "tags": ["a", "1"], "mac": [FIRST]}
        self.assertEqual((request.method, request.query), ("GET", expected))

    async def test_user_and_password_in_the_address_are_basic_authentication(self):
        service = self.service()
        self.known(service)
        source = self.source(service, URI=service.uri.replace("//", "//me:p%40ss@"))
        await source.lookup(asked())
        self.assertEqual(service.asked[0].header("Authorization"), ["Basic bWU6cEBzcw=="])
        self.assertNotIn("me:", service.asked[0].uri)

    async def test_no_proxy_of_the_environment_is_used(self):
        self.patch(
            os, "environ", {**os.environ, "http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
        )
        service = self.service()
        self.known(service)
        self.assertIsNotNone(await self.source(service).lookup(asked()))

    async def test_connections_are_used_again(self):
        service = self.service()
        self.known(service)
        source = self.source(service)
        for host in HOSTS * 5:
            self.assertIsNotNone(await source.lookup(asked(host["mac"])))
        self.assertEqual((len(service.asked), service.connections), (20, 1))

    async def test_a_connection_that_the_service_has_closed_is_no_fault(self):
        service = self.service()
        self.known(service)
        source = self.source(service)
        await source.lookup(asked())

        def close(request):
            service.behave = None
            return service.cut(request)

        service.behave = close
        self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))
        self.assertEqual(service.connections, 2)

    async def test_as_many_requests_at_a_time_as_are_allowed(self):
        service = self.service()
        service.behave = service.hold
        source = self.source(service, CONCURRENCY_LIMIT=3)
        lookups = [source.lookup(asked(bytes([2, 0, 0, 0, 0, number]))) for number in range(10)]
        waiting = gatherResults(lookups)
        while not waiting.called:
            await until(lambda: service.held or waiting.called)
            service.release()
        self.assertEqual(await waiting, [None] * 10)
        self.assertEqual((service.most, len(service.asked)), (3, 10))
        self.assertLessEqual(service.connections, 3)

    async def test_no_cookie_is_kept(self):
        service = self.service()

        def bake(request):
            request.addCookie("session", "1")
            return b""

        service.behave = bake
        source = self.source(service)
        await source.lookup(asked())
        await source.lookup(asked())
        self.assertIsNone(service.asked[1].header("Cookie"))


class AnswerTests(HttpCase):
    def says(self, answer, **settings):
        service = self.service()
        service.behave = lambda request: answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return self.source(service, **settings)

    async def test_what_is_empty_is_not_known(self):
        for answer in (b"", b" \n", b"null", b"{}", b"[]", b"false", b'""', b"0"):
            self.assertIsNone(await self.says(answer).lookup(asked()), answer)

    async def test_no_content_is_not_known(self):
        service = self.service()
        service.behave = lambda request: request.setResponseCode(204) or b""
        self.assertIsNone(await self.source(service).lookup(asked()))

    async def test_a_list_is_several_definitions(self):
        several = [record(host, SUBNETS) for host in HOSTS[:2]]
        found = await self.says(several).lookup(asked())
        self.assertEqual(found, tuple(EXPECTED[host["mac"]] for host in HOSTS[:2]))

    async def test_lists_of_addresses(self):
        lists = {
            "ip": "10.77.1.50", "subnet": "10.77.1.0/24", "serial": "0", "lease_time": "3600", "hostname": "known",
            "gateway": ["10.77.1.1", "10.77.1.2"], "subnet_mask": "255.255.255.0",
            "broadcast_address": "10.77.1.255", "domain_name": "example.org",
            "domain_name_servers": ["10.77.0.53", "10.77.0.54"], "ntp_servers": ["10.77.0.123"],
        }  # fmt: skip
        self.assertEqual(await self.says(lists).lookup(asked()), EXPECTED[FIRST])

    async def test_defaults_stand_for_what_is_missing_or_empty(self):
        source = self.says(
            {"ip": "10.0.0.5", "subnet": "a", "lease_time": 0, "domain_name_servers": ""},
            DEFAULT_LEASE_TIME=77, DEFAULT_SERIAL=5, DEFAULT_NAME_SERVERS="10.0.0.53, 10.0.0.54",
        )  # fmt: skip
        found = await source.lookup(asked())
        self.assertEqual((found.lease_time, found.serial), (77, 5))
        self.assertEqual(found.domain_name_servers, (ip("10.0.0.53"), ip("10.0.0.54")))
        plain = await self.says({"ip": "10.0.0.5", "subnet": "a", "lease_time": 9}, DEFAULT_LEASE_TIME=77).lookup(
            asked()
        )
        self.assertEqual((plain.lease_time, plain.serial, plain.domain_name_servers), (9, 0, ()))

    async def test_own_fields_are_kept_as_they_came_and_those_that_name_options_count(self):
        extra = {"room": 12, "tags": ["a", "b"], "option-66": "boot", "force-option-150": ["10.0.0.1"], "note": None}
        found = await self.says({**record(HOSTS[0], SUBNETS), "extra": extra}).lookup(asked())
        self.assertEqual(found.extra, extra)
        self.assertEqual((found.options, found.forced), ({66: b"boot", 150: ip("10.0.0.1")}, frozenset({150})))

    async def test_clients_of_one_subnet_share_what_is_encoded_of_it(self):
        service = self.service()
        twin = {**HOSTS[0], "mac": STRANGER, "ip": "10.77.1.99"}
        self.known(service, [HOSTS[0], twin, HOSTS[1]])
        source = self.source(service)
        first, second, other = [await source.lookup(asked(mac)) for mac in (FIRST, STRANGER, HOSTS[1]["mac"])]
        self.assertIs(first.blocks, second.blocks)
        self.assertIsNot(first.blocks, other.blocks)

    async def test_an_entry_that_is_not_in_order_is_named_with_its_field(self):
        good = record(HOSTS[0], SUBNETS)
        for field, value in {
            "ip": None, "subnet": "", "serial": "x", "lease_time": None, "gateway": {"a": 1},
            "subnet_mask": "255.0.255.0", "hostname": "x" * 300, "ntp_servers": 5,
            "domain_name_servers": [["10.0.0.1", 5]],
        }.items():  # fmt: skip
            error = await self.assertFailure(self.says({**good, field: value}).lookup(asked()), BadReservation)
            self.assertIn(f"{FIRST}: {field}: ", str(error))

    async def test_an_answer_that_is_none_costs_its_own_client_alone(self):
        for answer in (
            b"known",
            b"{",
            b'{"ip": ',
            b'"yes"',
            b"5",
            b"[5]",
            b"[[" * 9000,
            b"\xff\xfe\xfd",
            b" " * 70_000 + b"{}",
        ):
            source = self.says(answer)
            error = await self.assertFailure(source.lookup(asked()), BadReservation)
            self.assertIn(FIRST, str(error))
            await source.probe()

    async def test_a_web_page_is_a_fault_of_the_service(self):
        error = await self.refused(self.says(b"<!DOCTYPE html><title>Log in</title>"))
        self.assertNotIsInstance(error, BadReservation)
        self.assertIn("web page", str(error))


class TroubleTests(HttpCase):
    async def test_each_status_is_told_with_what_to_do(self):
        service = self.service()
        source = self.source(service)
        for status, word in {500: "log", 503: "log", 401: "HEADERS", 403: "HEADERS", 405: "POST", 429: "CACHE"}.items():
            service.behave = lambda request, status=status: request.setResponseCode(status) or b"no"
            error = await self.refused(source)
            self.assertIn(str(status), str(error))
            self.assertIn(word, error.advice)
            await self.assertFailure(source.probe(), SourceError)

    async def test_no_redirection_is_followed(self):
        elsewhere = self.service()
        service = self.service()

        def redirect(request):
            request.redirect(elsewhere.uri.encode())
            return b""

        service.behave = redirect
        error = await self.refused(self.source(service))
        self.assertIn("302", str(error))
        self.assertEqual(elsewhere.asked, [])

    async def test_nobody_listens(self):
        service = self.service()
        source = self.source(service)
        await service.port.stopListening()
        self.assertIn("refuses connections", str(await self.refused(source)))

    async def test_an_answer_that_ends_in_the_middle(self):
        service = self.service()

        def half(request):
            request.setHeader("Content-Length", "100")
            request.write(b'{"ip": "10.0.0.1"')
            request.channel.loseConnection()
            return b""

        service.behave = half
        self.assertIn("before its answer was whole", str(await self.refused(self.source(service))))

    async def test_an_answer_without_an_end_is_given_up(self):
        service = self.service()
        service.behave = lambda request: request.write(b"x" * 80_000) or service.hold(request)
        await self.assertFailure(self.source(service).lookup(asked()), BadReservation)
        await until(lambda: service.lost == 1)

    async def test_a_service_that_hangs_is_given_up_and_its_connection_closed(self):
        service = self.service()
        service.behave = service.hold
        error = await self.refused(self.source(service, TIMEOUT=0.1))
        self.assertIn("no answer within 0.1 s", str(error))
        await until(lambda: service.lost == 1)

    async def test_a_service_that_hangs_in_the_middle_of_its_answer(self):
        service = self.service()
        service.behave = lambda request: request.write(b"{") or service.hold(request)
        await self.refused(self.source(service, TIMEOUT=0.1))
        await until(lambda: service.lost == 1)

    async def test_a_lookup_that_is_cancelled_closes_its_connection(self):
        service = self.service()
        service.behave = service.hold
        lookup = self.source(service).lookup(asked())
        await until(lambda: service.held)
        lookup.cancel()
        await self.assertFailure(lookup, CancelledError)
        await until(lambda: service.lost == 1)

    async def test_stopping_ends_what_is_under_way(self):
        service = self.service()
        service.behave = service.hold
        source = self.source(service)
        lookup = source.lookup(asked())
        probe = source.probe()
        await until(lambda: len(service.held) == 2)
        await source.stop()
        await self.assertFailure(lookup, SourceError)
        await self.assertFailure(probe, SourceError, CancelledError)
        await until(lambda: service.lost == 2)

    async def test_what_speaks_no_http(self):
        port = reactor.listenTCP(0, Factory.forProtocol(Greeter), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        source = made(URI=f"http://127.0.0.1:{port.getHost().port}/")
        self.addCleanup(source.stop)
        self.assertIn("understood as HTTP", str(await self.refused(source)))

    async def test_probing_asks_for_a_client_that_nobody_has(self):
        service = self.service()
        self.known(service)
        await self.source(service).probe()
        self.assertEqual(service.asked[0].parameters["mac"], "00:00:00:00:00:00")


class TlsTests(HttpCase):
    def setUp(self):
        self.authority = Authority()

    def file(self, content):
        path = os.path.abspath(self.mktemp())
        with open(path, "w", encoding="ascii") as file:
            file.write(content)
        return path

    def secured(self, **kinds):
        service = self.service(self.authority.context(self.authority.issue(), **kinds))
        self.known(service)
        return service

    async def test_a_service_of_an_authority_that_is_trusted(self):
        service = self.secured()
        others = Authority("others").pem
        source = self.source(service, CA_FILE=self.file(f"# two\n{others}{self.authority.pem}"))
        for host in HOSTS:
            self.assertIsNotNone(await source.lookup(asked(host["mac"])))
        self.assertEqual(service.connections, 1)

    async def test_a_service_of_another_authority(self):
        service = self.secured()
        for settings in ({}, {"CA_FILE": self.file(Authority().pem)}):
            error = await self.refused(self.source(service, **settings))
            self.assertIn("authority", str(error))
            self.assertIn("CA_FILE", error.advice)
        self.assertEqual(service.asked, [])

    async def test_a_certificate_for_another_name(self):
        service = self.service(self.authority.context(self.authority.issue("192.0.2.1")))
        error = await self.refused(self.source(service, CA_FILE=self.file(self.authority.pem)))
        self.assertIn("another name", str(error))
        self.assertEqual(service.asked, [])

    async def test_a_service_that_wants_a_certificate(self):
        service = self.secured(of_clients=self.authority)
        authorities = self.file(self.authority.pem)
        certificate = self.file(self.authority.issue("192.0.2.9"))
        source = self.source(service, CA_FILE=authorities, CLIENT_CERTIFICATE=certificate)
        self.assertEqual((await source.lookup(asked())).ip, ip("10.77.1.50"))
        error = await self.refused(self.source(service, CA_FILE=authorities))
        self.assertIn("certificate", str(error))

    async def test_a_service_without_tls(self):
        port = reactor.listenTCP(0, Factory.forProtocol(Greeter), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        source = made(URI=f"https://127.0.0.1:{port.getHost().port}/")
        self.addCleanup(source.stop)
        self.assertIn("TLS", str(await self.refused(source)))


class SettingsTests(SynchronousTestCase):
    def problems(self, **settings):
        return self.assertRaises(SourceLoadError, made, **{"URI": "http://127.0.0.1/", **settings}).problems

    def test_all_faults_are_told_at_once_by_name(self):
        problems = self.problems(
            URI="ftp://x", HEADERS=5, PARAMETERS={"a": object()}, PARAMETER_KEY_MAC=5, POST="yes", CONCURRENCY_LIMIT=-1,
            TIMEOUT=60, CA_FILE="/nowhere", CLIENT_CERTIFICATE=__file__, DEFAULT_LEASE_TIME="x",
            DEFAULT_NAME_SERVERS="x", DEFAULT_SERIAL=-1, PARAMETER=1,
        )  # fmt: skip
        self.assertEqual(len(problems), 13)
        for problem in problems:
            self.assertRegex(problem, r"^X_HTTPDB_[A-Z_]+: .+, expected .+")

    def test_what_cannot_be_is_told(self):
        for settings in (
            {"URI": None}, {"URI": "http://"}, {"URI": "http://a:x/"}, {"URI": "http://a b/"}, {"URI": "http://bücher/"},
            {"HEADERS": {"a\n": "x"}}, {"HEADERS": {"a": "x\r\ny: z"}}, {"PARAMETERS": {5: 1}},
            {"POST": False, "PARAMETERS": {"a": {}}}, {"CA_FILE": __file__}, {"TIMEOUT": True}, {"URI": 5},
        ):  # fmt: skip
            self.assertEqual(len(self.problems(**settings)), 1, settings)

    def test_a_key_with_a_passphrase_is_refused_without_asking_for_it(self):
        path = self.mktemp()
        with open(path, "w", encoding="ascii") as file:
            file.write("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n")
        (problem,) = self.problems(URI="https://127.0.0.1/", CLIENT_CERTIFICATE=path)
        self.assertIn("passphrase", problem)

    def test_an_authority_for_a_service_without_tls_is_told(self):
        path = self.mktemp()
        with open(path, "w", encoding="ascii") as file:
            file.write(Authority().pem)
        (problem,) = self.problems(CA_FILE=path)
        self.assertIn("https", problem)


class SecretTests(HttpCase):
    def with_secrets(self, service, **settings):
        uri = f"{service.scheme}://s3cret-user:s3cret-pass@{service.uri.partition('//')[2]}/s3cret-path?a=s3cret-query"
        headers = {"Authorization": "Bearer s3cret-header"}
        return self.source(
            service, **{"URI": uri, "HEADERS": headers, "PARAMETERS": {"token": "s3cret-parameter"}, **settings}
        )

    async def test_nothing_that_is_told_has_one(self):
        service = self.service()
        told = []
        for post in (True, False):
            source = self.with_secrets(service, TIMEOUT=0.1, POST=post)
            told += [repr(source), str(source), repr(source._settings)]
            for behave in (
                lambda request: request.setResponseCode(500) or b"",
                lambda request: request.setResponseCode(401) or b"",
                lambda request: request.redirect(request.uri) or b"",
                service.cut,
                lambda request: b"{",
                lambda request: b"<html>",
                service.hold,
            ):
                service.behave = behave
                error = await self.refused(source, known_by(FIRST))
                told += [str(error), error.advice, repr(error), repr(error.__cause__)]
        await service.port.stopListening()
        for uri in ("http://s3cret-user:s3cret-pass@a b/", ["s3cret-path"]):
            settings = {"URI": uri, "HEADERS": {"a": "s3cret-header\n"}, "PARAMETERS": "s3cret-parameter"}
            error = self.assertRaises(SourceLoadError, made, **settings)
            told += [str(error), repr(error)]
        for secret in SECRETS:
            self.assertNotIn(secret, " ".join(told))
        self.assertEqual(self.flushLoggedErrors(), [])
