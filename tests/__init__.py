"""The suite. SDHCP_EXAMPLES=1000000 has every property tried that often, with other values each time."""

import os

from hypothesis import settings

_EXAMPLES = os.environ.get("SDHCP_EXAMPLES")

settings.register_profile(
    "sdhcp", max_examples=int(_EXAMPLES or 200), deadline=None, derandomize=_EXAMPLES is None, database=None
)
settings.load_profile("sdhcp")
