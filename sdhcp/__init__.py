"""sdhcp: a programmable DHCPv4 server whose answers come from any source."""

__version__ = "0.1.0"
