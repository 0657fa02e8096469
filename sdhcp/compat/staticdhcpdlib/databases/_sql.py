"""Databases that are asked in SQL."""

from ....scripting.sql_databases import (
    MySQL,
    Oracle,
    PostgreSQL,
    SQLite,
    _DB20Broker,
    _NonPoolingBroker,
    _PoolingBroker,
    _SQLDatabase,
)

__all__ = [
    "MySQL",
    "Oracle",
    "PostgreSQL",
    "SQLite",
    "_DB20Broker",
    "_NonPoolingBroker",
    "_PoolingBroker",
    "_SQLDatabase",
]
