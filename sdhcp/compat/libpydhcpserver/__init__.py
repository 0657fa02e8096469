"""The library of packets below staticDHCPd, as far as a site's files use it."""
