"""Folders as sites of staticDHCPd have them, for tests."""

import shutil
import sys
from pathlib import Path

FOLDER = Path(__file__).with_name("compat") / "etc"
"""A site's /etc/staticDHCPd: conf.py, dhcp.ini and staticDHCPd_extensions."""


class SiteFolder:
    """Mixed into a test case: a copy of the folder, and an interpreter that is left as it was."""

    def copied(self, conf=None):
        """The path of a conf.py with the folder's extensions beside it: the folder's own, or another text."""
        folder = Path(self.mktemp()).absolute()
        shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
        if conf is not None:
            (folder / "conf.py").write_text(conf, encoding="utf-8")
        self.addCleanup(self._put_back, list(sys.path), sys.modules.get("conf"))
        self._forget()
        return folder / "conf.py"

    def extension(self, name):
        """The module that the site's conf.py has imported."""
        return sys.modules[f"staticDHCPd_extensions.{name}"]

    def _put_back(self, path, conf):
        sys.path[:] = path
        self._forget()
        sys.modules.pop("conf", None)
        if conf is not None:
            sys.modules["conf"] = conf

    def _forget(self):
        for name in list(sys.modules):
            if name.partition(".")[0] == "staticDHCPd_extensions":
                del sys.modules[name]
