"""Sources that are a site's own code."""

import threading
from functools import partial
from types import MappingProxyType

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, gatherResults, inlineCallbacks, succeed
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface import implementer

from sdhcp.adapters import adapt, inline
from sdhcp.backends.memory import MemorySource
from sdhcp.config.settings import SourceSettings
from sdhcp.interfaces import (
    BadReservation,
    IDefinitionSource,
    IEnumerableSource,
    IPeekable,
    IRemoteSource,
    SourceError,
    SourceLoadError,
)
from sdhcp.model import Query

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
    plain,
    record,
)
from .samples import definition, ip
from .servers.http import until


def adapted(engine):
    return adapt(engine, SourceSettings(engine, folder="/nowhere"), reactor, reactor.seconds)


def records(hosts, subnets):
    return {host["mac"]: record(host, subnets) for host in hosts}


class Store:
    """A dict, and what asks it."""

    def open(self, subnets, hosts):
        self.known = records(hosts, subnets)
        return adapted(self.engine())

    def change(self, subnets, hosts):
        self.known.clear()
        self.known.update(records(hosts, subnets))


class DictContractTests(Store, SourceContract, TestCase):
    checks_entries_when_read = True

    def engine(self):
        return self.known


class CachedDictContractTests(CachedContract, DictContractTests):
    pass


class FunctionContractTests(Store, SourceContract, TestCase):
    def engine(self):
        return lambda mac: self.known.get(mac)


class CachedFunctionContractTests(CachedContract, FunctionContractTests):
    pass


class InlineContractTests(FunctionContractTests):
    def engine(self):
        return inline(lambda query: self.known.get(query.key))


class CoroutineContractTests(FunctionContractTests):
    def engine(self):
        async def look_up(key):
            later = Deferred()
            reactor.callLater(0, later.callback, key)
            return self.known.get(await later)

        return look_up


class CachedCoroutineContractTests(CachedContract, CoroutineContractTests):
    pass


class ClassContractTests(FunctionContractTests):
    def engine(self):
        known = self.known

        class Phonebook:
            def __init__(self):
                self.known = known

            def __call__(self, key):
                return self.known.get(key)

        return Phonebook


class CachedClassContractTests(CachedContract, ClassContractTests):
    pass


class CodeCase(TestCase):
    def source(self, engine):
        source = adapted(engine)
        if IRemoteSource.providedBy(source):
            source.start()
            self.addCleanup(source.stop)
        return source

    async def refused(self, engine, kind=SourceError):
        return await self.assertFailure(self.source(engine).lookup(asked()), kind)


class DictTests(CodeCase):
    def test_a_hardware_address_in_any_writing(self):
        entry = record(HOSTS[0], SUBNETS)
        for key in (
            "02:00:5E:00:01:01",
            "02-00-5e-00-01-01",
            "02005E000101",
            "0200.5e00.0101",
            b"\2\0\x5e\0\1\1",
            FIRST,
        ):
            self.assertEqual(self.source({key: entry}).peek(asked()), EXPECTED[FIRST], key)
            live = {}
            source = self.source(live)
            self.assertIsNone(source.peek(asked()))
            live[key] = entry
            self.assertEqual(source.peek(asked()), EXPECTED[FIRST], key)

    def test_what_the_site_changes_counts_at_once(self):
        live = {FIRST.upper(): record(HOSTS[0], SUBNETS)}
        source = self.source(live)
        live[FIRST.upper()]["ip"] = "10.77.1.60"
        self.assertEqual(source.peek(asked()).ip, ip("10.77.1.60"))
        live[FIRST.upper()] = None
        self.assertIsNone(source.peek(asked()))
        live[FIRST] = [definition(), record(HOSTS[1], SUBNETS)]
        self.assertEqual(source.peek(asked()), (definition(), EXPECTED[HOSTS[1]["mac"]]))

    def test_an_entry_that_is_spoilt_later_costs_its_own_client_alone(self):
        live = records(HOSTS, SUBNETS)
        source = self.source(live)
        live[FIRST] = 5
        error = self.assertRaises(BadReservation, source.peek, asked())
        self.assertIn(FIRST, str(error))
        self.assertIsNotNone(source.peek(asked(HOSTS[1]["mac"])))
        self.assertEqual(len(dict(source.reservations())), 3)

    def test_all_faults_are_told_at_once_with_their_keys(self):
        entry = record(HOSTS[0], SUBNETS)
        faulty = {
            "02:00:00:00:00:01": {**entry, "ip": "10.0.0"}, "02:00:00:00:00:02": "10.0.0.1", 7: entry,
            "020000000003": entry, "02:00:00:00:00:03": entry, "02:00:00:00:00:04": [[entry]],
        }  # fmt: skip
        problems = self.assertRaises(SourceLoadError, adapted, faulty).problems
        self.assertEqual(len(problems), 5)
        for key, problem in zip(("01'", "02'", "7", "03'", "04'"), problems, strict=True):
            self.assertIn(f"{key}: ", problem)

    def test_a_dict_can_be_listed_and_answers_at_once(self):
        for engine in (records(HOSTS, SUBNETS), MappingProxyType(records(HOSTS, SUBNETS))):
            source = self.source(engine)
            self.assertTrue(IPeekable.providedBy(source) and IEnumerableSource.providedBy(source))
            self.assertEqual({key: plain(found) for key, found in source.reservations()}, EXPECTED)


