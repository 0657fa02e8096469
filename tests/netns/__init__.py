"""Tests with real clients and relay agents, in network namespaces."""
