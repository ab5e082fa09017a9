"""`poliedro load SOURCE PATH`: open data into the register."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from django.utils import translation
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

SHOWN = 20
"""Rejected rows and findings that the screen lists after a load; a preview and a refusal list all."""


class BarProgress:
    """A bar a table, on standard error, so that standard output stays the summary's."""

    def __init__(self, bar: Bar) -> None:
        self.bar, self.task = bar, None

    task: TaskID | None

    def start(self, label: str, total: int | None = None) -> None:
        if self.task is not None:
            self.bar.update(self.task, visible=False)
        self.task = self.bar.add_task(label, total=total)

    def advance(self, rows: int) -> None:
        if self.task is not None:
            self.bar.advance(self.task, rows)


class LoadCommand(click.Command):
    """Lists the sources in its help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from poliedro.registry.services.imports import FAMILIES, IMPORTERS

        with formatter.section("Sources"):
            rows = [(i.key, f"{i.title}: {i.files}") for i in IMPORTERS.values()]
            rows += [(f, f"{f}-... by content: {', '.join(k for k in IMPORTERS if k.startswith(f))}") for f in FAMILIES]
            rows.append(("all", "everything that PATH and its folders hold of the above, in the right order"))
            formatter.write_dl(rows)


@click.command(cls=LoadCommand)
@click.argument("source")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--preview", is_flag=True, help="Write nothing; list every row that would be rejected.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--everywhere", is_flag=True, help="Take rows of other regions too, where a source covers a country.")
@click.option("--cluster", help="Key of the cluster whose list it is.")
@click.option("--year", type=int, help="Year of a business register.")
def command(
    source: str, path: Path, preview: bool, as_json: bool, everywhere: bool, cluster: str | None, year: int | None
) -> None:
    """Load a file, archive or folder as published. All of its good rows are loaded, or nothing."""
    from poliedro.reference.services.loads import LoadRefused
    from poliedro.reference.sources.files import UnreadableFile
    from poliedro.registry.services.imports import UnknownSource, import_path, importer_of, plan

    options: dict[str, Any] = {"everywhere": everywhere, "cluster": cluster, "year": year}
    options = {k: v for k, v in options.items() if v}
    console = Console(stderr=True)
    outcomes, refused = [], False
    translation.activate("en")  # the command line speaks English; pages speak the reader's language
    try:
        steps = list(plan(path)) if source == "all" else [(importer_of(source, path), path)]
        if not steps:
            raise UnreadableFile(f"{path.name} and its folders hold nothing that an importer reads")
        for importer, place in steps:
            with Bar(
                SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=console, transient=True, disable=not console.is_terminal,
            ) as bar:  # fmt: skip
                try:
                    outcome = import_path(
                        importer=importer,
                        path=place,
                        by=None,
                        preview=preview,
                        options=options,
                        progress=BarProgress(bar),
                    )
                except LoadRefused as error:
                    outcome, refused = error.outcome, True
                    console.print(str(error), style="red", markup=False)
            outcomes.append(outcome)
            if not as_json:
                _show(console, outcome, whole=preview or refused)
    except (UnreadableFile, UnknownSource) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        summaries = [o.summary() for o in outcomes]
        lists = [{"rejected": [r.__dict__ for r in o.rejected], "found": list(o.found)} for o in outcomes]
        answer = [s | told for s, told in zip(summaries, lists, strict=True)]
        click.echo(json.dumps(answer if source == "all" else answer[0], ensure_ascii=False, indent=2))
    sys.exit(1 if refused else 0)


def _show(console: Console, outcome: Any, *, whole: bool) -> None:
    """The rejected rows and the findings, a paragraph each, then the figures. whole: every one of them."""
    shown = None if whole else SHOWN
    for r in outcome.rejected[:shown]:
        where = f"{r.file}, row {r.number}, {r.field}" if r.file else f"row {r.number}, {r.field}"
        console.print(f"rejected: {where} {r.value!r}: {r.problem}; {r.remedy}", markup=False, highlight=False)
    for title in outcome.found[:shown]:
        console.print(f"finding: {title}", markup=False, highlight=False)
    for what, things in (("rejected rows", outcome.rejected), ("findings", outcome.found)):
        if not whole and len(things) > SHOWN:
            console.print(f"... {len(things) - SHOWN} more {what}; --json lists all of them", markup=False)
    s = outcome.summary()
    click.echo(
        f"{s['importer']} {s['file']}: {s['rows_read']} rows read, {s['rows_loaded']} loaded, "
        f"{s['rows_unchanged']} unchanged, {s['rows_skipped']} skipped, {s['rows_rejected']} rejected, "
        f"{s['findings']} findings, {s['seconds']} s" + (f", load {s['load']}" if s["load"] else ", nothing written")
    )
