"""The `poliedro` command. Each module of `poliedro.config.commands` adds one command named after it."""

from __future__ import annotations

import os
import pkgutil
import sys
from importlib import import_module
from typing import Any

import click

from poliedro.config import commands


class Commands(click.Group):
    """Finds commands by module name, so that `poliedro --help` starts fast and a new command is a new file."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = cmd_name.replace("-", "_")
        if cmd_name not in self.list_commands(ctx):
            return None
        command: Any = import_module(f"poliedro.config.commands.{name}").command
        return command if isinstance(command, click.Command) else None


@click.command(cls=Commands)
@click.version_option(package_name="poliedro")
def main() -> None:
    """Poliedro: the open platform on which a region runs its innovation clusters."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poliedro.config.settings")
    import django

    django.setup()


if __name__ == "__main__":
    sys.exit(main())
