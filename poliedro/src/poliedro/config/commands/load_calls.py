"""`poliedro load-calls PATH`: calls from files."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--draft", is_flag=True, help="Keep them as drafts instead of publishing them with their days.")
def command(path: Path, draft: bool) -> None:
    """Load a call, or every call of a folder, from YAML files. Doing it again changes nothing."""
    from poliedro.funding.rules.document import InvalidCall
    from poliedro.funding.services.calls import load_call_file
    from poliedro.registry.services.region_setup import ensure_source

    for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
        try:
            call, made = load_call_file(path=file, source=ensure_source("region-file"), by=None, publish=not draft)
        except InvalidCall as refused:
            raise click.ClickException(f"{file.name}: {refused}") from refused
        click.echo(f"{call.key}: {'loaded' if made else 'was there'}, {call.state}")
