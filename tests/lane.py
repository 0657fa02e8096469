"""A process that runs the modules whose names it reads, and writes what came of each; see :mod:`tests.lanes`."""

import io
import json
import os
import resource
import signal
import sys
from typing import Any, TextIO

from twisted.trial.itrial import ITestCase
from twisted.trial.reporter import TextReporter
from twisted.trial.runner import LoggedSuite, TestLoader, TrialRunner
from zope.interface import implementer


@implementer(ITestCase)
class Names:
    """All tests that names read from a file stand for, each name's run to their end before the next is read.

    Trial runs it as one test, since the reactor of a process can be shut down but once.
    """

    def __init__(self, names: TextIO, answers: TextIO) -> None:
        self._names = names
        self._answers = answers

    def __call__(self, result: Any) -> None:
        for name in self._names:
            json.dump(outcome(name.strip()), self._answers)
            self._answers.write("\n")
            self._answers.flush()


def outcome(name: str) -> dict[str, Any]:
    """Run the tests of a module or a class; what a lane tells of it."""
    before = processor_time()
    said = io.StringIO()
    reporter = TextReporter(said, "default", realtime=False)

    def interrupted(*_: object) -> None:
        reporter.stop()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupted)
    LoggedSuite([TestLoader().loadByNames([name])]).run(reporter)
    reporter.done()
    return {
        "name": name,
        "passed": reporter.wasSuccessful() and reporter.testsRun > 0,
        "tests": reporter.testsRun,
        "skipped": [(test.id(), str(reason)) for test, reason in reporter.skips],
        "processor": processor_time() - before,
        "said": said.getvalue(),
    }


def processor_time() -> float:
    """The processor time of this process and of those that it has waited for, in seconds."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def private(number: int, mode: str, instead: int) -> TextIO:
    """A standard file that no program the tests start can see, which has another in its place."""
    kept = os.dup(number)
    os.dup2(instead, number)
    return os.fdopen(kept, mode, encoding="utf-8")


def main() -> None:
    """Run what the standard input names, in a folder that the command line names."""
    with open(os.devnull) as nothing:
        names = private(0, "r", nothing.fileno())
    answers = private(1, "w", 2)
    TrialRunner(TextReporter, workingDirectory=sys.argv[1], stream=sys.stderr).run(Names(names, answers))


if __name__ == "__main__":
    main()
