"""conf.py: found, executed once, and taken apart into names, values and the lines where they were set."""

import ast
import os
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from .problems import ConfigurationError, Problem, told

_NAME: Final = "conf.py"
_VARIABLES: Final = ("SDHCP_CONF", "STATICDHCPD_CONF_PATH")
_EXTENSION_FOLDERS: Final = ("staticDHCPd_extensions", "extensions")


class Loaded(NamedTuple):
    """One executed conf.py. ``lines`` has where each name was set last, ``warnings`` what Python said of it."""

    path: str
    folder: str
    module: types.ModuleType
    lines: Mapping[str, int]
    warnings: Sequence[Problem] = ()


class _Warning(NamedTuple):
    file: str
    line: int
    text: str


def candidates(path: str | None, environ: Mapping[str, str], cwd: str) -> list[str]:
    """The files that conf.py may be, best first: what is named, else the usual places."""
    named = path
    for variable in _VARIABLES:
        named = named or environ.get(variable) or None
    if named is None:
        folders = [os.path.join(cwd, "conf"), cwd, "/etc/sdhcp", "/etc/staticDHCPd"]
        return [os.path.join(folder, _NAME) for folder in folders]
    whole = os.path.join(cwd, named)
    if os.path.isdir(whole):
        return [os.path.join(named, _NAME)]
    if path is None and not os.path.isfile(whole):
        # staticDHCPd took the folder of the variable's value, whatever file it named.
        return [named, os.path.join(os.path.dirname(named), _NAME)]
    return [named]


def find(path: str | None, environ: Mapping[str, str], cwd: str) -> str:
    """The conf.py to load.

    :raises ConfigurationError: naming the places where there is none.
    """
    places = candidates(path, environ, cwd)
    for place in places:
        if os.path.isfile(os.path.join(cwd, place)):
            return place
    searched = "" if len(places) == 1 else f"; searched {', '.join(places)}"
    raise ConfigurationError(
        [Problem(places[0], 0, "", f"there is no such file{searched}", "a conf.py, or --config with its path")]
    )


def load_module(
    place: str,
    cwd: str,
    prepare: Callable[[], None] = lambda: None,
    executed: Callable[[types.ModuleType], None] = lambda module: None,
) -> Loaded:
    """Execute a conf.py. Its folder, and those of extensions beside it, stay on ``sys.path`` if that works.

    :param prepare: called before it is executed, when ``sys.modules`` has it as ``conf``.
    :param executed: called with it afterwards.
    :raises ConfigurationError: whatever goes wrong.
    """
    whole = os.path.abspath(os.path.join(cwd, place))
    try:
        source = Path(whole).read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise ConfigurationError([Problem(place, 0, "", what, "a readable file")]) from None
    if b"\0" in source:
        # Some Pythons call this an error of syntax, others do not.
        line = source[: source.index(b"\0")].count(b"\n") + 1
        raise ConfigurationError([Problem(place, line, "", "not Python: there is a NUL octet", "text in UTF-8")])
    caught: list[_Warning] = []
    try:
        with _caught(caught):
            tree = ast.parse(source, place)
            code = compile(tree, whole, "exec")
    except SyntaxError as error:
        line = error.lineno or 0
        raise ConfigurationError([Problem(place, line, "", f"not Python: {error.msg}", "")]) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConfigurationError([Problem(place, 0, "", f"not Python: {error}", "text in UTF-8")]) from None
    folder = os.path.dirname(whole)
    module = types.ModuleType("conf")
    module.__file__ = whole
    before = list(sys.path), sys.modules.get("conf")
    added = [folder, *(os.path.join(folder, name) for name in _EXTENSION_FOLDERS)]
    sys.path += [entry for entry in added if entry not in sys.path and os.path.isdir(entry)]
    sys.modules["conf"] = module
    prepare()
    try:
        with _caught(caught):
            exec(code, module.__dict__)  # noqa: S102  a conf.py is the operator's own program
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # even SystemExit: an operator's mistake is told, never a traceback
        sys.path[:] = before[0]
        _put_back(before[1])
        raise ConfigurationError([_raised(place, folder, whole, error)]) from None
    executed(module)
    said = [Problem(_told_path(place, folder, one.file), one.line, "", f"Python warns: {one.text}") for one in caught]
    return Loaded(place, folder, module, _lines(tree), said)


def _put_back(module: types.ModuleType | None) -> None:
    if module is None:
        sys.modules.pop("conf", None)
    else:
        sys.modules["conf"] = module


@contextmanager
def _caught(found: list[_Warning]) -> Iterator[None]:
    """Warnings go to ``found``: Python prints the line that it warns of, in which a password may stand."""

    def keep(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any) -> None:
        found.append(_Warning(filename, lineno, str(message)))

    before = warnings.showwarning
    warnings.showwarning = keep
    try:
        yield
    finally:
        # conf.py may have put its own there, which stays.
        if warnings.showwarning is keep:
            warnings.showwarning = before


def _told_path(place: str, folder: str, file: str) -> str:
    """A file as an operator knows it: one in conf.py's folder by the way that led to conf.py."""
    whole = os.path.abspath(file)
    if whole.startswith(folder + os.sep):
        return os.path.join(os.path.dirname(place), os.path.relpath(whole, folder))
    return file


def _raised(place: str, folder: str, whole: str, error: BaseException) -> Problem:
    """Where in the site's own files an exception came from."""
    file, line = place, 0
    for frame in traceback.extract_tb(error.__traceback__):
        inside = os.path.abspath(frame.filename)
        if inside == whole:
            file, line = place, frame.lineno or 0
        elif inside.startswith(folder + os.sep):
            file, line = _told_path(place, folder, inside), frame.lineno or 0
    if isinstance(error, SyntaxError) and os.path.abspath(error.filename or "").startswith(folder + os.sep):
        file, line = _told_path(place, folder, error.filename or ""), error.lineno or 0
    return Problem(file, line, "", told(error))


def _lines(tree: ast.Module) -> dict[str, int]:
    """The line where each name of a module was set last; "*" for a line that imports everything."""
    lines: dict[str, int] = {}
    for node in _at_top(tree.body):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            lines[node.id] = node.lineno
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            lines[node.name] = node.lineno
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                lines[(alias.asname or alias.name).partition(".")[0]] = node.lineno
    return lines


def _at_top(nodes: list[Any]) -> Iterator[ast.AST]:
    """All nodes outside of functions and classes, in the order of the file."""
    for node in nodes:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _at_top(list(ast.iter_child_nodes(node)))
