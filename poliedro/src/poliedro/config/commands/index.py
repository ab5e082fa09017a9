from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Rebuild the search index of the register."""
    from poliedro.registry.services.index import rebuild_index

    click.echo(f"{rebuild_index()} entries.")
