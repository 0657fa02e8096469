"""What files that were written for staticDHCPd import: its modules, served under their own names."""

from .finder import install

__all__ = ["install"]
