"""The rules of lending."""

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from sdhcp.leases.memory import MemoryLeases

from .lease_contract import LeaseContract
from .lease_states import tell_stories


class RulesTests(LeaseContract, TestCase):
    survives = False

    def open(self):
        return MemoryLeases()

    def test_whatever_happens_in_whatever_order(self):
        return tell_stories(reactor, MemoryLeases, lambda store: None, lambda store: None)
