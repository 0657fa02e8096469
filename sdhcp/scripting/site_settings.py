"""What the settings of conf.py are to a site's code: as it wrote them, or as it has changed them since."""

from types import MappingProxyType
from typing import Any, Final

from ..config.schema import HOOKS, PARAMETERS, REQUIRED
from .site import conf_module, site_of

_NAMES: Final = MappingProxyType({one.name: (one.name, *one.aliases) for one in PARAMETERS})
_OWN_WAY: Final = MappingProxyType(
    {
        "DHCP_RESPONSE_INTERFACE_QTAGS": None,
        "ALLOWED_DHCP_RELAYS": (),
        "EXTRA_MAPS": None,
        "EXTRA_SUBNETS": None,
        "EMAIL_DESTINATION": None,
        "ENABLE_RAPIDCOMMIT": False,
    }
)
"""Defaults that are something else by the time the server has checked them."""
_DEFAULTS: Final = MappingProxyType(
    {parameter.name: parameter.default for parameter in PARAMETERS if parameter.default is not REQUIRED}
    | dict(_OWN_WAY)
)


def _unchosen(definitions: Any, *_: Any) -> Any:
    raise ValueError("there are several definitions, and conf.py has no filterRetrievedDefinitions")


_HOOKS: Final = MappingProxyType(
    {
        "init": lambda: None,
        "filterPacket": lambda *_: True,
        "handleUnknownMAC": lambda *_: None,
        "filterRetrievedDefinitions": _unchosen,
        "loadDHCPPacket": lambda *_: True,
    }
)
"""What is done where conf.py has no such function."""


def is_setting(name: str) -> bool:
    """Whether a name of ``staticdhcpdlib.config`` is conf.py's: upper-case, or a hook."""
    return name.isupper() or name in HOOKS


def setting(name: str) -> Any:
    """What a name holds: what was assigned last, else what conf.py says, else the default.

    :raises AttributeError: if there is none of these.
    """
    conf = conf_module()
    held: dict[str, Any] = vars(conf) if conf is not None else {}
    if is_setting(name):
        assigned = site_of(conf).assigned if conf is not None else {}
        if name in assigned:
            return assigned[name]
        # Of two names for one setting the last in the order of the alphabet stands, as when conf.py is read.
        for known in sorted(_NAMES.get(name, (name,)), reverse=True):
            if known in held:
                return held[known]
        for defaults in (_DEFAULTS, _HOOKS):
            if name in defaults:
                return defaults[name]
    raise AttributeError(f"conf.py does not set {name}")


def names() -> list[str]:
    """All names that :func:`setting` knows now."""
    conf = conf_module()
    held = [name for name in (vars(conf) if conf is not None else {}) if is_setting(name)]
    assigned = site_of(conf).assigned if conf is not None else {}
    return sorted({*held, *assigned, *_DEFAULTS, *_HOOKS})
