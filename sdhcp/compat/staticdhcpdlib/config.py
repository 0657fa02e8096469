"""What conf.py sets, as attributes, read when they are asked for.

``conf`` is the module that conf.py is. A setting that conf.py does not have is there with its default; any other
name that it does not have raises AttributeError.
"""

import sys
from types import MappingProxyType
from typing import Any, Final

from ...config.schema import PARAMETERS, REQUIRED

_NAMES: Final = MappingProxyType({one.name: (one.name, *one.aliases) for one in PARAMETERS})
_OWN_WAY: Final = MappingProxyType(
    {
        "DHCP_RESPONSE_INTERFACE_QTAGS": None,
        "ALLOWED_DHCP_RELAYS": (),
        "EXTRA_MAPS": None,
        "EXTRA_SUBNETS": None,
        "ENABLE_RAPIDCOMMIT": False,
    }
)
"""Defaults that are something else by the time the server has checked them."""
_DEFAULTS: Final = MappingProxyType(
    {parameter.name: parameter.default for parameter in PARAMETERS if parameter.default is not REQUIRED}
    | dict(_OWN_WAY)
)


def __getattr__(name: str) -> Any:
    conf = sys.modules.get("conf")
    if name == "conf":
        return conf
    if name.isupper():
        held = vars(conf) if conf is not None else {}
        # Of two names for one setting the last in the order of the alphabet stands, as when conf.py is read.
        for known in sorted(_NAMES.get(name, (name,)), reverse=True):
            if known in held:
                return held[known]
        if name in _DEFAULTS:
            return _DEFAULTS[name]
    raise AttributeError(f"conf.py does not set {name}")
