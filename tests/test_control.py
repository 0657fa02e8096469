"""The socket by which a running server is told to do things."""

import json
import os
import socket
import stat
from pathlib import Path
from threading import get_ident

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from sdhcp import control
from sdhcp.control import ControlService, NobodyListens, Refusal, ask
from sdhcp.engine.addresses import Addresses
from sdhcp.interfaces import SourceError
from sdhcp.lease_commands import lease_commands
from sdhcp.leases.memory import MemoryLeases
from sdhcp.model import LeaseState

from .lease_contract import holder
from .samples import ip

NOW = 1_700_000_000.0


class Listener(Protocol):
    """What comes until the other side hangs up."""

    def __init__(self):
        self.octets = b""
        self.over = Deferred()

    def dataReceived(self, data):
        self.octets += data

    def connectionLost(self, reason=None):
        self.over.callback(self.octets)


class ReactorWithClock:
    """The real reactor, but for its time."""

    def __init__(self, clock):
        self.callLater = clock.callLater

    def __getattr__(self, name):
        return getattr(reactor, name)


class ControlCase(TestCase):
    def setUp(self):
        # The path of a socket has to be short.
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir(parents=True)
        self.path = os.path.relpath(self.folder / "s")
        self.told = []

    def serve(self, commands, on=reactor):
        service = ControlService(self.path, commands, on, lambda *line: self.told.append(line))
        service.startService()
        self.addCleanup(service.stopService)
        return service

    async def say(self, octets):
        """The answer to some octets."""
        protocol = await connectProtocol(UNIXClientEndpoint(reactor, self.path), Listener())
        protocol.transport.write(octets)
        return await protocol.over

    def asked(self, command, **arguments):
        return deferToThread(ask, self.path, command, **arguments)


async def echo(arguments):
    return {"said": arguments, "thread": get_ident()}


class ConversationTests(ControlCase):
    async def test_a_command_is_done_by_the_server_itself(self):
        self.serve({"echo": echo})
        answer = await self.asked("echo", word="ä")
        self.assertEqual(answer, {"said": {"word": "ä"}, "thread": get_ident()})

    async def test_what_is_no_command_is_refused_with_the_reason(self):
        self.serve({"echo": echo})
        for line, reason in (
            (b"nonsense\n", "no JSON"),
            (b"[" * 4000 + b"\n", "no JSON"),
            (b"[1]\n", "expected an object"),
            (b'{"word": 1}\n', "no such command; expected one of echo"),
            (b'{"do": ["echo"]}\n', "no such command"),
            (b'{"do": "echo"}\n{"do": "echo"}\n', "expected one line"),
            (b"x" * 5000, "at most 4096 octets"),
            (b"\xff\xfe\n", "no JSON"),
        ):
            answer = json.loads(await self.say(line))
            self.assertIn(reason, answer["error"])

    async def test_a_command_that_fails_says_why(self):
        async def fails(arguments):
            raise (arguments and Refusal("no")) or SourceError("the disk is full", "make room")

        self.serve({"fail": fails})
        failure = await self.assertFailure(self.asked("fail", a=1), Refusal)
        self.assertEqual(str(failure), "no")
        failure = await self.assertFailure(self.asked("fail"), Refusal)
        self.assertEqual(str(failure), "the disk is full; make room")

    async def test_who_says_nothing_is_hung_up_on(self):
        clock = Clock()
        self.serve({"echo": echo}, ReactorWithClock(clock))
        protocol = await connectProtocol(UNIXClientEndpoint(reactor, self.path), Listener())
        protocol.transport.write(b'{"do": ')
        again = await connectProtocol(UNIXClientEndpoint(reactor, self.path), Listener())
        self.addCleanup(again.transport.abortConnection)
        while len(clock.getDelayedCalls()) < 2:
            await deferToThread(lambda: None)
        clock.advance(control.SECONDS)
        self.assertEqual(await protocol.over, b"")

    async def test_a_command_that_does_not_end_is_answered(self):
        clock = Clock()
        begun = Deferred()

        async def waits(arguments):
            reactor.callLater(0, begun.callback, None)
            await Deferred()

        self.serve({"wait": waits}, ReactorWithClock(clock))
        answer = self.asked("wait")
        await begun
        clock.advance(control.SECONDS)
        failure = await self.assertFailure(answer, Refusal)
        self.assertIn("not over within", str(failure))

    async def test_there_are_so_many_at_a_time(self):
        waiting = Deferred()

        async def waits(arguments):
            await waiting

        self.patch(control, "CONNECTIONS", 2)
        self.serve({"wait": waits, "echo": echo})
        busy = [Listener(), Listener()]
        for one in busy:
            await connectProtocol(UNIXClientEndpoint(reactor, self.path), one)
            one.transport.write(b'{"do": "wait"}\n')
        self.assertEqual(await self.say(b'{"do": "echo"}\n'), b"")
        for one in busy:
            one.transport.loseConnection()
        await gatherResults([one.over for one in busy])
        while not (await self.say(b'{"do": "echo"}\n')):
            await deferToThread(lambda: None)


