"""What is called ``extensions`` in conf.py: parameters of extension files, by the names of these files."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType, TracebackType
from typing import Any

_PREFIX = "extension_config_"


class _Namespace:
    """Parameters, by names. Reading a name of the first floor makes what it holds; that of the second raises
    AttributeError unless it was set.

    ``with extensions.some as some: some.PARAMETER = 1`` sets one.
    """

    def __init__(self, final: bool = False) -> None:
        self._is_final = final

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("__", "_is_final")) or self._is_final:
            raise AttributeError(f"{name} is not set")
        # Two threads that come at once get the same one.
        return self.__dict__.setdefault(name, type(self)(final=True))

    def __enter__(self) -> "_Namespace":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def extension_config_iter(self) -> Iterator[tuple[str, Any]]:
        """Every name that was set, with its value."""
        for name, value in list(vars(self).items()):
            if not name.startswith(("_", _PREFIX)):
                yield name, value

    def extension_config_dict(self) -> dict[str, Any]:
        """The same as a dict."""
        return dict(self.extension_config_iter())

    def extension_config_merge(self, defaults: Mapping[str, Any], required: Iterable[str]) -> "_Merged":
        """A copy of the defaults, with what was set in their place.

        :raises AttributeError: if something is required, and not there.
        :raises ValueError: on the first floor, which has no parameters.
        """
        if not self._is_final:
            raise ValueError("parameters are those of one extension; expected extensions.<name>")
        merged = _Merged(defaults)
        merged.update(self.extension_config_iter())
        for name in required:
            if name not in merged:
                raise AttributeError(f"{name} is required, and not set")
        return merged


class _Merged(dict[str, Any]):
    """Parameters with their defaults: a dict whose items can be read as attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{name} is not set") from None

    def extension_config_iter(self) -> Iterator[tuple[str, Any]]:
        """Every name with its value."""
        return iter(self.items())

    def extension_config_dict(self) -> dict[str, Any]:
        """The same as a plain dict."""
        return dict(self)


class PackageAndParameters:
    """A package of extension files that has the name of the namespace for their parameters: what is read of it is both.

    :param package: what ``import`` has bound to the name.
    """

    def __init__(self, package: ModuleType, parameters: _Namespace) -> None:
        self.__dict__.update(_package=package, _parameters=parameters)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            return getattr(self._package, name)
        module = sys.modules.get(f"{self._package.__name__}.{name}")
        if module is None:
            return vars(self._package).get(name) or getattr(self._parameters, name)
        return _ModuleAndParameters(module, getattr(self._parameters, name))


class _ModuleAndParameters:
    """One extension file with its parameters: what is set is a parameter, what is not set is the file's own."""

    def __init__(self, module: ModuleType, parameters: _Namespace) -> None:
        self.__dict__.update(_module=module, _parameters=parameters)

    def __getattr__(self, name: str) -> Any:
        if name in vars(self._parameters) or name.startswith(_PREFIX):
            return getattr(self._parameters, name)
        return getattr(self._module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._parameters, name, value)

    def __enter__(self) -> _Namespace:
        parameters: _Namespace = self._parameters
        return parameters

    def __exit__(self, *_: object) -> None:
        return None
