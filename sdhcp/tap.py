"""What ``twistd sdhcp`` runs: its options, and the service that they lead to."""

import os
import sys
from collections.abc import Iterable
from typing import NoReturn, cast

from twisted.application.service import IService
from twisted.python import usage

from .config import ConfigurationError, load
from .interfaces import IServerReactor, SourceLoadError
from .privileges import PrivilegeError
from .service import Server, make_service
from .transport.errors import ListenError


class Options(usage.Options):
    """Options of ``twistd sdhcp``."""

    synopsis = "[--config FILE]"
    longdesc = "Serves DHCPv4 clients that a file, a database or code knows. Exit status 2: conf.py is not in order."
    optParameters = [["config", "c", None, "conf.py, or the folder that holds it."]]  # noqa: RUF012  Twisted reads a list
    optFlags = [["debug", None, "Log everything, as DEBUG = True does."]]  # noqa: RUF012  as above


class TwistdServer(Server):
    """A server that ends twistd with one plain line instead of a traceback."""

    def privilegedStartService(self) -> None:
        """As in :class:`Server`.

        :raises SystemExit: status 1 if a socket cannot be opened, 2 if the source is gone.
        """
        try:
            super().privilegedStartService()
        except ListenError as error:
            _leave([str(error)], 1)
        except SourceLoadError as error:
            _leave(error.problems, 2)

    def startService(self) -> None:
        """As in :class:`Server`.

        :raises SystemExit: status 1 if the user or group of conf.py cannot be taken on.
        """
        try:
            super().startService()
        except PrivilegeError as error:
            _leave([str(error)], 1)


def makeService(options: usage.Options) -> IService:
    """The service for the options of a command line.

    :raises SystemExit: status 2 with one line per problem if conf.py or its source is not in order.
    """
    from twisted.internet import reactor as installed

    reactor = cast(IServerReactor, installed)

    try:
        configuration = load(options["config"], os.environ, os.getcwd(), bool(options["debug"]))
        return make_service(configuration, reactor, TwistdServer)
    except ConfigurationError as error:
        _leave(map(str, error.problems), 2)
    except SourceLoadError as error:
        _leave(error.problems, 2)


def _leave(lines: Iterable[str], status: int) -> NoReturn:
    for line in lines:
        sys.stderr.write(f"{line}\n")
    raise SystemExit(status)
