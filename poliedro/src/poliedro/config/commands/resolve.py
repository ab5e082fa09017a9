from __future__ import annotations

import click


@click.command()
@click.option("--country", default="", help="Only organisations of this country (IT, FR ...); empty: all.")
def command(country: str) -> None:
    """Find organisations that appear twice: merge the sure ones, queue the rest for review."""
    from poliedro.registry.services.resolution import run_resolution

    run = run_resolution(country=country.upper())
    click.echo(f"Run {run.pk}: {run.organisations} organisations, {run.merged} merged, {run.queued} for review.")
