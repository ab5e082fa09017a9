from __future__ import annotations

import subprocess
import sys
import threading

import click
from django.core.management import call_command

DAY = 24 * 3600


@click.command()
@click.option("--daily/--no-daily", default=True, help="Also do the daily round, at the start and every 24 hours.")
def command(daily: bool) -> None:
    """Do the background work that the site has queued, and once a day what is due that day."""
    if daily:
        threading.Thread(target=_rounds, daemon=True).start()
    call_command("db_worker", interval=1, verbosity=1)


def _rounds() -> None:
    """The round runs in a process of its own: its failure stops no other work, and it has its own connection."""
    while True:
        subprocess.run([sys.executable, "-m", "poliedro.config.cli", "daily"], check=False)
        threading.Event().wait(DAY)
