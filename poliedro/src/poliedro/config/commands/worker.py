from __future__ import annotations

import logging
import subprocess
import sys
import threading

import click
from django.core.management import call_command
from django.db import connection

DAY = 24 * 3600
LOOK_EVERY = 5
"""Seconds between two looks whether stored results are those of the tables."""
log = logging.getLogger(__name__)


@click.command()
@click.option("--daily/--no-daily", default=True, help="Also do the daily round, at the start and every 24 hours.")
def command(daily: bool) -> None:
    """Do the background work that the site has queued, and once a day what is due that day."""
    if daily:
        threading.Thread(target=_rounds, daemon=True).start()
    threading.Thread(target=_keep_ready, daemon=True).start()
    call_command("db_worker", interval=1, verbosity=1)


def _rounds() -> None:
    """The round runs in a process of its own: its failure stops no other work, and it has its own connection."""
    while True:
        subprocess.run([sys.executable, "-m", "poliedro.config.cli", "daily"], check=False)
        threading.Event().wait(DAY)


def _keep_ready() -> None:
    """Results that every process reads (`shared.stored`), and work whose worker was killed. What fails is tried again
    at the next look."""
    from django.utils import timezone

    from poliedro.shared.jobs import begin_lost_again
    from poliedro.shared.stored import keep_ready

    while True:
        try:
            keep_ready(timezone.localdate())
        except Exception:
            log.warning("stored results are not ready", exc_info=True)
            connection.close()
        try:
            for found in begin_lost_again():
                log.warning("job %s (%s) begins again: its worker was killed", found.pk, found.name)
        except Exception:
            log.warning("lost jobs were not begun again", exc_info=True)
            connection.close()
        threading.Event().wait(LOOK_EVERY)
