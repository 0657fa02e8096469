"""Steps with lease stores, for tests. Times are whole seconds."""

from twisted.internet.defer import maybeDeferred

from sdhcp.engine.addresses import Addresses
from sdhcp.interfaces import LeaseChange
from sdhcp.model import Holder

from .samples import ip

NOW = 1_700_000_000.0
OFFER, LEASE, QUARANTINE = 30, 3600, 86400


def address(number):
    """An address of the pool by the last octet."""
    return ip(f"10.77.1.{number}")


def holder(number, **fields):
    """A client."""
    return Holder(f"02:00:5e:00:01:{number:02x}", bytes([2, 0, 0x5E, 0, 1, number]), **fields)


def client(number):
    return holder(number).client


class LeaseSteps:
    """Steps with a store that ``open`` and ``reopen`` give, see ``lease_contract``."""

    async def opened(self, first=10, last=13, reserved=()):
        self.pool = Addresses("floor", [(int.from_bytes(address(first), "big"), int.from_bytes(address(last), "big"))])
        self.pool.reserved.update(address(number) for number in reserved)
        store = await maybeDeferred(self.open)
        await store.start()
        self.addCleanup(store.stop)
        return store

    async def reopened(self, store):
        again = await maybeDeferred(self.reopen, store)
        await again.start()
        self.addCleanup(again.stop)
        return again

    async def offer(self, store, number, wish=None, now=NOW, until=None):
        """The last octet of what a client is offered."""
        wished = None if wish is None else address(wish)
        lease = await maybeDeferred(store.offer, self.pool, holder(number), wished, now, until or now + OFFER)
        return lease and lease.address[3]

    async def bind(self, store, number, to, now=NOW, seconds=LEASE, **fields):
        return await maybeDeferred(store.bind, self.pool, holder(number, **fields), address(to), now, now + seconds)

    async def bound(self, store, number, to, now=NOW, seconds=LEASE):
        """Bind, which must succeed."""
        lease = await self.bind(store, number, to, now, seconds)
        self.assertIsNotNone(lease)
        return lease

    async def release(self, store, number, of, now=NOW):
        return await maybeDeferred(store.release, self.pool, client(number), address(of), now)

    async def decline(self, store, number, of, now=NOW, until=None, evidence="DECLINE"):
        until = until or now + QUARANTINE
        return await maybeDeferred(store.decline, self.pool, client(number), address(of), now, until, evidence)

    async def quarantine(self, store, of, now=NOW, until=None, evidence="answers to a ping"):
        return await maybeDeferred(store.quarantine, self.pool, address(of), now, until or now + QUARANTINE, evidence)

    async def clear(self, store, of, now=NOW):
        return await maybeDeferred(store.clear, self.pool, address(of), now)

    async def at(self, store, of, now=NOW):
        return await maybeDeferred(store.at, self.pool, address(of), now)

    async def of_client(self, store, number, now=NOW):
        return await maybeDeferred(store.of_client, self.pool, client(number), now)

    async def counts(self, store, now=NOW):
        counts = await maybeDeferred(store.counts, self.pool, now)
        self.assertEqual(counts.size, len(self.pool))
        self.assertEqual(sum(counts[1:]), counts.size)
        self.assertGreaterEqual(min(counts), 0)
        return counts

    async def history(self, store, of=None, number=None, most=100):
        """What happened, the latest first, with the last octet."""
        changes = await maybeDeferred(
            store.history, None if of is None else address(of), None if number is None else client(number), most
        )
        for change in changes:
            self.assertIsInstance(change, LeaseChange)
        return [(change.what, change.lease.address[3]) for change in changes]
