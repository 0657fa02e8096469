"""Files that are given to the user that the server becomes."""

import os


def give(path: str | os.PathLike[str], owner: tuple[int | None, int | None]) -> None:
    """Give a file to (uid, gid), of which None leaves either as it is.

    :raises OSError: if the system does not let us.
    """
    present = os.stat(path)
    uid, gid = owner
    # Whom it belongs to already, a sandbox may forbid to be asked for.
    if uid not in (None, present.st_uid) or gid not in (None, present.st_gid):
        os.chown(path, -1 if uid is None else uid, -1 if gid is None else gid)
