"""Functions of a site that are called every second, when sources are read anew, and for statistics."""

import logging
import signal
import threading
from types import ModuleType

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sdhcp.scripting import site_thread
from sdhcp.scripting.faults import EVERY, Faults
from sdhcp.scripting.site import SiteCallbacks
from sdhcp.scripting.site_thread import STUCK, SiteThread

from .loopback import INI_CONF, running


class ThreadCase(TestCase):
    def setUp(self):
        self.patch(site_thread, "TICK", 0.001)
        self.clock = Clock()
        self.site, self.told = SiteCallbacks(), []
        self.thread = SiteThread(self.site, None, reactor, lambda *line: self.told.append(line), self.clock.seconds)

    def begin(self):
        self.reread = []
        self.thread.start(self.reload, lambda: succeed(self.reread.append("source")))
        self.addCleanup(self.thread.stop)

    def reload(self):
        return self.thread.reinitialise().addCallback(lambda _: self.reread.append("source"))

    def called(self):
        """A function, and a Deferred that fires with the thread that calls it."""
        deferred = Deferred()

        def function(*_):
            if not deferred.called:
                reactor.callFromThread(lambda thread: deferred.called or deferred.callback(thread), here())

        return function, deferred


def here():
    return threading.current_thread().name


class TickTests(ThreadCase):
    def setUp(self):
        super().setUp()
        # The clock stands still for all but this: each look at it is a second later.
        self.thread._clock = lambda: self.clock.advance(1) or self.clock.seconds()

    async def test_they_are_called_again_and_again_on_one_thread(self):
        first, one = self.called()
        again, other = self.called()
        self.site.ticks.add(lambda: self.site.ticks.add(again) if again not in self.site.ticks.all() else first())
        self.begin()
        self.assertEqual((await one, await other), ("site", "site"))

    async def test_one_that_raises_keeps_none_from_being_called(self):
        def bad():
            raise SystemExit("enough")

        good, done = self.called()
        self.site.ticks.add(bad)
        self.site.ticks.add(good)
        with self.assertLogs("system", level="CRITICAL") as logs:
            self.begin()
            await done
            await self.thread.stop()
        self.assertIn("SystemExit: enough", logs.output[0])
        self.assertIn("test_scripting_site_thread", logs.output[0])
        self.assertIn("Traceback", logs.output[0])


class HandlerTests(ThreadCase):
    async def test_a_handler_of_the_sites_that_raises_does_not_end_the_thread(self):
        class Broken(logging.Handler):
            def emit(self, record):
                raise KeyError("no place for it")

        def bad():
            raise ValueError("broken")

        handler = Broken()
        logger = logging.getLogger("system")
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        self.site.reinit.add(bad)
        self.begin()
        await self.thread.reinitialise()
        after, done = self.called()
        self.thread.put(after)
        self.assertEqual(await done, "site")

    async def test_whatever_a_function_raises_does_not_end_the_thread(self):
        class Stop(BaseException):
            pass

        def stops():
            raise Stop("now")

        self.begin()
        with self.assertLogs("system", level="CRITICAL") as logs:
            self.thread.put(stops)
            after, done = self.called()
            self.thread.put(after)
            self.assertEqual(await done, "site")
        self.assertIn("Stop: now", logs.output[0])


class ReinitialiseTests(ThreadCase):
    async def test_they_are_called_in_order_whatever_one_raises(self):
        called = []

        def bad():
            called.append("bad")
            raise ValueError("broken")

        for function in (lambda: called.append("first"), bad, lambda: called.append("last")):
            self.site.reinit.add(function)
        self.begin()
        for times in (1, 2):
            with self.assertLogs("system", level="CRITICAL") as logs:
                await self.thread.reinitialise()
            self.assertEqual((called, len(logs.records)), (["first", "bad", "last"] * times, 1))
            self.assertIn("goes on serving", logs.output[0])

    async def test_code_may_ask_for_it_on_any_thread(self):
        called = []
        self.site.reinit.add(lambda: called.append(here()))
        self.begin()
        seconds = await deferToThread(self.site.reinitialise)
        self.assertEqual((called, self.reread, seconds), (["site"], ["source"], 0.0))
        done = Deferred()
        self.thread.put(lambda: reactor.callFromThread(done.callback, self.site.reinitialise()))
        await done
        self.assertEqual((called, self.reread), (["site"] * 2, ["source"] * 2))
        self.site.reinitialise()
        after, done = self.called()
        self.thread.put(after)
        await done
        self.assertEqual(len(called), 3)

    async def test_one_that_asks_for_another_is_told_of(self):
        self.site.reinit.add(self.site.reinitialise)
        self.site.reinit.remove(self.site.reinitialise)
        self.begin()
        self.site.reinit.add(lambda: self.site.reinitialise())
        with self.assertLogs("system", level="ERROR") as logs:
            await self.thread.reinitialise()
        self.assertEqual((len(logs.records), self.reread), (1, []))

    async def test_nobody_waits_where_nobody_wants_to_know(self):
        self.begin()
        self.assertTrue(self.thread.reinitialise().called)


