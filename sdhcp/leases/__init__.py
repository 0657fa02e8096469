"""Addresses that are lent: pools, who holds what of them, and where that is kept."""
