"""`poliedro undo LOAD`: take a load back."""

from __future__ import annotations

import click


@click.command()
@click.argument("load", type=int)
def command(load: int) -> None:
    """Take back the load of that number: its facts are retracted, those it had replaced come back."""
    from poliedro.reference.models import Load
    from poliedro.reference.services.loads import UndoRefused
    from poliedro.registry.services.imports import undo_import

    held = Load.objects.filter(pk=load).first()
    if held is None:
        raise click.ClickException(f"there is no load {load}; the sources page lists them")
    try:
        undo_import(load=held, by=None)
    except UndoRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"load {load} ({held.importer}, {held.file_name}) is undone")
