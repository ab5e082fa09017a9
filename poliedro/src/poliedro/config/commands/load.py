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


class Told(click.ClickException):
    """A refusal that standard output has been told already, where that was asked."""


class LoadCommand(click.Command):
    """Lists the sources in its help. With --json a refusal is an object on standard output too, whatever refused."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        as_json = "--json" in args  # asked before: reading the arguments empties the list
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            if as_json:
                _print(_refusal(error))
            raise

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            if ctx.params.get("as_json") and not isinstance(error, Told):
                _print(_refusal(error))
            raise

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
    from poliedro.reference.sources.files import UnreadableFile, undamaged
    from poliedro.registry.services.imports import UnknownSource, import_path, importer_of, plan

    options: dict[str, Any] = {"everywhere": everywhere, "cluster": cluster, "year": year}
    options = {k: v for k, v in options.items() if v}
    console = Console(stderr=True)
    answers: list[dict[str, Any]] = []
    stopped = ""
    translation.activate("en")  # the command line speaks English; pages speak the reader's language
    try:
        with undamaged(path):
            steps = list(plan(path)) if source == "all" else [(importer_of(source, path), path)]
        if not steps:
            raise UnreadableFile(
                f"{path.name} and its folders hold nothing that an importer reads",
                "poliedro load --help lists what is read",
            )
        for importer, place in steps:
            refused = None
            with _bar(console) as bar:
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
                    outcome, refused = error.outcome, error
                    console.print(str(error), style="red", markup=False)
            answers.append(_answer(outcome, refused))
            if not as_json:
                _show(console, outcome, whole=preview or refused is not None)
    except (UnreadableFile, UnknownSource) as error:
        stopped = str(error)
        answers.append(_refusal(error))
    if as_json:
        _print(answers if source == "all" else answers[0])
    if stopped:
        raise Told(stopped)
    sys.exit(1 if any("error" in a for a in answers) else 0)


def _bar(console: Console) -> Bar:
    return Bar(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip


def _print(answer: Any) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def _answer(outcome: Any, refused: Any) -> dict[str, Any]:
    """The summary with its rejected rows and findings; of a refused load what stopped it too, with the first row."""
    lists = {"rejected": [r.__dict__ for r in outcome.rejected], "found": list(outcome.found)}
    answer: dict[str, Any] = outcome.summary() | lists
    if refused is None:
        return answer
    first = outcome.rejected[0]
    place = {"row": first.number, "field": first.field, "value": first.value}
    return answer | {"error": refused.problem, "remedy": refused.remedy} | place


def _refusal(error: Any) -> dict[str, Any]:
    """What was refused, what to do, and the row, field (column, argument or option) and value, or null."""
    if not isinstance(error, click.ClickException):
        names = ("remedy", "row", "field", "value")
        return {"error": str(error.problem), **{name: getattr(error, name) for name in names}}
    said, _, remedy = error.format_message().partition("; ")
    field = getattr(error, "option_name", None)
    if param := getattr(error, "param", None):
        field = param.opts[0] if isinstance(param, click.Option) else param.human_readable_name
    if isinstance(error, click.UsageError):
        remedy = remedy or "poliedro load --help says what may be asked"
    return {"error": said, "remedy": remedy, "row": None, "field": field, "value": None}


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
