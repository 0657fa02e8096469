"""What files that were written for staticDHCPd import: its modules, served under their own names."""

from ..scripting.injected import inject
from ..scripting.injected import prepare_site as _prepare_site
from ..scripting.site import conf_module as _conf_module
from .finder import install as _install

__all__ = ["inject", "install"]


def install() -> None:
    """Have imports of ``libpydhcpserver`` and ``staticdhcpdlib`` served from here, as long as the process lives.

    The server calls this before a conf.py is executed, whose names are put into it as well. A program that is none of
    the server's, and uses the library alone, calls it before it imports from there::

        import sdhcp.compat

        sdhcp.compat.install()
        from libpydhcpserver.dhcp import DHCPServer

    or is started unchanged, by ``python -m sdhcp.compat PROGRAM.py [ARGUMENTS]``. Nothing of that needs a reactor.
    A package of one of these names that is installed besides is not used. To call it again does nothing more.
    """
    _install()
    conf = _conf_module()
    if conf is not None:
        _prepare_site(conf)
