"""``sdhcp``: all commands."""

import platform
import sys
from importlib import import_module
from typing import Final

import click

from .. import __version__

_MODULES: Final = {
    "check": "check",
    "explain": "explain",
    "hosts": "hosts",
    "init-db": "init_db",
    "leases": "leases",
    "mail-test": "mail_test",
    "probe": "probe",
    "reload": "reload",
    "simulate": "simulate",
}
"""The module of each command that has one, where the function has the same name."""


class Commands(click.Group):
    """Commands whose modules are imported once they are asked for, so that none waits for what only others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*super().list_commands(ctx), *_MODULES})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command; None if there is none of this name."""
        module = _MODULES.get(cmd_name)
        if module is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(f"{__package__}.{module}"), module)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
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


if __name__ == "__main__":
    main()
