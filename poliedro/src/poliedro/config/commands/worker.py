from __future__ import annotations

import click
from django.core.management import call_command


@click.command()
def command() -> None:
    """Do the background work that the site has queued."""
    call_command("db_worker", interval=1, verbosity=1)
