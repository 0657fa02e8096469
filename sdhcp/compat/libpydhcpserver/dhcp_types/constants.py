"""The names and numbers of packets."""

from ....scripting import constants
from ....scripting.constants import *  # noqa: F403  # what is there is what a site's files know

__all__ = constants.__all__
