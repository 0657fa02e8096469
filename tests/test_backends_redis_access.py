"""Who may ask Redis, over which ways, and what conf.py says about it."""

import socket

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from sdhcp.backends.redis import build
from sdhcp.config.settings import SourceSettings
from sdhcp.interfaces import SourceError, SourceLoadError

from .contracts import HOSTS, SUBNETS, asked
from .redis_case import RedisCase, hashes, source_of
from .samples import ip
from .servers.certificates import Certificates
from .servers.processes import free_port
from .servers.redis import RedisServer

SECRET = "s3cret-of-redis"
USERS = (
    f"user reader on >{SECRET} ~* &* +hgetall +client|id +client|tracking +subscribe +ping",
    f"user stranger on >{SECRET} ~* +ping",
    f"user narrow on >{SECRET} ~02:* ~*|* +hgetall",
    f"user default on >{SECRET} ~* &* +@all",
)


class AccessCase(RedisCase):
    async def failure(self, source):
        """What a lookup and a probe fail with; no secret in it, nor in anything else that may be shown."""
        self.started(source)
        errors = [await self.assertFailure(source.lookup(asked()), SourceError)]
        errors.append(await self.assertFailure(source.probe(), SourceError))
        for error in errors:
            self.assertNotIn(SECRET, f"{error!r} {error} {error.advice} {error.__dict__}")
        self.assertTrue(errors[0].advice)
        self.assertEqual(str(errors[0]), str(errors[1]))
        self.assertNotIn(SECRET, f"{source!r} {vars(source)!r}")
        return f"{errors[0]}; {errors[0].advice}"

    async def known(self, source):
        self.started(source)
        await source.probe()
        return (await source.lookup(asked())).ip


class PasswordTests(AccessCase):
    def setUp(self):
        self.server = LockedServer.shared()
        self.fill(SUBNETS, HOSTS)

    def fill(self, subnets, hosts):
        self.server.do(("AUTH", SECRET), ("FLUSHALL",), *hashes(subnets, hosts))

    async def test_with_the_password(self):
        for server in ({}, {"host": "127.0.0.1", "port": self.server.port}):
            self.assertEqual(await self.known(source_of(self.server, password=SECRET, **server)), ip("10.77.1.50"))
            self.assertEqual(await self.known(source_of(self.server, password=SECRET.encode())), ip("10.77.1.50"))

    async def test_a_user_that_may_do_what_is_wanted(self):
        source = source_of(self.server, username="reader", password=SECRET)
        self.assertEqual(await self.known(source), ip("10.77.1.50"))
        self.assertEqual(tuple(source.warnings), ())

    async def test_a_user_that_may_see_clients_alone(self):
        source = source_of(self.server, username="narrow", password=SECRET)
        self.assertEqual(await self.known(source), ip("10.77.1.50"))

    async def test_without_a_password(self):
        self.assertIn("password", await self.failure(source_of(self.server)))

    async def test_with_another_password(self):
        for more in ({}, {"username": "reader"}, {"username": "nobody"}):
            wrong = source_of(self.server, password=f"{SECRET}-not", **more)
            self.assertIn("does not take the user or the password", await self.failure(wrong))

    async def test_a_user_that_may_not_ask(self):
        text = await self.failure(source_of(self.server, username="stranger", password=SECRET))
        self.assertIn("does not allow HGETALL", text)
        self.assertIn("+hgetall", text)

    async def test_a_server_that_has_no_users_does_not_repeat_the_password(self):
        server = self.own_server('rename-command AUTH ""')
        await self.failure(source_of(server, password=SECRET))

    async def test_a_server_without_a_password(self):
        server = self.own_server()
        self.assertIn("has no password", await self.failure(source_of(server, password=SECRET)))

    async def test_a_database_that_is_not_there(self):
        text = await self.failure(source_of(self.server, password=SECRET, db=99))
        self.assertIn("no such database", text)


class LockedServer(RedisServer):
    """A server with users."""

    def __init__(self):
        super().__init__(*USERS)


