"""The `poliedro` command. Each module of `poliedro.config.commands` adds one command named after it."""

from __future__ import annotations

import copy
import functools
import os
import pkgutil
import sys
from importlib import import_module
from typing import Any

import click

from poliedro.config import commands

WITHOUT_DATABASE = frozenset({"access", "demo", "init", "messages", "migrate"})
"""Commands that need no database, or make it."""


class Commands(click.Group):
    """Finds commands by module name, so that `poliedro --help` starts fast and a new command is a new file."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = cmd_name.replace("-", "_")
        if cmd_name not in self.list_commands(ctx):
            return None
        command: Any = import_module(f"poliedro.config.commands.{name}").command
        if not isinstance(command, click.Command):
            return None
        return command if cmd_name in WITHOUT_DATABASE else _on_current_layout(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first paragraph of each command's help, whole."""
        rows = [(name, _said(self.get_command(ctx, name))) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _said(command: click.Command | None) -> str:
    return " ".join(((command and command.help) or "").split("\n\n")[0].split())


def _on_current_layout(command: click.Command) -> click.Command:
    """The command, refused with the remedy where the database is not yet laid out as this version needs it."""
    checked, run = copy.copy(command), command.callback

    @functools.wraps(run or check_layout)
    def check_and_run(*args: Any, **given: Any) -> Any:
        check_layout()
        return run(*args, **given) if run else None

    checked.callback = check_and_run
    return checked


def check_layout() -> None:
    """Raises click.ClickException where the database does not answer, or lacks changes of layout."""
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OperationalError as error:
        raise click.ClickException(f"the database does not answer ({str(error).strip()}); see DATABASE_URL") from error
    if waiting:
        raise click.ClickException(f"the database lacks {len(waiting)} changes of layout; run: poliedro migrate")


@click.command(cls=Commands)
@click.version_option(package_name="poliedro")
def main() -> None:
    """Poliedro: the open platform on which a region runs its innovation clusters."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poliedro.config.settings")
    import django

    django.setup()


if __name__ == "__main__":
    sys.exit(main())
