"""Where a file of a configuration is."""

import os


def find(path: str, folder: str) -> str:
    """An absolute path; one that is not is looked for in the working folder, then in conf.py's.

    A daemon changes its working folder.
    """
    try:
        os.stat(path)
        there = True
    except (FileNotFoundError, NotADirectoryError):
        there = False
    except OSError:
        # It may be there, and whoever opens it says why it cannot be seen.
        there = True
    return os.path.abspath(path) if there else os.path.join(folder, path)
