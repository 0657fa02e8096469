"""``python -m sdhcp.compat PROGRAM.py [ARGUMENTS]``: runs a program that imports libpydhcpserver, as it is."""

import os
import runpy
import sys

from . import install

_USAGE = 2


def main() -> None:
    """Run the program that is named first on the command line, with the rest of it.

    The exit status is the program's; 2 if there is none.
    """
    if len(sys.argv) < 2:
        print("usage: python -m sdhcp.compat PROGRAM.py [ARGUMENTS]", file=sys.stderr)
        sys.exit(_USAGE)
    program = sys.argv[1]
    if not os.path.exists(program):
        print(f"sdhcp.compat: there is no {program}", file=sys.stderr)
        sys.exit(_USAGE)
    install()
    del sys.argv[0]
    if not sys.flags.safe_path:
        # What stands beside the program can be imported, as if Python had been started with it.
        sys.path[0] = os.path.dirname(os.path.abspath(program))
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
