"""conf.py: read, checked and turned into frozen sections."""

from collections.abc import Callable, Mapping
from types import ModuleType

from .assemble import assemble
from .loader import find, load_module
from .problems import ConfigurationError, Problem
from .settings import Configuration

__all__ = ["Configuration", "ConfigurationError", "Problem", "load"]


def load(
    path: str | None,
    environ: Mapping[str, str],
    cwd: str,
    debug: bool = False,
    prepare: Callable[[], None] = lambda: None,
    executed: Callable[[ModuleType], None] = lambda module: None,
) -> Configuration:
    """Find conf.py, execute it and check every setting.

    :param path: conf.py or its folder; None to look at SDHCP_CONF and STATICDHCPD_CONF_PATH in
        ``environ``, then for ``conf/conf.py`` and ``conf.py`` in ``cwd``, then in /etc/sdhcp and
        /etc/staticDHCPd.
    :param debug: log everything, as ``DEBUG = True`` does.
    :param prepare: called before conf.py is executed, so that what it imports is there.
    :param executed: called with the module afterwards, before its settings are checked.
    :raises ConfigurationError: with all faults at once, whatever conf.py does.
    """
    return assemble(load_module(find(path, environ, cwd), cwd, prepare, executed), debug)
