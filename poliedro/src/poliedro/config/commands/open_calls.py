"""`poliedro open-calls`: load the EU's open calls."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(path: Path) -> None:
    """Load a file of open EU calls (JSON objects, plain or gzipped), as exported from the Funding & Tenders portal."""
    from poliedro.funding.services.open_calls import load_open_calls
    from poliedro.funding.sources.eu_calls import NotOpenCalls

    try:
        told = load_open_calls(path=path, by=None)
    except NotOpenCalls as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{told['read']} calls read, {told['new']} new, {told['closed']} closed since")
