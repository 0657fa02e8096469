"""What conf.py sets, as attributes, read when they are asked for.

``conf`` is the module that conf.py is, ``callbacks`` what functions are registered with. A setting that conf.py does
not have is there with its default, a hook likewise; any other name that it does not have raises AttributeError. What is
assigned to a setting here is read here from then on, and the server is told of it.
"""

import sys
from types import ModuleType
from typing import Any

from ...scripting import site_settings
from ...scripting.injected import callbacks_of
from ...scripting.namespaces import _Namespace
from ...scripting.site import conf_module, current_site

__all__ = ["_Namespace"]


class _Settings(ModuleType):
    """A module whose settings are those of the conf.py that was loaded last."""

    def __getattr__(self, name: str) -> Any:
        if name == "conf":
            return conf_module()
        if name == "callbacks":
            conf = conf_module()
            if conf is None:
                raise AttributeError("no conf.py is loaded")
            return callbacks_of(conf)
        return site_settings.setting(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if site_settings.is_setting(name):
            current_site().assign(name, value)
        else:
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *site_settings.names(), "conf", "callbacks"]


sys.modules[__name__].__class__ = _Settings
