from __future__ import annotations

import click
from django.core.management import call_command


@click.command()
def command() -> None:
    """Bring the database to the current layout."""
    from django.conf import settings

    settings.VAR.mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=1)
