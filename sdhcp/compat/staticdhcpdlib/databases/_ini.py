"""The INI file."""

from ....scripting.ini_database import INI, _Config

__all__ = ["INI", "_Config"]
