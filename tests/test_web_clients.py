"""The search for clients, and one client's page."""

import json

from twisted.internet import reactor

from sdhcp import events
from sdhcp.backends.code import LaterSource
from sdhcp.backends.memory import MemorySource
from sdhcp.interfaces import SourceError
from sdhcp.model import Holder
from sdhcp.reservations import Reservations
from sdhcp.web import clients
from sdhcp.wire import relay

from .samples import MAC, arrival, definition, ip
from .web_case import NOW, XHTML, WebCase

LOCAL = arrival()
SECTIONS = ["reservations", "leases", "timeline", "history of its leases"]
CIRCUIT = relay.encode({1: b"eth 1/1/04:7", 2: bytes.fromhex("000400")})


def mac(number: int) -> bytes:
    return bytes([2, 0, 0x5E, 0, number >> 8, number & 255])


def known_as(number: int, hostname: str | None = None):
    return definition(ip=ip(f"10.77.{number >> 8}.{number & 255}"), hostname=hostname or f"host-{number}")


def exchange(client=MAC, known=None, outcome="offered", now=1000.0, options=None, address="10.77.1.50"):
    octets = known.ip if known is not None else ip(address)
    return events.Exchange(now, "DISCOVER", "OFFER", outcome, True, client, octets, b"\1\2\3\4", ip("10.77.1.1"), known,
                           LOCAL, 300, 0.00125, options or {})  # fmt: skip


class Clients(WebCase):
    def knows(self, reservations, name="memory"):
        source = MemorySource(reservations, name=name)
        self.known = Reservations(lambda: source, reactor, lambda: self.clock.now)

    def hear(self, *heard):
        for event in heard:
            self.publisher.publish(event)

    def rows(self, answer):
        table = next(answer.page().iter(f"{XHTML}tbody"))
        return [["".join(cell.itertext()) for cell in row] for row in table]

    async def page(self, query=""):
        answer = await self.ask(f"/console/clients?{query}")
        self.assertEqual(answer.status, 200)
        return answer

    async def ids(self, query=""):
        """The clients of a page, by what they are called, with their kinds."""
        got = json.loads((await self.ask(f"/api/v1/clients?{query}")).body)
        return [(row["id"], row["kind"]) for row in got["clients"]]

    async def one(self, name):
        answer = await self.ask(f"/api/v1/clients/{name}")
        return answer.status, json.loads(answer.body)


