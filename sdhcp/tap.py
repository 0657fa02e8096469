"""What ``twistd sdhcp`` runs: its options, and the service that they lead to."""

import atexit
import os
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Final, NoReturn, cast

from twisted.application.service import IService
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python import usage

from .compat import inject, install
from .config import ConfigurationError, load
from .hooks import InitFailed
from .interfaces import IServerReactor, SourceLoadError
from .privileges import PrivilegeError
from .process import close_to_others
from .service import Server, make_service
from .transport.errors import ListenError

_log: Final = Logger()


class Options(usage.Options):
    """Options of ``twistd sdhcp``."""

    synopsis = "[--config FILE]"
    longdesc = "Serves DHCPv4 clients that a file, a database or code knows. Exit status 2: conf.py is not in order."
    optParameters = [["config", "c", None, "conf.py, or the folder that holds it."]]  # noqa: RUF012  Twisted reads a list
    optFlags = [["debug", None, "Log everything, as DEBUG = True does."]]  # noqa: RUF012  as above


class CannotStart(Exception):
    """The server cannot start; the text says why. What twistd has to clean up, it cleans up for exceptions alone."""


class TwistdServer(Server):
    """A server that ends twistd with plain lines, in its log and on standard error, instead of a traceback."""

    def privilegedStartService(self) -> None:
        """As in :class:`Server`.

        :raises CannotStart: if a socket cannot be opened, the source is gone, or ``init()`` fails; status 1.
        """
        try:
            super().privilegedStartService()
        except (InitFailed, ListenError, SourceLoadError) as error:
            self._give_up(error)

    def startService(self) -> None:
        """As in :class:`Server`.

        :raises CannotStart: if the user or group of conf.py cannot be taken on; twistd ends with status 1.
        """
        try:
            super().startService()
        except PrivilegeError as error:
            self._give_up(error)

    def stopService(self) -> "Deferred[None]":
        """As in :class:`Server`."""
        if self.gave_up:
            # twistd has no other way to end with this status once its reactor has run.
            atexit.register(os._exit, 1)
        return super().stopService()

    def _give_up(self, error: Exception) -> NoReturn:
        _log.critical("cannot start: {why}", why=str(error))
        sys.excepthook = _plainly
        raise CannotStart(str(error)) from None


def _plainly(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, CannotStart):
        # twistd has turned the other one into its log.
        print(error, file=sys.__stderr__)
    else:
        sys.__excepthook__(kind, error, trace)


def makeService(options: usage.Options) -> IService:
    """The service for the options of a command line.

    :raises SystemExit: status 2 with one line per problem if conf.py or its source is not in order.
    """
    from twisted.internet import reactor as installed

    reactor = cast(IServerReactor, installed)

    close_to_others()
    try:
        configuration = load(
            options["config"], os.environ, os.getcwd(), bool(options["debug"]), prepare=install, executed=inject
        )
        return make_service(configuration, reactor, TwistdServer)
    except ConfigurationError as error:
        _leave(map(str, error.problems), 2)
    except SourceLoadError as error:
        _leave(error.problems, 2)


def _leave(lines: Iterable[str], status: int) -> NoReturn:
    for line in lines:
        sys.stderr.write(f"{line}\n")
    raise SystemExit(status)
