from __future__ import annotations

import click


@click.command()
@click.option("--missing", is_flag=True, help="List the texts without Italian, as a part to fill in.")
def command(missing: bool) -> None:
    """Merge locale/parts/*.po into one Italian catalogue and compile it."""
    from pathlib import Path

    from poliedro.config.catalogue import InvalidCatalogue, catalogue_of, compile_mo, messages_of, write_po

    root = Path(__file__).resolve().parents[2]
    try:
        merged = catalogue_of(root / "locale")
        if missing:
            translated = {(m.context, m.text) for m in merged if m.is_translated}
            wanted = [m for m in messages_of(root) if (m.context, m.text) not in translated]
            click.echo(write_po(wanted, "it"))
            return
    except InvalidCatalogue as error:
        raise click.ClickException(str(error)) from error
    folder = root / "locale" / "it" / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "django.po").write_text(write_po(merged, "it"), encoding="utf-8")
    (folder / "django.mo").write_bytes(compile_mo(merged, "it"))
    click.echo(f"{len(merged)} texts in Italian")