class SearchTests(Clients):
    async def test_reservations_leases_and_who_was_heard_stand_together(self):
        self.knows({mac(1): known_as(1), mac(2): known_as(2)})
        self.serve()
        await self.lend(9, "guest")
        self.hear(exchange(mac(2), known_as(2)), exchange(mac(7), None, "unknown-client", 1010.0))
        answer = await self.page()
        self.assertEqual(
            [row[:5] for row in self.rows(answer)],
            [
                ["02:00:5e:00:00:07", "unknown", "10.77.1.50", "", moment(1010.0)],
                ["02:00:5e:00:00:02", "reservation", "10.77.0.2", "host-2", moment(1000.0)],
                ["02:00:5e:00:00:01", "reservation", "10.77.0.1", "host-1", ""],
                ["02:00:5e:00:00:09", "lease, bound", "10.0.0.9", "guest", ""],
            ],
        )
        self.assertIn("DISCOVER: got no answer: nobody knows it", answer.text)
        self.assertEqual(answer.links()["02:00:5e:00:00:07"], "/console/client/02:00:5e:00:00:07")
        by_client = [("02:00:5e:00:00:01", "reservation"), ("02:00:5e:00:00:02", "reservation"),
                     ("02:00:5e:00:00:09", "lease"), ("02:00:5e:00:00:07", "unknown")]  # fmt: skip
        self.assertEqual(await self.ids("order=client"), by_client)
        for kind, count in (("reservation", 2), ("lease", 1), ("unknown", 1), ("heard", 2)):
            self.assertEqual(len(await self.ids(f"kind={kind}")), count, kind)

    async def test_a_client_is_found_by_whatever_is_known_of_it(self):
        self.knows({mac(1): known_as(1, "Printer"), mac(0x0203): known_as(0x0203)})
        self.serve()
        await self.lend(9, "guest-phone")
        said = {12: b"laptop", 60: b"MSFT 5.0", 61: b"\1" + mac(4), 82: CIRCUIT}
        self.hear(exchange(mac(4), None, "unknown-client", options=said, address="10.77.8.8"))
        for query, found in (
            ("02:00:5e:00:00:01", 1), ("02005E000001", 1), ("0200.5e00.0001", 1), ("02-00-5e-00-02", 0x0203),
            ("5e00.02", 0x0203), ("print", 1), ("10.77.0.1", 1), ("77.0.1", 1), ("10.77.0.", 1), ("GUEST-PH", 9),
            ("10.0.0.9", 9), ("0200.5e00.0009", 9), ("5e:00:00:09", 9), ("laptop", 4), ("msft", 4), ("eth%201/1/04", 4),
            ("0x000400", 4), ("10.77.8.8", 4), ("77.8", 4), ("010200.5e00.0004", 4),
        ):  # fmt: skip
            for order in ("heard", "client"):
                got = {one for one, _ in await self.ids(f"find={query}&order={order}")}
                self.assertEqual(got, {mac(found).hex(":")}, query)
        for query in ("nothing", "10.77.0.111", "02:00:5e:00:00:55", "00:04:01"):
            self.assertEqual(await self.ids(f"find={query}"), [], query)

    async def test_every_client_is_on_one_page_and_the_address_says_which(self):
        self.knows({mac(number): known_as(number) for number in range(1, 121)})
        self.serve()
        for number in range(200, 321):
            await self.lend(number)
        for number in range(100, 181):
            self.hear(exchange(mac(number), known_as(number) if number < 121 else None, now=1000.0 + number % 7))
        expected = {mac(number).hex(":") for number in (*range(1, 181), *range(200, 321))}
        for order in ("heard", "client"):
            found, where = [], f"/console/clients?order={order}&find=02:00:5e"
            while where:
                answer = await self.ask(where)
                found.append([row[0] for row in self.rows(answer)])
                where = answer.links().get("next page", "")
                self.assertTrue(not where or "find=02" in where)
            seen = [one for page in found for one in page]
            self.assertEqual((len(seen), set(seen)), (len(expected), expected), order)
            self.assertLessEqual(max(map(len, found)), 50)
            self.assertIn("first page", answer.links())
        first = await self.ids("limit=3")
        self.assertEqual(first[0][0], mac(174).hex(":"))

    async def test_what_cannot_be_searched_is_told(self):
        async def only(key):
            if key == mac(3).hex(":"):
                raise SourceError("it does not answer")
            return known_as(1) if key == mac(1).hex(":") else None

        source = LaterSource(SiteCodeOf(only))
        self.known = Reservations(lambda: source, reactor, lambda: self.clock.now)
        self.serve()
        text = (await self.page("find=host")).text
        self.assertIn("reservations of only: cannot be searched; only a whole hardware address is asked for", text)
        self.assertEqual(await self.ids("find=0200.5e00.0001"), [("02:00:5e:00:00:01", "reservation")])
        self.assertIn("asked for this hardware address", (await self.page("find=0200.5e00.0001")).text)

        def away(*_):
            raise SourceError("it is <away>")

        self.store.leases = self.store.of_client = away
        self.known.lookup = away
        got = json.loads((await self.ask("/api/v1/clients?find=0200.5e00.0003")).body)
        self.assertEqual(
            [(one["place"], one["how"], one["problem"]) for one in got["searched"]],
            [("heard", "whole", ""), ("reservations", "not", "it is <away>"), ("leases", "not", "it is <away>")],
        )
        self.assertIn("could not be searched: it is &lt;away&gt;", (await self.page("find=0200.5e00.0003")).text)

    async def test_an_answer_ends_when_its_time_is_over_and_the_next_one_goes_on(self):
        self.serve()
        for number in range(1, 1301):
            await self.lend(number, "wanted" if number == 1300 else "")
        self.clock = Hasty()
        found, after, answers = [], "", 0
        while after is not None and answers < 10:
            got = json.loads((await self.ask(f"/api/v1/clients?find=wanted&after={after}")).body)
            found, after, answers = found + got["clients"], got["after"], answers + 1
        self.assertEqual([one["address"] for one in found], ["10.0.5.20"])
        self.assertGreater(answers, 1)

    async def test_what_is_asked_for_has_to_be_there(self):
        self.serve()
        for query in ("kind=odd", "order=odd", "after=x", "after=hzz", "after=h1.2.3_02", "limit=0", "limit=201"):
            self.assertEqual((await self.ask(f"/api/v1/clients?{query}")).status, 400, query)

    async def test_what_clients_say_is_shown_as_text(self):
        self.serve()
        self.hear(exchange(options={12: b"<script>alert(1)</script>", 60: b"\x00\xff<b>"}))
        for path in ("/console/clients", "/console/clients?find=%3Cscript", f"/console/client/{MAC.hex()}"):
            answer = await self.ask(path)
            self.assertNotIn("<script>alert", answer.text)
            self.assertIn("<script>alert(1)</script>", "".join(answer.page().itertext()))

    async def test_the_search_has_the_mark_by_which_a_key_finds_it(self):
        self.serve()
        fields = [one for one in (await self.page("find=a%22b")).page().iter(f"{XHTML}input") if one.get("data-search")]
        self.assertEqual([one.get("value") for one in fields], ['a"b'])


class Hasty:
    """A clock on which time passes whenever somebody looks."""

    def __init__(self):
        self.ticks = 1000.0

    @property
    def now(self):
        self.ticks += clients.SECONDS
        return self.ticks


