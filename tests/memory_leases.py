"""The rules of lending as a store that keeps nothing."""

from twisted.internet.defer import succeed
from zope.interface import implementer

from sdhcp.interfaces import ILeaseStore
from sdhcp.leases.pool import PoolLeases


@implementer(ILeaseStore)
class MemoryLeases:
    """All that the pure rules say, at once."""

    name = "memory"

    def __init__(self):
        self.pools = {}
        self.changes = []

    def start(self):
        return succeed(None)

    def stop(self):
        return succeed(None)

    def of_pool(self, pool):
        return self.pools.setdefault(pool.name, PoolLeases(pool))

    def done(self, step):
        if step is not None:
            self.changes.extend(step.changes)
        return step

    def offer(self, pool, holder, wish, now, until):
        return self.of_pool(pool).offer(holder, wish, now, until)

    def bind(self, pool, holder, address, now, expires):
        step = self.done(self.of_pool(pool).bind(holder, address, now, expires))
        return step and step.lease

    def release(self, pool, client, address, now):
        return self.done(self.of_pool(pool).release(client, address, now)) is not None

    def decline(self, pool, client, address, now, until, evidence):
        return self.done(self.of_pool(pool).decline(client, address, now, until, evidence)) is not None

    def quarantine(self, pool, address, now, until, evidence):
        return self.done(self.of_pool(pool).quarantine(address, now, until, evidence)) is not None

    def clear(self, pool, address, now):
        return self.done(self.of_pool(pool).clear(address, now)) is not None

    def of_client(self, pool, client, now):
        return self.of_pool(pool).of_client(client, now)

    def at(self, pool, address, now):
        return self.of_pool(pool).at(address, now)

    def leases(self, pool, after, most):
        return self.of_pool(pool).leases(after, most)

    def counts(self, pool, now):
        return self.of_pool(pool).counts(now)

    def history(self, address, client, most):
        found = [
            change
            for change in reversed(self.changes)
            if address in (None, change.lease.address) and client in (None, change.lease.client)
        ]
        return found[:most]

    def forget_history(self, before):
        old = [change for change in self.changes if change.at < before]
        self.changes = [change for change in self.changes if change.at >= before]
        return len(old)
