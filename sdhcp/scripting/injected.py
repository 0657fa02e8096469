"""The names that conf.py finds without importing them."""

import logging
from types import ModuleType
from typing import Any, Final

from . import conversion, rfc
from .callbacks import Callbacks
from .namespaces import PackageAndParameters, _Namespace
from .site import site_of

_FUNCTIONS: Final = {
    conversion: (
        "listToIP", "listToIPs", "ipToList", "ipsToList", "listToInt", "listToInts", "listToLong", "listToLongs",
        "intToList", "intsToList", "longToList", "longsToList", "strToList", "strToPaddedList", "listToStr",
    ),
    rfc: (
        "rfc3046_decode", "rfc3925_decode", "rfc3925_125_decode", "rfc1035_plus", "rfc2610_78", "rfc2610_79",
        "rfc3361_120", "rfc3397_119", "rfc3442_121", "rfc3925_124", "rfc3925_125", "rfc4174_83", "rfc4280_88",
        "rfc5223_137", "rfc5678_139", "rfc5678_140",
    ),
}  # fmt: skip
"""Functions and classes of the modules beside this one."""
_NAMESPACES: Final = ("extensions", "staticDHCPd_extensions")
"""What parameters of extension files are reached by: staticDHCPd's files use the first, its guide tells the second."""


def prepare_site(conf: ModuleType) -> None:
    """Put all names into a conf.py that is about to be executed, so that its top level has them too."""
    vars(conf).update(_names(conf))
    vars(conf).update(dict.fromkeys(_NAMESPACES, _parameters_of(conf)))


def inject(conf: ModuleType) -> None:
    """Put in what an executed conf.py must not lack.

    staticDHCPd puts its names in place of conf.py's own of the same name. Here those stay, such as a ``logger`` of the
    site's, but for two kinds: None, which stands for what is to come; and ``extensions``, since extension files read
    their parameters from there. A package of one of these names that conf.py has imported is both from now on:
    ``staticDHCPd_extensions.some.function`` is the file's, ``with staticDHCPd_extensions.some as some`` its parameters.
    """
    held = vars(conf)
    for name, value in _names(conf).items():
        if held.get(name) is None:
            held[name] = value
    parameters = _parameters_of(conf)
    for name in _NAMESPACES:
        value = held.get(name)
        if isinstance(value, ModuleType):
            held[name] = PackageAndParameters(value, parameters)
        elif value is None or name == _NAMESPACES[0]:
            held[name] = parameters


def _names(conf: ModuleType) -> dict[str, Any]:
    logger = logging.getLogger("conf")
    names: dict[str, Any] = {"logger": logger, "writeLog": logger.warning, "callbacks": callbacks_of(conf)}
    for module, functions in _FUNCTIONS.items():
        names.update({name: getattr(module, name) for name in functions})
    return names


def _parameters_of(conf: ModuleType) -> _Namespace:
    parameters: _Namespace = vars(conf).setdefault("__sdhcp_parameters__", _Namespace())
    return parameters


def callbacks_of(conf: ModuleType) -> Callbacks:
    """What a conf.py, and the extension files that it imports, register their functions with; one for each conf.py."""
    held = vars(conf)
    callbacks: Callbacks = held.setdefault("__sdhcp_callbacks__", Callbacks(site_of(conf)))
    return callbacks
