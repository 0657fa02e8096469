"""Where staticDHCPd looks clients up."""

from ....scripting.get_database import get_database

__all__ = ["get_database"]
