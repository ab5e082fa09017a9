"""`poliedro access`: the table of who may do what."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path), required=False)
def command(path: Path | None) -> None:
    """Write the table of who may do what, under each institutional form and at every address, to PATH or the screen."""
    from poliedro.config.access import access_table

    if path is None:
        click.echo(access_table(), nl=False)
    else:
        path.write_text(access_table(), encoding="utf-8")
