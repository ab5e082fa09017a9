from __future__ import annotations

import click


@click.command()
@click.option("--seed", type=int, default=None, help="Another seed than the region's file names.")
def command(seed: int | None) -> None:
    """Load the region and its synthetic demonstration; again changes nothing."""
    from poliedro.registry.services.demonstration import build_demonstration
    from poliedro.shared.region import region

    load = build_demonstration(region(), seed=seed)
    click.echo(f"Demonstration of {region().name}: load {load.pk}.")