class FunctionTests(CodeCase):
    async def test_the_argument_is_the_key_or_the_query_if_it_is_called_so(self):
        given = []

        def by_key(mac):
            given.append(mac)

        def by_query(query):
            given.append(query)

        for function in (by_key, by_query, inline(by_key), inline(by_query)):
            await self.source(function).lookup(known_by("room:12"))
        self.assertEqual(given[0], "room:12")
        self.assertIsInstance(given[1], Query)
        self.assertEqual((given[2], given[3].key), ("room:12", "room:12"))

    async def test_a_plain_function_runs_in_threads_of_its_own_ten_at_most(self):
        go, names, most, lock = threading.Event(), set(), [0, 0], threading.Lock()

        def look_up(key):
            with lock:
                names.add(threading.current_thread())
                most[0] += 1
                most[1] = max(most)
            go.wait(10)
            with lock:
                most[0] -= 1

        source = self.source(look_up)
        lookups = [source.lookup(known_by(f"key:{number}")) for number in range(30)]
        await until(lambda: most[0] == 10)
        go.set()
        self.assertEqual(await gatherResults(lookups), [None] * 30)
        self.assertEqual((most[1], len(names)), (10, 10))
        self.assertNotIn(threading.main_thread(), names)

    async def test_too_many_that_wait_are_refused(self):
        go = threading.Event()
        source = self.source(lambda key: go.wait(10) and None)
        lookups = [source.lookup(known_by(f"key:{number}")) for number in range(1100)]
        refused = [lookup for lookup in lookups if lookup.called]
        for lookup in refused:
            self.assertTrue((await self.assertFailure(lookup, SourceError)).passing)
        self.assertGreaterEqual(len(refused), 1100 - 1024 - 10)
        go.set()
        await gatherResults([lookup for lookup in lookups if lookup not in refused])

    async def test_a_lookup_that_is_cancelled_before_it_begins_never_does(self):
        go, begun = threading.Event(), []

        def look_up(key):
            begun.append(key)
            go.wait(10)

        source = self.source(look_up)
        lookups = [source.lookup(known_by(str(number))) for number in range(11)]
        await until(lambda: len(begun) == 10)
        lookups[10].cancel()
        await self.assertFailure(lookups[10], CancelledError)
        go.set()
        await gatherResults(lookups[:10])
        self.assertNotIn("10", begun)

    async def test_stopping_does_not_wait_for_ever_for_code_that_is_stuck(self):
        go = threading.Event()
        self.addCleanup(go.set)
        source = self.source(lambda key: go.wait(10) and None)
        lookup = source.lookup(asked())
        await source.stop()
        await self.assertFailure(lookup, SourceError)
        self.assertFalse(go.is_set())

    async def test_functions_that_answer_later_run_where_the_reactor_runs(self):
        threads = []

        def annotated(key) -> Deferred:
            threads.append(threading.current_thread())
            return succeed(record(HOSTS[0], SUBNETS))

        @inlineCallbacks
        def generator(key):
            threads.append(threading.current_thread())
            yield succeed(None)
            return record(HOSTS[0], SUBNETS)

        async def coroutine(key):
            return await generator(key)

        class Callable:
            async def __call__(self, key):
                return await generator(key)

        for function in (annotated, generator, coroutine, Callable(), Callable):
            self.assertEqual(await self.source(function).lookup(asked()), EXPECTED[FIRST])
        self.assertEqual(set(threads), {threading.main_thread()})

    async def test_a_plain_function_may_return_a_coroutine(self):
        async def coroutine(key):
            return await succeed(record(HOSTS[0], SUBNETS))

        self.assertEqual(await self.source(lambda key: coroutine(key)).lookup(asked()), EXPECTED[FIRST])

    async def test_a_deferred_from_a_thread_is_told(self):
        error = await self.refused(lambda key: succeed(None))
        self.assertIn("-> Deferred", error.advice)

    async def test_a_function_that_is_marked_inline_answers_at_once(self):
        source = self.source(inline(lambda key: record(HOSTS[0], SUBNETS)))
        self.assertEqual(source.peek(asked()), EXPECTED[FIRST])
        error = await self.refused(inline(lambda key: Deferred()))
        self.assertIn("inline", str(error))

    async def test_definitions_records_and_lists_of_both(self):
        entry = record(HOSTS[0], SUBNETS)
        for answer, expected in (
            (definition(), definition()), (entry, EXPECTED[FIRST]),
            ([definition(), entry], (definition(), EXPECTED[FIRST])),
            ([], None), ({}, None), (False, None), ("", None), (0, None),
        ):  # fmt: skip
            self.assertEqual(await self.source(lambda key, answer=answer: answer).lookup(asked()), expected)

    async def test_what_is_no_reservation_is_told_by_its_type(self):
        for answer in (5, "10.0.0.1", object(), [5], [None]):
            error = await self.refused(lambda key, answer=answer: answer, BadReservation)
            self.assertIn(FIRST, str(error))
        self.assertIn("object", str(await self.refused(lambda key: object(), BadReservation)))

    async def test_probing_asks_for_a_client_that_nobody_has(self):
        given = []
        await self.source(lambda key: given.append(key)).probe()
        self.assertEqual(given, ["00:00:00:00:00:00"])

    async def test_a_partial_and_a_method(self):
        class Site:
            def look_up(self, extra, key):
                return record(HOSTS[0], SUBNETS) if key == FIRST else None

            def one(self, key):
                return self.look_up(None, key)

        for function in (partial(Site().look_up, None), Site().one):
            self.assertEqual(await self.source(function).lookup(asked()), EXPECTED[FIRST])
            self.assertIsNone(await self.source(function).lookup(asked(STRANGER)))


