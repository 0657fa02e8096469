"""``sdhcp`` with a clock that is set by whoever writes a file: python -m tests.drills.clocked FILE ARGUMENTS.

The file has two numbers: the seconds by which the clock is ahead of this machine's, and the seconds that this machine
has slept.
"""

import sys
import time
from pathlib import Path

from sdhcp import service
from sdhcp.cli.main import main

_file = Path(sys.argv.pop(1))


def _numbers() -> tuple[float, float]:
    ahead, slept = _file.read_text(encoding="ascii").split()
    return float(ahead), float(slept)


def _wall() -> float:
    ahead, slept = _numbers()
    return time.time() + ahead + slept


def _passed() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) + _numbers()[1]


service.time = _wall  # type: ignore[attr-defined]
service.passed = _passed

if __name__ == "__main__":
    main()
