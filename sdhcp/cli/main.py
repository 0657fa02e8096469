"""``sdhcp``: all commands."""

import platform
import sys

import click

from .. import __version__
from .check import check
from .explain import explain
from .hosts import hosts
from .init_db import init_db
from .leases import leases
from .mail_test import mail_test
from .probe import probe
from .reload import reload
from .simulate import simulate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sdhcp", message="%(prog)s %(version)s")
def main() -> None:
    """A DHCPv4 server whose clients are known to a database, a file or code."""


@main.command()
@click.option("--config", "-c", metavar="PATH", help="conf.py, or the folder that holds it.")
@click.option("--debug", is_flag=True, help="Log everything, as DEBUG = True does.")
def run(config: str | None, debug: bool) -> None:
    """Serve in the foreground until SIGTERM or Ctrl-C."""
    from ..foreground import run as serve

    sys.exit(serve(config, debug))


@main.command()
def version() -> None:
    """Print the versions of sdhcp and of what it runs on."""
    import twisted

    click.echo(f"sdhcp {__version__}\nPython {platform.python_version()}\nTwisted {twisted.__version__}")


main.add_command(check)
main.add_command(explain)
main.add_command(hosts)
main.add_command(init_db)
main.add_command(leases)
main.add_command(mail_test)
main.add_command(probe)
main.add_command(reload)
main.add_command(simulate)

if __name__ == "__main__":
    main()
