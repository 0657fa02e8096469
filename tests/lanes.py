"""The whole suite, several of its modules at a time: ``python -m tests.lanes``.

Each lane is a process that takes the next module when it has ended one. The modules that cover sdhcp/wire and
sdhcp/engine run under coverage, which would slow all others down for nothing. Names of modules run these alone.
"""

import argparse
import itertools
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from twisted.trial.runner import TestLoader

ROOT = Path(__file__).resolve().parent.parent

TRACED = re.compile(
    r"tests\.test_(wire_\w+|engine_\w+|conformance_\w+|edited_replies|pools|recipes|scripted\w*|scripting_reply_routes|testing)"
)
"""The modules that cover all of sdhcp/wire and sdhcp/engine."""

WAITING = ("tests.netns.",)
"""How the names of modules begin that mostly wait for clients' timers: they run beside those that compute."""

BY_CLASS = ("tests.netns.test_clients", "tests.netns.test_pool_clients")
"""Modules that take so long that each of their classes has a turn of its own."""

FIRST = (*BY_CLASS, "tests.test_drills", "tests.test_broken", "tests.test_backends_mysql", "tests.test_alerts_server")
"""Modules that begin first, as nobody is to wait for them alone at the end."""


class Outcome(NamedTuple):
    """What came of one turn of a lane: a module, or a class of one."""

    name: str
    passed: bool
    tests: int
    skipped: list[tuple[str, str]]
    """Tests, each with why it could not run here."""
    seconds: float
    processor: float
    said: str


def modules() -> list[str]:
    """The names of all modules with tests."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return sorted(names, key=lambda name: name not in FIRST)


def classes(name: str) -> list[str]:
    """The names of all classes of a module that have tests."""
    found: dict[str, None] = {}
    remaining: deque[Any] = deque([TestLoader().loadByName(name)])
    while remaining:
        one = remaining.popleft()
        if hasattr(one, "__iter__"):
            remaining.extend(one)
        else:
            found[one.id().rpartition(".")[0]] = None
    return list(found)


def turns(names: Iterable[str]) -> list[str]:
    """What lanes take, one after the other, to run modules."""
    return [turn for name in names for turn in (classes(name) if name in BY_CLASS else [name])]


class Lane(threading.Thread):
    """A process that runs what it takes from lists, the first list first."""

    def __init__(
        self, number: int, lists: Sequence[deque[str]], outcomes: list[Outcome], folder: Path, *options: str
    ) -> None:
        super().__init__(name=f"lane-{number}")
        self._lists = lists
        self._outcomes = outcomes
        self._output = folder / f"{self.name}.output"
        self._output.unlink(missing_ok=True)
        self._command = [sys.executable, *options, "-m", "tests.lane", str(folder / self.name)]

    def run(self) -> None:
        """Run all that is left in the lists."""
        process = None
        while (turn := self._next()) is not None:
            process = process or self._start()
            outcome = self._run(process, turn)
            if process.poll() is not None:
                process = None
            self._outcomes.append(outcome)
            # In one go, so that lanes do not mix what they say.
            print(f"{line(outcome)}\n{'' if outcome.passed else outcome.said}", end="", flush=True)
        if process is not None:
            process.stdin.close()
            process.wait()

    def _next(self) -> str | None:
        for one in self._lists:
            try:
                return one.popleft()
            except IndexError:
                continue
        return None

    def _start(self) -> Any:
        with self._output.open("ab") as output:
            return subprocess.Popen(
                self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True
            )

    def _run(self, process: Any, turn: str) -> Outcome:
        began = time.monotonic()
        try:
            process.stdin.write(f"{turn}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        seconds = time.monotonic() - began
        if answer:
            return Outcome(seconds=seconds, **json.loads(answer))
        said = f"its process ended with status {process.wait()}; see {self._output}\n"
        return Outcome(turn, False, 0, [], seconds, 0.0, said)


def line(outcome: Outcome) -> str:
    """One outcome in one line."""
    skipped = f", {len(outcome.skipped)} skipped" if outcome.skipped else ""
    verdict = "ok" if outcome.passed else "FAILED"
    return (
        f"{outcome.seconds:7.1f} s {outcome.processor:7.1f} s {verdict:>6}  {outcome.name} ({outcome.tests}{skipped})"
    )


def run_all(names: Sequence[str], lanes: int, folder: Path) -> list[Outcome]:
    """Run modules in so many lanes that compute, and in one more that mostly wait."""
    traced = deque(name for name in names if TRACED.fullmatch(name))
    waiting = deque(turns(name for name in names if name.startswith(WAITING)))
    others = deque(turns(name for name in names if name not in traced and not name.startswith(WAITING)))
    outcomes: list[Outcome] = []
    numbers = itertools.count(1)
    threads = [Lane(next(numbers), [traced], outcomes, folder, "-m", "coverage", "run")]
    threads += [Lane(next(numbers), [others, waiting], outcomes, folder) for _ in range(lanes)]
    threads += [Lane(next(numbers), [waiting, others], outcomes, folder) for _ in range(lanes + 1)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        # The lanes have been interrupted too; what they clean up is waited for.
        for left in (traced, waiting, others):
            left.clear()
        raise
    return outcomes


def summary(outcomes: Sequence[Outcome], seconds: float) -> str:
    """What was skipped, what failed, and the sum of all."""
    failed = [outcome for outcome in outcomes if not outcome.passed]
    skipped = [f"skipped: {test}: {why}" for outcome in outcomes for test, why in outcome.skipped]
    tests = sum(outcome.tests for outcome in outcomes)
    verdict = f"FAILED ({len(failed)} of {len(outcomes)})" if failed else "PASSED"
    told = [*skipped, *(f"failed: {outcome.name}" for outcome in failed)]
    return "\n".join([*told, f"Ran {tests} tests in {seconds:.0f} s, {len(skipped)} skipped", verdict])


def main() -> int:
    """Run what the command line names; 0 if all passed."""
    reading = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reading.add_argument("--lanes", type=int, default=os.cpu_count() or 1, help="how many modules compute at a time")
    reading.add_argument("--folder", type=Path, default=ROOT / ".trial", help="for what tests leave")
    reading.add_argument("names", nargs="*", metavar="tests.test_name", help="modules; all if there is none")
    asked = reading.parse_args()
    folder = asked.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    outcomes = run_all(asked.names or modules(), max(1, asked.lanes), folder)
    print(summary(outcomes, time.monotonic() - began))
    return 0 if outcomes and all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
