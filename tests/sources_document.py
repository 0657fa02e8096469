"""The table of docs/sources.md: which case of the contract is tried with which store. Run as a program it is written.

python -m tests.sources_document
"""

import sys
from pathlib import Path

from twisted.python.reflect import namedAny

from .contracts import CachedContract, SourceContract
from .netns.yard import ROOT

PATH = ROOT / "docs" / "sources.md"
BEGIN, END = "## What was tested\n", "## Nobody\n"
STORES = {
    "INI": ("test_backends_ini.ContractTests", "test_backends_ini.CachedContractTests"),
    "SQLite": ("test_backends_sqlite.ContractTests", "test_backends_sqlite.CachedContractTests"),
    "PostgreSQL": ("test_backends_postgresql.ContractTests", "test_backends_postgresql.CachedContractTests"),
    "MariaDB": ("test_backends_mysql.ContractTests", "test_backends_mysql.CachedContractTests"),
    "Redis": ("test_backends_redis.ContractTests", "test_backends_redis.CachedContractTests"),
    "HTTP": ("test_backends_http.ContractTests", "test_backends_http.CachedContractTests"),
    "dict": ("test_adapters.DictContractTests", "test_adapters.CachedDictContractTests"),
    "function": ("test_adapters.FunctionContractTests", "test_adapters.CachedFunctionContractTests"),
    "`Database`": (
        "test_compat_databases.DatabaseContractTests",
        "test_compat_databases.CachedDatabaseContractTests",
    ),
}
"""Each store, with the test cases of it alone and with a cache in front."""
TEXT = """
Every source is held to the same twenty cases, alone and with a cache in front, against real and private servers
(`tests/contracts.py`). "both" is with and without a cache; "whole" that a file or a dict is refused whole, with the
entry named, when it is read. `Database` is a class written for staticDHCPd. Oracle is tried without a server alone: its
SQL and what its driver is given; it is not yet proved against one.
"""


def cases() -> list[str]:
    """The names of the cases."""
    return sorted(name for name in vars(SourceContract) if name.startswith("test_"))


def table() -> str:
    """The section as it should be.

    :raises AssertionError: if a store leaves a case out.
    """
    lines = ["| | " + " | ".join(STORES) + " |", "|---|" + "---|" * len(STORES)]
    for case in cases():
        cells = []
        for alone, cached in STORES.values():
            tests = [namedAny(f"tests.{alone}"), namedAny(f"tests.{cached}")]
            for test, contract in zip(tests, (SourceContract, CachedContract), strict=True):
                if not issubclass(test, contract) or getattr(test, case) is not getattr(SourceContract, case):
                    raise AssertionError(f"{test} has a {case} of its own")
            cells.append("whole" if case.startswith("test_17") and tests[0].checks_entries_when_read else "both")
        number, _, words = case.removeprefix("test_").partition("_")
        lines.append(f"| {int(number)} {words.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return f"{BEGIN}{TEXT}\n" + "\n".join(lines) + "\n\n"


def written(path: Path = PATH) -> str:
    """The section as it is."""
    text = path.read_text(encoding="utf-8")
    return text[text.index(BEGIN) : text.index(END)]


def main() -> int:
    text = PATH.read_text(encoding="utf-8")
    PATH.write_text(text.replace(written(), table()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
