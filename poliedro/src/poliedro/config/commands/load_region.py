from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Load what the region's configuration file states: places, areas, clusters, managing bodies, ecosystem."""
    from poliedro.registry.services.region_setup import load_region
    from poliedro.shared.region import InvalidRegion, region

    try:
        counts = load_region(region())
    except InvalidRegion as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{region().name}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
