"""`poliedro daily`: what rooms do once a day."""

from __future__ import annotations

from datetime import date, datetime

import click


@click.command()
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Another day than today.")
def command(day: datetime | None) -> None:
    """Expire, remind and raise alarms for today. The worker does it by itself; doing it again does no harm."""
    from django.utils import timezone

    from poliedro.shared.daily import run_daily

    today: date = day.date() if day else timezone.localdate()
    for name, done in run_daily(today).items():
        click.echo(f"{name}: {done}")
