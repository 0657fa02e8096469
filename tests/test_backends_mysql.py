"""MySQL and MariaDB, as they are and as others leave them."""

from .contracts import CachedContract
from .servers.mariadb import SKIP, MariadbServer
from .sql_cases import SqlCase, SqlContract, schema

skip = SKIP or None


class MysqlCase(SqlCase):
    engine, module = "MySQL", "mysql"
    schema = schema("mysql.sql")
    make_server = MariadbServer.shared


class ContractTests(SqlContract, MysqlCase):
    pass


class CachedContractTests(CachedContract, ContractTests):
    pass
