"""What the server does. `sdhcp check` tells what is wrong with it, `systemctl restart sdhcp` has it read.

/usr/share/doc/sdhcp/docs/configuration.md has every setting.
"""

# An address of this machine. A list serves several interfaces: ["192.168.1.1", "192.168.2.1"]
DHCP_SERVER_IP = "192.168.1.1"

# Who knows the clients: the name of a source, code, or None for nobody.
# `sdhcp init-db` makes the file, `sdhcp hosts` shows and changes what is in it.
DATABASE_ENGINE = "SQLite"
SQLITE_FILE = "/var/lib/sdhcp/dhcp.sqlite3"
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

# The unit of systemd starts the server as this user already; root gives itself up.
UID = "sdhcp"
GID = "sdhcp"

# Where the server may write. What goes to the console is in the journal: journalctl -u sdhcp
LOG_CONSOLE_SEVERITY = "INFO"
LOG_FILE = "/var/log/sdhcp/sdhcp.log"
LOG_FILE_SEVERITY = "WARN"
CONTROL_SOCKET = "/run/sdhcp/control"
LEASES_FILE = "/var/lib/sdhcp/leases.sqlite3"

# The web console: http://127.0.0.1:30880. docs/console.md says how others may see it.
WEB_IP = "127.0.0.1"
# WEB_DIGEST_USERNAME, WEB_DIGEST_PASSWORD = "admin", "..."

# Troubles are told by mail: one when it begins, one when it is over. docs/alerts.md
# EMAIL_ENABLED = True
# EMAIL_SERVER, EMAIL_SOURCE, EMAIL_DESTINATION = "mail.example.org", "dhcp@example.org", "admin@example.org"
