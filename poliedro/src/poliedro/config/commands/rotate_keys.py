"""`poliedro rotate-keys`: a new key for what managers say in confidence."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Seal confidential content anew with a new key, and take the old keys out of the ring."""
    from poliedro.support.services.sealed import rotate_keys

    key, texts = rotate_keys(by=None)
    click.echo(f"key {key} seals from now on; {texts} texts sealed anew")
