"""`poliedro demo-region`: the region and its synthetic demonstration."""

from __future__ import annotations

import click


@click.command()
@click.option("--seed", type=int, default=None, help="Another seed than the region's file names.")
def command(seed: int | None) -> None:
    """Load the region and its synthetic demonstration; again changes nothing, but for invented firms that move from
    their province to a municipality where these were loaded since."""
    from poliedro.config.demonstration import build_everything
    from poliedro.shared.region import region

    lines = build_everything(region(), seed=seed)
    click.echo(f"Demonstration of {region().name}: " + "; ".join(lines) + ".")
