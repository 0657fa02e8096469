"""The library of staticDHCPd, as far as a site's files use it."""

from typing import Final

VERSION: Final = "3.0.0-beta1"
"""The version that a site's files find themselves with."""
URL: Final = "https://github.com/flan/staticdhcpd"
COPYRIGHT: Final = "2026, the authors of sdhcp"
