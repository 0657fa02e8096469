"""``sdhcp run``: the server in the foreground, without twistd."""

import os
import sys
from collections.abc import Iterable
from typing import cast

from twisted.logger import globalLogBeginner

from .compat import inject, install
from .config import ConfigurationError, load
from .hooks import InitFailed
from .interfaces import IServerReactor, SourceLoadError
from .outputs import STANDARD_ERROR, console_observer, is_journal
from .privileges import PrivilegeError
from .process import close_to_others
from .service import make_service
from .transport.errors import ListenError


def run(config_path: str | None, debug: bool) -> int:
    """Serve until SIGTERM or SIGINT; the exit status.

    0 after a signal, 1 if a socket cannot be opened, privileges cannot be given up or ``init()`` fails, 2 if conf.py
    or its source is not in order; each problem is one line on standard error.
    """
    from twisted.internet import reactor as installed

    reactor = cast(IServerReactor, installed)

    close_to_others()
    try:
        configuration = load(config_path, os.environ, os.getcwd(), debug, prepare=install, executed=inject)
        server = make_service(configuration, reactor)
    except ConfigurationError as error:
        return _tell(map(str, error.problems), 2)
    except SourceLoadError as error:
        return _tell(error.problems, 2)
    log = configuration.log
    # Each line would be there twice.
    is_there = log.journal and is_journal(STANDARD_ERROR, os.environ)
    observers = [] if is_there else [console_observer(log.console_severity, log.format, os.environ)]
    for observer in observers:
        server.writes_console(observer)
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)
    try:
        server.privilegedStartService()
        server.startService()
    except SourceLoadError as error:
        return _tell(error.problems, 2)
    except (InitFailed, ListenError, PrivilegeError) as error:
        return _tell([str(error)], 1)
    reactor.addSystemEventTrigger("before", "shutdown", server.stopService)
    reactor.run()
    return 1 if server.gave_up else 0


def _tell(lines: Iterable[str], status: int) -> int:
    for line in lines:
        sys.stderr.write(f"{line}\n")
    return status
