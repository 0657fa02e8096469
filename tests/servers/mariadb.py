"""A private MariaDB."""

import signal

from .processes import ServerProcess, find, wait_until

_FOLDERS = ("/usr/sbin", "/usr/libexec")
SKIP = "" if find("mariadbd", *_FOLDERS) and find("mariadb-install-db") else "mariadbd is not installed"
PASSWORD = "s3cret-of-my"
_FAST = (
    "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M",
    "--innodb-doublewrite=0", "--skip-log-bin", "--performance-schema=0", "--skip-name-resolve",
)  # fmt: skip


class MariadbServer(ServerProcess):
    """A server on a socket in its folder and a port of 127.0.0.1.

    ``admin`` may do anything; ``reader`` gets in with :data:`PASSWORD`, and may do what a test lets it.
    """

    user = "mysql"

    def __init__(self):
        super().__init__()
        self.data = self.folder / "data"
        self.socket = self.folder / "socket"
        self.run(
            find("mariadb-install-db"), "--no-defaults", f"--datadir={self.data}", "--skip-test-db",
            "--auth-root-authentication-method=normal", *_FAST,
        )  # fmt: skip
        self.start()
        self.execute("CREATE DATABASE dhcp CHARACTER SET utf8mb4", database=None)
        self.execute(f"CREATE USER reader@'%%' IDENTIFIED BY '{PASSWORD}'", database=None)

    def start(self):
        """Start it, and wait until it answers."""
        self.spawn(
            find("mariadbd", *_FOLDERS), "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}",
            f"--port={self.port}", "--bind-address=127.0.0.1", f"--pid-file={self.folder / 'pid'}", *_FAST,
        )  # fmt: skip
        wait_until(self.answers, "MariaDB answers")

    def answers(self):
        """Whether one can connect."""
        try:
            self.connect(None).close()
        except Exception:
            return False
        return True

    def stop(self):
        """Stop it at once; what it holds stays."""
        self.end(signal.SIGTERM)

    def connect(self, database="dhcp"):
        """A connection of the administrator's, where each question is a transaction."""
        import pymysql

        return pymysql.connect(
            unix_socket=str(self.socket), user="root", database=database, charset="utf8mb4", autocommit=True
        )

    def execute(self, question, values=(), database="dhcp"):
        """Have the administrator do something; its rows, if there are any."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(question, values)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def create(self, tables):
        """Empty the database, make tables in it, and let ``reader`` read them."""
        self.execute("DROP DATABASE IF EXISTS dhcp", database=None)
        self.execute("CREATE DATABASE dhcp CHARACTER SET utf8mb4", database=None)
        lines = "\n".join(line.partition("--")[0] for line in tables.splitlines())
        for statement in filter(str.strip, lines.split(";")):
            self.execute(statement.replace("%", "%%"))
        self.execute("GRANT SELECT ON dhcp.* TO reader")

    def settings(self, **more):
        """What conf.py would say to use it."""
        return {
            "MYSQL_DATABASE": "dhcp", "MYSQL_USERNAME": "reader", "MYSQL_PASSWORD": PASSWORD,
            "MYSQL_HOST": "127.0.0.1", "MYSQL_PORT": self.port, "MYSQL_MAXIMUM_CONNECTIONS": 4, "USE_POOL": True,
            **more,
        }  # fmt: skip
