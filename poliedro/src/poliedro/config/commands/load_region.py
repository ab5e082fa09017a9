from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Load what the region's configuration file states: places, areas, clusters, managing bodies, ecosystem."""
    from poliedro.registry.services.region_setup import load_region
    from poliedro.shared.region import region

    counts = load_region(region())
    click.echo(f"{region().name}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