class SocketTests(ControlCase):
    async def test_only_its_own_user_can_connect(self):
        self.serve({})
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)

    async def test_it_is_gone_when_the_server_ends(self):
        await self.serve({}).stopService()
        self.assertFalse(os.path.exists(self.path))
        await self.assertFailure(self.asked("echo"), NobodyListens)

    async def test_what_a_process_left_that_was_killed_is_replaced(self):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(self.path)
        await self.assertFailure(self.asked("echo"), NobodyListens)
        self.serve({"echo": echo})
        self.assertEqual(self.told, [])
        await self.asked("echo")

    async def test_another_servers_socket_is_left_alone(self):
        self.serve({"echo": echo})
        self.serve({})
        ((severity, line),) = self.told
        self.assertEqual(severity, "WARN")
        self.assertIn("another server listens there", line)
        await self.asked("echo")

    async def test_what_cannot_be_had_costs_a_line_and_nothing_else(self):
        Path(self.path).write_text("a file")
        self.serve({})
        self.path = self.path + "/s"
        self.serve({})
        self.path = "x" * 200
        self.serve({})
        self.assertIn("another file is there", self.told[0][1])
        self.assertIn("Not a directory", self.told[1][1])
        self.assertIn("longer than", self.told[2][1])


class LeaseCommandTests(ControlCase):
    def setUp(self):
        super().setUp()
        self.store = MemoryLeases()
        self.pool = Addresses("floor", [(0x0A4D010A, 0x0A4D010D)])
        self.events = []
        kept = [(self.pool, self.store)]
        self.serve(lease_commands(lambda: kept, self.events.append, lambda: NOW, lambda: 7.0))
        self.store.bind(self.pool, holder(1), ip("10.77.1.10"), NOW - 60, NOW + 60)

    async def test_a_lease_is_released(self):
        answer = await self.asked("lease-release", address="10.77.1.10")
        self.assertEqual((answer["lease"]["mac"], answer["lease"]["state"]), ("02:00:5e:00:01:01", "bound"))
        self.assertIs(self.store.at(self.pool, ip("10.77.1.10"), NOW).state, LeaseState.RELEASED)
        self.assertEqual([(event.what, event.lease.address) for event in self.events], [("released", ip("10.77.1.10"))])

    async def test_an_address_is_cleared(self):
        self.store.quarantine(self.pool, ip("10.77.1.11"), NOW, NOW + 60, "a ping")
        for address in ("10.77.1.10", "10.77.1.11"):
            await self.asked("lease-clear", address=address)
        self.assertEqual(self.store.leases(self.pool, None, 9), [])

    async def test_what_nobody_holds_is_refused(self):
        for command, address, reason in (
            ("lease-release", "10.77.1.11", "nobody holds it"),
            ("lease-clear", "10.77.1.11", "nothing to forget"),
            ("lease-release", "10.77.1.99", "no pool has it"),
            ("lease-release", "10.77", "10.77"),
        ):
            failure = await self.assertFailure(self.asked(command, address=address), Refusal)
            self.assertIn(reason, str(failure))
        failure = await self.assertFailure(self.asked("lease-release", address=1), Refusal)
        self.assertIn("expected an address", str(failure))
        self.assertEqual(self.events, [])
