"""A conf.py to begin with. `sdhcp check --config conf.py` tells what is wrong with it.

docs/configuration.md has every setting.
"""

# An address of this machine. A list serves several interfaces: ["192.168.1.1", "192.168.2.1"]
DHCP_SERVER_IP = "192.168.1.1"

# Who knows the clients: the name of a source, code, or None for nobody.
DATABASE_ENGINE = "SQLite"
SQLITE_FILE = "/etc/sdhcp/dhcp.sqlite3"
# DATABASE_ENGINE = "PostgreSQL"      # or "MySQL", "Oracle", "Redis", "HTTP", "INI", or code: docs/sources.md
# POSTGRESQL_DATABASE, POSTGRESQL_USERNAME, POSTGRESQL_PASSWORD = "dhcp", "dhcp_user", "..."
# USE_CACHE = True

# No address is given out on a link where it does not belong. Networks that share a link are named.
LINK_CHECK = True
# SHARED_NETWORKS = [["192.168.1.0/24", "10.0.0.0/24"]]

# Clients behind relay agents; an empty list would let every agent ask.
ALLOW_DHCP_RELAYS = False
# ALLOWED_DHCP_RELAYS = ["192.168.7.1"]

# This is the only server here: strangers that renew are told to begin anew.
AUTHORITATIVE = False

# Root is given up once port 67 is open.
UID = "nobody"
GID = "nogroup"

LOG_CONSOLE_SEVERITY = "INFO"

# Troubles are told by mail: one when it begins, one when it is over. docs/alerts.md
# EMAIL_ENABLED = True
# EMAIL_SERVER, EMAIL_SOURCE, EMAIL_DESTINATION = "mail.example.org", "dhcp@example.org", "admin@example.org"
