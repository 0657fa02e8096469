"""Values of options that have a form of their own."""

from ....scripting import rfc
from ....scripting.rfc import *  # noqa: F403  # what is there is what a site's files know

__all__ = rfc.__all__
