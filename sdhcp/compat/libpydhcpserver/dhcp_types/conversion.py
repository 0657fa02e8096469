"""Turning lists of octets into values and back."""

from ....scripting import conversion
from ....scripting.conversion import *  # noqa: F403  # what is there is what a site's files know

__all__ = conversion.__all__
