"""PostgreSQL, as it is and as others leave it."""

from .contracts import CachedContract
from .servers.postgresql import SKIP, PostgresqlServer
from .sql_cases import SqlCase, SqlContract, schema

skip = SKIP or None


class PostgresqlCase(SqlCase):
    engine, module = "PostgreSQL", "postgresql"
    schema = schema("postgresql.sql")
    make_server = PostgresqlServer.shared


class ContractTests(SqlContract, PostgresqlCase):
    pass


class CachedContractTests(CachedContract, ContractTests):
    pass