class StuckTests(ThreadCase):
    def setUp(self):
        super().setUp()
        self.go = threading.Event()

    def begin(self):
        super().begin()
        # Before the thread is to end.
        self.addCleanup(self.go.set)

    def stuck(self):
        self.go.wait()

    async def test_one_that_does_not_return_is_named_once(self):
        self.begin()
        begun = Deferred()
        self.thread.put(lambda: (reactor.callFromThread(begun.callback, None), self.stuck()))
        await begun
        self.assertTrue(self.thread.watch())
        self.assertEqual(self.told, [])
        self.clock.advance(STUCK + 1)
        for _ in range(3):
            self.thread.watch()
        self.assertEqual(len(self.told), 1)
        self.assertIn("test_one_that_does_not_return", self.told[0][1])

    async def test_the_end_does_not_wait_for_it_for_long(self):
        self.patch(site_thread, "PATIENCE", 0.01)
        self.begin()
        self.thread.put(self.stuck)
        await self.thread.stop()
        self.assertTrue(self.thread._thread.is_alive())

    async def test_a_reload_does_not_wait_for_it_for_long(self):
        self.patch(site_thread, "STUCK", 0.01)
        self.site.reinit.add(self.stuck)
        self.begin()
        await self.reload()
        self.assertEqual((self.reread, len(self.told)), (["source"], 1))

    async def test_what_waits_is_bounded_and_the_rest_is_counted(self):
        self.patch(site_thread, "QUEUE", 3)
        for number in range(5):
            self.thread.put(logging.getLogger("x").debug, number)
        self.assertEqual((self.thread.newly_shed(), self.thread.newly_shed()), (2, 0))


class EndTests(ThreadCase):
    async def test_a_reload_under_way_ends_with_it(self):
        go = threading.Event()
        self.site.reinit.add(go.wait)
        self.begin()
        reloading = self.thread.reinitialise()
        stopping = self.thread.stop()
        await reloading
        go.set()
        await stopping

    async def test_a_thread_that_never_began_has_ended(self):
        await self.thread.stop()
        self.assertFalse(self.site.alive)

    def test_code_that_is_no_longer_alive_ends_the_server(self):
        self.assertTrue(self.thread.watch())
        self.site.alive = False
        self.assertFalse(self.thread.watch())


class FaultTests(SynchronousTestCase):
    def test_each_function_is_told_of_once_a_minute_with_its_count_and_line(self):
        clock, conf = Clock(), ModuleType("conf")
        conf.__file__ = __file__
        faults = Faults(conf, clock.seconds)

        def bad():
            raise KeyError("x")

        def happen():
            try:
                bad()
            except KeyError as error:
                faults.happened("callback", "system", bad, error, "it goes on")

        with self.assertLogs("system") as logs:
            for _ in range(5):
                happen()
                faults.digest()
        self.assertEqual(len(logs.records), 1)
        self.assertIn(f"{__file__}:", logs.records[0].getMessage())
        clock.advance(EVERY)
        with self.assertLogs("system") as logs:
            faults.digest()
            faults.digest()
        self.assertIn("raised 4 more times", logs.output[0])
        clock.advance(EVERY)
        faults.digest()
        with self.assertLogs("system") as logs:
            happen()
        self.assertIn("KeyError", logs.output[0])


SITE = """
import threading
from staticdhcpdlib import config, system
seen = []
def counted(statistics):
    seen.append((statistics.method, str(statistics.mac), str(statistics.ip), statistics.processed))
    writeLog("statistics %r" % (seen[-1],))
def first():
    logger.warning("first on %s", threading.current_thread().name)
callbacks.systemAddReinitHandler(first)
@callbacks.systemAddReinitHandler
def second():
    raise ValueError("second is broken")
def tick():
    callbacks.systemRemoveTickHandler(tick)
    config.callbacks.statsAddHandler(counted)
    logger.error("one tick")
callbacks.systemAddTickHandler(tick)
"""


class ServerTests(SynchronousTestCase):
    def test_a_site_is_called_by_the_server(self):
        with running(INI_CONF + SITE + "LOG_FILE = 'site.log'\nLOG_FILE_SEVERITY = 'ERROR'\n") as server:
            # Nobody wants statistics of this one, which the server is to forget when somebody does.
            server.ask(1)
            server.expect("ERROR : one tick")
            server.ask(1)
            server.expect("WARNING : statistics ('DISCOVER', '02:00:5e:00:01:01', '127.0.0.50', True)")
            server.reload()
            server.expect("WARNING : first on site")
            server.expect("second is broken")
            server.expect("read anew")
            self.assertEqual(server.stop(signal.SIGTERM), 0)
            written = (server.folder / "site.log").read_text(encoding="utf-8")
            self.assertIn("ERROR : one tick", written)
            self.assertIn("  | ValueError: second is broken", written)
            self.assertNotIn("first on site", written)

    def test_a_site_can_end_the_server(self):
        text = "def tick():\n    system.ALIVE = False\ncallbacks.systemAddTickHandler(tick)\n"
        with running(INI_CONF + "from staticdhcpdlib import system\n" + text) as server:
            self.assertEqual(server.process.wait(30), 0)