class SiteCodeOf:
    """A site's coroutine function, as sources ask one."""

    def __new__(cls, function):
        from sdhcp.backends.site_code import SiteCode

        return SiteCode(function, function.__name__, "", lambda query: query.key)


def moment(clock: float) -> str:
    from sdhcp.web.pages import moment as shown

    return shown(int(NOW + clock))


class OneClientTests(Clients):
    async def test_all_that_is_known_of_a_client_is_on_its_page(self):
        self.knows({MAC: (known_as(1), known_as(2))})
        self.blocks = {MAC: (42.4, "too many packets")}
        self.serve()
        now = NOW + self.clock.now
        holder = Holder("id 01" + MAC.hex(), MAC, "phone", "10.77.1.1, circuit 07")
        self.store.bind(self.addresses, holder, ip("10.0.0.8"), now - 100, now - 10)
        self.hear(
            exchange(now=990.0, options={12: b"phone", 60: b"android", 61: b"\1" + MAC, 82: CIRCUIT}),
            events.OffLink(991.0, MAC, ip("10.77.0.1"), ip("10.9.0.1"), True),
            events.Dropped(992.0, "other-server", "option 54 names another server", MAC, bytes(4), LOCAL, 3),
            events.Blocked(993.0, MAC, 60, "too many packets"),
        )
        for name in (MAC.hex(":"), MAC.hex(), MAC.hex("-").upper(), f"id%2001{MAC.hex()}"):
            answer = await self.ask(f"/console/client/{name}")
            text = "".join(answer.page().itertext())
            for part in (
                "10.77.0.1", "10.77.0.2", "10.77.1.0/24", "android", "eth 1/1/04:7", "0x000400", "expired", "10.0.0.8",
                "was offered an address", "1.250 ms", "10.9.0.1", "chose another server", "is not heard for 60 s",
                "It is not heard for 42 s more", "was lent the address", "REQUEST",
            ):  # fmt: skip
                self.assertIn(part, text, (name, part))
            self.assertEqual(answer.headings(),
                             [answer.headings()[0], *SECTIONS])  # fmt: skip
        status, told = await self.one(MAC.hex())
        self.assertEqual(status, 200)
        exchanged = next(one for one in told["timeline"] if one["kind"] == "DISCOVER")
        self.assertEqual(exchanged["interface"], "eth0")
        self.assertEqual([one["kind"] for one in told["timeline"]], ["blocked", "REQUEST", "off link", "DISCOVER"])
        last = told["timeline"][-1]
        self.assertEqual((last["relay"], last["latency"], last["at"]), ("10.77.1.1", 1.25, NOW + 990.0))
        self.assertEqual(told["blocked"], {"seconds": 42, "reason": "too many packets"})
        self.assertEqual([one["what"] for one in told["history"]], ["bound"])

    async def test_a_client_of_which_nothing_is_known(self):
        self.serve()
        self.assertEqual((await self.one(MAC.hex()))[0], 404)
        self.assertIn("Nothing is known of it", (await self.ask(f"/console/client/{MAC.hex()}")).text)
        self.assertEqual((await self.ask("/console/client/%01")).status, 404)

    async def test_what_cannot_be_asked_is_told_and_the_rest_shown(self):
        self.knows({})

        def away(*_):
            raise SourceError("it is away")

        self.known.lookup = self.serve() or away
        self.store.of_client = away
        self.hear(exchange())
        told = (await self.one(MAC.hex()))[1]
        self.assertEqual((told["problems"], len(told["timeline"])), (["memory: it is away", "guests: it is away"], 1))

    async def test_a_key_that_is_no_hardware_address_is_looked_up_as_it_is(self):
        self.knows({"circuit-id:eth 1/1/04:7": known_as(1), "client-identifier:abc": known_as(2)})
        self.serve()
        self.hear(exchange(options={61: b"abc"}))
        for key, address, events_there in (
            ("circuit-id:eth%201/1/04:7", "10.77.0.1", 0),
            ("client-identifier:abc", "10.77.0.2", 1),
        ):
            told = (await self.one(key))[1]
            self.assertEqual([one["address"] for one in told["reservations"]], [address])
            self.assertEqual(len(told["timeline"]), events_there)
        self.assertEqual(await self.ids("find=eth"), [("circuit-id:eth 1/1/04:7", "reservation")])

    async def test_the_dashboard_and_the_leases_lead_to_it(self):
        self.serve()
        await self.lend(9)
        self.hear(exchange())
        self.assertEqual((await self.ask("/")).links()[MAC.hex(":")], f"/console/client/{MAC.hex(':')}")
        self.assertEqual((await self.ask("/console/leases")).links()[mac(9).hex(":")],
                         f"/console/client/{mac(9).hex(':')}")  # fmt: skip
