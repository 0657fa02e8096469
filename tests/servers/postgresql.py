"""A private PostgreSQL."""

import glob
import signal

from .processes import ServerProcess, find, wait_until

_FOLDERS = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
SKIP = "" if find("initdb", *_FOLDERS) and find("postgres", *_FOLDERS) else "initdb and postgres are not installed"
PASSWORD = "s3cret-of-pg"
_FAST = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=40", "log_min_messages=warning",
    "autovacuum=off", "shared_buffers=64MB",
)  # fmt: skip


class PostgresqlServer(ServerProcess):
    """A server on a socket in its folder and a port of 127.0.0.1.

    ``admin`` may do anything; ``reader`` gets in with :data:`PASSWORD`, and may do what a test lets it.
    """

    user = "postgres"
    last_word = "INT"

    def __init__(self):
        super().__init__()
        self.data = self.folder / "data"
        self.run(
            find("initdb", *_FOLDERS), "-D", self.data, "-U", "admin", "-A", "trust", "-E", "UTF8", "--locale=C",
            "--no-sync", "--no-instructions",
        )  # fmt: skip
        rules = "local all admin trust\nhost all admin 127.0.0.1/32 trust\nlocal all all scram-sha-256\n"
        (self.data / "pg_hba.conf").write_text(rules + "host all all 127.0.0.1/32 scram-sha-256\n")
        self.start()
        self.execute("CREATE DATABASE dhcp", database="postgres")
        self.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")

    def start(self):
        """Start it, and wait until it answers."""
        settings = [*_FAST, f"unix_socket_directories={self.folder}", "listen_addresses=127.0.0.1", f"port={self.port}"]
        options = [part for setting in settings for part in ("-c", setting)]
        self.spawn(find("postgres", *_FOLDERS), "-D", self.data, *options)
        wait_until(self.answers, self.said())

    def answers(self):
        """Whether one can connect."""
        try:
            self.connect("postgres").close()
        except Exception:
            return False
        return True

    def stop(self):
        """Stop it at once; what it holds stays."""
        self.end(signal.SIGINT)

    def connect(self, database="dhcp"):
        """A connection of the administrator's, where each question is a transaction."""
        import psycopg2

        connection = psycopg2.connect(host=str(self.folder), port=self.port, user="admin", dbname=database)
        connection.autocommit = True
        return connection

    def execute(self, question, values=None, database="dhcp"):
        """Have the administrator do something; its rows, if there are any."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(question, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def create(self, tables):
        """Empty the database, make tables in it, and let ``reader`` read them."""
        self.execute(
            f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO reader; {tables}"
        )
        self.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")

    def settings(self, **more):
        """What conf.py would say to use it."""
        return {
            "POSTGRESQL_DATABASE": "dhcp", "POSTGRESQL_USERNAME": "reader", "POSTGRESQL_PASSWORD": PASSWORD,
            "POSTGRESQL_HOST": "127.0.0.1", "POSTGRESQL_PORT": self.port, "POSTGRESQL_SSLMODE": "disable",
            "POSTGRESQL_MAXIMUM_CONNECTIONS": 4, "USE_POOL": True, **more,
        }  # fmt: skip
