"""What files that were written for staticDHCPd import: its modules, served under their own names."""

from ..scripting.injected import inject
from ..scripting.injected import prepare_site as _prepare_site
from ..scripting.site import conf_module as _conf_module
from .finder import install as _install

__all__ = ["inject", "install"]


def install() -> None:
    """Before a conf.py is executed: its imports are served as long as the process lives, its names are put into it."""
    _install()
    conf = _conf_module()
    if conf is not None:
        _prepare_site(conf)