class RaisingTests(CodeCase):
    async def check(self, function, line):
        error = await self.refused(function)
        self.assertNotIsInstance(error, BadReservation)
        self.assertRegex(
            str(error), rf"^site code .*{function.__name__} raised KeyError: 'gone'; see .*test_adapters.py:{line}$"
        )

    async def test_what_code_raises_is_told_with_its_line(self):
        def plain_function(key):
            raise KeyError("gone")

        @inline
        def quick(key):
            raise KeyError("gone")

        async def coroutine(key):
            await succeed(None)
            raise KeyError("gone")

        for function, line in ((plain_function, 1), (quick, 2), (coroutine, 2)):
            await self.check(function, function.__code__.co_firstlineno + line)

    async def test_a_long_message_is_cut_and_stays_one_line(self):
        def look_up(key):
            raise ValueError("a\n" * 500)

        error = str(await self.refused(look_up))
        self.assertNotIn("\n", error)
        self.assertLess(error.count("a "), 110)

    async def test_exiting_ends_nothing_else(self):
        def look_up(key):
            raise SystemExit(3)

        self.assertIn("SystemExit: 3", str(await self.refused(look_up)))
        self.assertIn("SystemExit: 3", str(await self.refused(inline(look_up))))

    async def test_what_the_code_says_itself_stands(self):
        def look_up(key):
            raise SourceError("the inventory is closed", passing=True)

        error = await self.refused(look_up)
        self.assertEqual((str(error), error.passing), ("the inventory is closed", True))

    async def test_an_answer_that_raises_when_it_is_looked_at(self):
        class Odd:
            ip = "10.0.0.1"

            @property
            def lease_time(self):
                raise RuntimeError("no time")

        self.assertIn("RuntimeError: no time", str(await self.refused(lambda key: Odd())))


@implementer(IDefinitionSource)
class Own(MemorySource):
    def __init__(self):
        super().__init__({FIRST: definition()}, name="own")


class KindTests(SynchronousTestCase):
    def test_a_source_counts_as_it_is(self):
        source = MemorySource({})
        self.assertIs(adapted(source), source)

    def test_what_makes_a_source_is_called(self):
        known = {FIRST: definition()}
        for engine in (Own, lambda: Own(), lambda: Own, lambda: known, lambda *_, **__: known):
            self.assertEqual(adapted(engine).peek(asked()), definition())

    def test_what_cannot_be_asked_is_told_with_what_can(self):
        class Needs:
            def __init__(self, settings):
                pass

        def endless():
            return endless

        for engine in (
            5, object(), [], lambda a, b: None, lambda *, key: None, lambda: None, lambda: 5, Needs, endless, {1},
            b"SQLite",
        ):  # fmt: skip
            error = self.assertRaises(SourceError, adapted, engine)
            self.assertEqual(
                error.advice,
                "a source, a dict, a function of one argument, a class, or a database object with lookupMAC",
            )

    def test_what_raises_while_it_is_made_is_told_with_its_line(self):
        def broken():
            raise RuntimeError("no inventory")

        error = self.assertRaises(SourceError, adapted, broken)
        self.assertRegex(str(error), r"broken raised RuntimeError: no inventory; see .*test_adapters.py:\d+$")
