"""Makes ``twistd sdhcp`` known to Twisted."""

from twisted.application.service import ServiceMaker

sdhcp = ServiceMaker("sdhcp", "sdhcp.tap", "A DHCPv4 server whose clients are known to your database or code.", "sdhcp")
