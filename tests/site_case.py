"""Sites whose conf.py is loaded in this process."""

import sys
from pathlib import Path

from sdhcp.compat import inject, install
from sdhcp.config import load

PLAIN = "DHCP_SERVER_IP = '127.0.0.1'\nDATABASE_ENGINE = None\n"


class SiteCase:
    """Loads conf.py files, and forgets them and what they have imported."""

    def load(self, text, **files):
        """The module of a conf.py with a text; ``files`` stand beside it, __ in a name for a folder."""
        folder = Path(self.mktemp()).absolute()
        for name, content in files.items():
            path = folder / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        folder.mkdir(exist_ok=True)
        (folder / "conf.py").write_text(PLAIN + text, encoding="utf-8")
        before = list(sys.path), dict(sys.modules)
        self.addCleanup(self.put_back, *before)
        self.configuration = load(str(folder), {}, "/", prepare=install, executed=inject)
        return sys.modules["conf"]

    def put_back(self, path, modules):
        sys.path[:] = path
        for name in set(sys.modules) - set(modules):
            if name == "conf" or name.partition(".")[0] in ("staticDHCPd_extensions", "extensions"):
                del sys.modules[name]
        if "conf" in modules:
            sys.modules["conf"] = modules["conf"]
