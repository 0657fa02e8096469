"""The example server: one subnet in an SQLite file, answered on this machine only."""

import os

DHCP_SERVER_IP = "127.0.0.1"
# Port 67 belongs to root; anybody may try this on another.
DHCP_SERVER_PORT = 67 if os.geteuid() == 0 else 6767
# Clients on the loopback interface have no link of their own: they come as if through a relay agent.
DHCP_RESPONSE_INTERFACE = None
ALLOW_DHCP_RELAYS = True
LINK_CHECK = True

DATABASE_ENGINE = "SQLite"
SQLITE_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dhcp.sqlite3")

DAEMON = False
