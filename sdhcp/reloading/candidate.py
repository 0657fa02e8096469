"""A conf.py that may take the place of the one in force: executed, checked, and compared."""

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from ..alerting import check_alerts
from ..compat import inject, install
from ..config import Configuration, ConfigurationError, load
from ..config.difference import Change, Snapshot, differences, snapshot_of
from ..hooks import check_providers
from ..interfaces import IDefinitionSource, IServerReactor
from ..leasing import check_pools
from ..scripting.site import still_serving
from ..scripting.site_modules import Modules, SiteModules
from ..sources import build_source
from .in_force import keeps_its_source


class InForce(NamedTuple):
    """What the server goes by: its configuration, what conf.py held for that, and the files of the site's code.

    ``loaded`` is what conf.py held when it was executed last, which is more than counts until a restart.
    """

    configuration: Configuration
    snapshot: Snapshot
    files: Mapping[str, bytes]
    loaded: Snapshot


class Candidate(NamedTuple):
    """A conf.py that is in order.

    ``differs`` is whether anything is another than when conf.py was executed last. ``modules`` are those that it has
    imported, which are not in the process yet. ``source`` is None unless one was read from a file.
    """

    configuration: Configuration
    snapshot: Snapshot
    files: Mapping[str, bytes]
    changes: tuple[Change, ...]
    differs: bool
    changed_files: tuple[str, ...]
    modules: Modules
    keeps_source: bool
    source: IDefinitionSource | None


class NotReadable(Exception):
    """The server's user may not read conf.py."""


def load_candidate(in_force: InForce, cwd: str, reactor: IServerReactor, clock: Callable[[], float]) -> Candidate:
    """Execute conf.py and check all that ``sdhcp check`` does but what has to be asked of a store. For a thread.

    :param cwd: the folder that the server was started in.
    :raises NotReadable: if it may not be read.
    :raises ConfigurationError: with every fault. :raises SourceLoadError: if its source cannot be loaded.
    """
    own = in_force.configuration
    module = own.site.module
    if _is_barred(os.path.join(cwd, own.path)):
        raise NotReadable(own.path)
    modules = SiteModules(own.source.folder)
    # Before it is executed: what is changed meanwhile is seen the next time.
    with still_serving(module):
        before = modules.take_out()
        try:
            configuration = _load(own, cwd)
            check_providers(configuration)
            check_pools(configuration)
            check_alerts(configuration)
            snapshot, files = snapshot_of(configuration), modules.digests()
            changes = tuple(differences(in_force.snapshot, snapshot))
            changed_files = tuple(sorted(_changed(in_force.files, files)))
            keeps = keeps_its_source(own, configuration, changes, bool(changed_files))
            source = None
            if not keeps and configuration.source.engine == "INI":
                # Long files take long; what else there is belongs to the thread that makes it.
                source = build_source(configuration, reactor, clock)
            differs = bool(changed_files or differences(in_force.loaded, snapshot))
            brought = modules.now()
        finally:
            modules.put_back(before)
    return Candidate(configuration, snapshot, files, changes, differs, changed_files, brought, keeps, source)


def _load(own: Configuration, cwd: str) -> Configuration:
    try:
        return load(own.path, {}, cwd, _is_forced(own), prepare=install, executed=inject)
    except ConfigurationError as error:
        # Privileges may have been given up since it was executed first.
        if all(problem.what.startswith(PermissionError.__name__) for problem in error.problems):
            raise NotReadable(str(error.problems[0])) from None
        raise


def _is_barred(path: str) -> bool:
    """Whether a file is there, and may not be read."""
    try:
        with open(path, "rb"):
            return False
    except OSError as error:
        return isinstance(error, PermissionError)


def _is_forced(configuration: Configuration) -> bool:
    """Whether ``--debug`` has everything logged, whatever conf.py says."""
    held = vars(configuration.site.module) if configuration.site.module is not None else {}
    return configuration.process.debug and not held.get("DEBUG")


def _changed(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> set[str]:
    """Files that are others than before. What init() imports has not been imported yet."""
    return {path for path, digest in new.items() if old.get(path, digest) != digest or path not in old} | {
        path for path, digest in old.items() if path not in new and _digest(path) != digest
    }


def _digest(path: str) -> bytes | None:
    try:
        return hashlib.sha256(Path(path).read_bytes()).digest()
    except OSError:
        return None
