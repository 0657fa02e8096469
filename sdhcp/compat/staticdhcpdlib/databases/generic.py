"""What a site's own database is made of."""

from ....scripting.databases import CachingDatabase, Database, Null
from ....scripting.definition import Definition

__all__ = ["CachingDatabase", "Database", "Definition", "Null"]