class PlaceTests(AccessCase):
    async def test_nobody_there(self):
        source = source_of(self.server, host="127.0.0.1", port=free_port(), password=SECRET)
        self.assertIn("refuses connections", await self.failure(source))
        missing = source_of(self.server, unix_socket_path="/nowhere/redis.sock")
        self.assertIn("/nowhere/redis.sock", await self.failure(missing))

    async def test_a_name_that_is_no_host(self):
        self.assertIn("no such host", await self.failure(source_of(self.server, host="redis.invalid")))

    async def test_a_host_by_its_name(self):
        self.fill(SUBNETS, HOSTS)
        source = source_of(self.server, host="localhost", port=self.server.port, socket_keepalive=True)
        self.assertEqual(await self.known(source), ip("10.77.1.50"))

    async def test_somebody_who_never_speaks(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            place = {"host": "127.0.0.1", "port": silent.getsockname()[1], "socket_timeout": 0.3}
            text = await self.failure(source_of(self.server, password=SECRET, **place))
        self.assertIn("has not answered within 0.3 s", text)


class TlsTests(AccessCase):
    def setUp(self):
        super().setUp()
        self.certificates = made = Certificates.shared()
        port = free_port()
        server = self.own_server(
            f"tls-port {port}",
            f"tls-cert-file {made.server_certificate}",
            f"tls-key-file {made.server_key}",
            f"tls-ca-cert-file {made.authority}",
        )
        server.do(*hashes(SUBNETS, HOSTS))
        self.place = {"host": "localhost", "port": port, "ssl": True}
        self.own = {"ssl_certfile": made.client_certificate, "ssl_keyfile": made.client_key}

    async def test_certificates_of_both_are_seen(self):
        source = source_of(None, ssl_ca_certs=self.certificates.authority, **self.own, **self.place)
        self.assertEqual(await self.known(source), ip("10.77.1.50"))

    async def test_changes_are_heard(self):
        source = source_of(None, ssl_ca_certs=self.certificates.authority, **self.own, **self.place)
        cached = self.cached(source)
        await cached.lookup(asked())
        source.hear()
        self.assertIsNotNone(await cached.lookup(asked()))

    async def test_a_server_that_is_not_trusted(self):
        text = await self.failure(source_of(None, **self.own, **self.place))
        self.assertIn("certificate verify failed", text)
        unverified = source_of(None, ssl_cert_reqs="none", **self.own, **self.place)
        self.assertEqual(await self.known(unverified), ip("10.77.1.50"))

    async def test_a_certificate_of_another_host(self):
        other = {**self.place, "host": "127.0.0.1", "ssl_ca_certs": self.certificates.authority, **self.own}
        self.assertIn("another host", await self.failure(source_of(None, **other)))
        self.assertEqual(await self.known(source_of(None, ssl_check_hostname=False, **other)), ip("10.77.1.50"))

    async def test_a_client_without_a_certificate(self):
        source = source_of(None, ssl_ca_certs=self.certificates.authority, **self.place)
        self.assertIn("Redis at localhost", await self.failure(source))

    async def test_a_server_without_tls(self):
        source = source_of(None, ssl=True, socket_timeout=0.3, host="127.0.0.1", port=self.server.port)
        self.assertIn("TLS", await self.failure(source))


class SettingsTests(SynchronousTestCase):
    def build(self, **held):
        return build(SourceSettings("Redis", settings=held), reactor, reactor.seconds)

    def faults(self, **held):
        error = self.assertRaises(SourceLoadError, self.build, **held)
        self.assertNotIn(SECRET, str(error))
        return error.problems

    def test_what_is_wrong_is_named_and_never_shown(self):
        for name, value in (
            ("host", 5),
            ("port", "many"),
            ("port", 70_000),
            ("db", -1),
            ("password", 7),
            ("username", SECRET),
            ("socket_timeout", "soon"),
            ("max_connections", 0),
            ("hots", SECRET),
            ("passwrod", SECRET),
        ):
            (fault,) = self.faults(X_REDISDB_KWARGS={name: value})
            self.assertIn(f'X_REDISDB_KWARGS: "{name}"', fault)

    def test_all_that_is_wrong_is_named_at_once(self):
        faults = self.faults(X_REDISDB_KWARGS={"port": -1, "db": "x"}, X_REDISDB_CONCURRENCY_LIMIT="many")
        self.assertEqual(len(faults), 3)
        self.faults(X_REDISDB_KWARGS=f"redis://:{SECRET}@localhost")

    def test_arguments_that_mean_nothing_here_are_told(self):
        source = self.build(X_REDISDB_KWARGS={"decode_responses": True, "retry_on_timeout": True, "port": 6379})
        self.assertEqual(len(source.warnings), 2)
        self.assertIn('"decode_responses"', source.warnings[0])

    def test_tls_that_cannot_be_read(self):
        for name, value in (
            ("ssl_ca_certs", "/nowhere/ca.pem"),
            ("ssl_ca_certs", __file__),
            ("ssl_certfile", __file__),
            ("ssl_keyfile", "/nowhere/key.pem"),
            ("ssl_cert_reqs", "perhaps"),
            ("ssl_min_version", "TLSv1"),
            ("ssl_ca_path", "/etc/ssl/certs"),
            ("ssl_ciphers", "NULL"),
        ):
            (fault,) = self.faults(X_REDISDB_KWARGS={"ssl": True, name: value})
            self.assertIn(f'"{name}"', fault)

    def test_sentinels_and_their_master_go_together(self):
        for held in (
            {"X_REDISDB_SENTINELS": [("a", 26379)]},
            {"X_REDISDB_SENTINEL_SERVICE": "clients"},
            {"X_REDISDB_SENTINELS": "a:26379", "X_REDISDB_SENTINEL_SERVICE": "clients"},
            {"X_REDISDB_SENTINELS": [("a", "x")], "X_REDISDB_SENTINEL_SERVICE": "clients"},
            {"X_REDISDB_SENTINELS": ["a"], "X_REDISDB_SENTINEL_SERVICE": "clients"},
            {
                "X_REDISDB_SENTINELS": [("a", 1), ("b", 2)],
                "X_REDISDB_SENTINEL_SERVICE": "clients",
                "X_REDISDB_SENTINEL_KWARGS": {"passwd": SECRET},
            },
        ):
            self.assertTrue(all("SENTINEL" in fault for fault in self.faults(**held)))

    def test_an_empty_configuration_is_the_local_server(self):
        self.assertEqual(self.build().name, "Redis")
        self.build(X_REDISDB_KWARGS=None, X_REDISDB_CONCURRENCY_LIMIT=2**31 - 1)
