"""The recipes of docs/scripting.md: pieces of conf.py by their headings."""

import re

from .netns.yard import ROOT

PATH = ROOT / "docs" / "scripting.md"
_PIECE = re.compile(r"^(?:#+ ([^\n]*)|```python\n(.*?)^```)$", re.MULTILINE | re.DOTALL)
CONF = """DHCP_SERVER_IP = "10.77.0.1"
ALLOW_DHCP_RELAYS = True
ENABLE_SUSPEND = False
DATABASE_ENGINE = {
    "02:00:5e:00:01:01": {
        "ip": "10.77.1.50", "subnet": "10.77.1.0/24", "serial": 0, "lease_time": 3600, "hostname": "known",
        "gateway": "10.77.1.1", "subnet_mask": "255.255.255.0", "domain_name_servers": "10.77.0.53",
    },
    "02:00:5e:00:01:02": {"ip": "10.77.1.51", "subnet": "10.77.1.0/24", "serial": 0, "lease_time": 3600},
}
"""
"""What every recipe stands beside."""


def recipes() -> dict[str, str]:
    """Heading -> its Python.

    :raises ValueError: if there are two pieces below one heading, or one below none.
    """
    found: dict[str, str] = {}
    heading = ""
    for match in re.finditer(
        r"^(?:#+ ([^\n]*)|```python\n(.*?)^```)$", PATH.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        if match[1] is not None:
            heading = match[1]
        elif heading in found or not heading:
            raise ValueError(f"{heading}: two pieces of Python, or no heading")
        else:
            found[heading] = match[2]
    return found
