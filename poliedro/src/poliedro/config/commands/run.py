"""`poliedro run NAME`: compute and store what pages show."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import click


def _network() -> str:
    from poliedro.registry.runs.network import run_network
    from poliedro.registry.runs.structure import run_structure
    from poliedro.shared.region import region

    stored = [s for s in (run_network(region(), "official"), run_network(region(), "regional")) if s]
    for scheme in ("official", "regional"):
        run_structure(scheme)
    return ", ".join(f"{s.key}: {len(s.payload['nodes'])} organisations" for s in stored) or "no projects are loaded"


def _sizes() -> str:
    from poliedro.registry.services.sizes import assess_sizes
    from poliedro.shared.dated import Moment

    return f"{assess_sizes(moment=Moment.today())} size classes changed"


def _findings() -> str:
    from poliedro.registry.services.findings import refresh_findings
    from poliedro.shared.dated import Moment

    return f"{refresh_findings(moment=Moment.today())} findings"


OTHERS: dict[str, Callable[[], str]] = {"network": _network, "findings": _findings, "sizes": _sizes}


class RunCommand(click.Command):
    """Lists the analyses in its help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from poliedro.evidence.services.runs import analyses

        with formatter.section("Names"):
            rows = [(a.key, f"{a.title}. {a.question}") for a in analyses().values()]
            rows += [("network", "Collaboration network"), ("findings", "Data-quality findings")]
            rows.append(("sizes", "EU size classes, by year, from statements and group links"))
            rows.append(("all", "every analysis that has its tables, and the network"))
            formatter.write_dl(rows)


@click.command(cls=RunCommand)
@click.argument("name")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter, such as table=KEY.")
@click.option("--engine", type=click.Choice(["polars", "duckdb", "spark"]), default="polars", show_default=True)
@click.option("--repeat", is_flag=True, help="Compute the stored run again and compare, bit for bit.")
@click.option("--json", "as_json", is_flag=True, help="Print the runs as JSON.")
def command(name: str, settings: tuple[str, ...], engine: str, repeat: bool, as_json: bool) -> None:
    """Compute and store a result that pages show. The same inputs give the stored result again."""
    if name in OTHERS:
        click.echo(OTHERS[name]())
        return
    parameters = dict(_parameter(s) for s in settings)
    done = []
    for key in _names(name):
        found = _one(key, parameters, engine, skip=name == "all")
        if found is None:
            continue
        stored = _stated(*found)
        if repeat:
            from poliedro.evidence.services.runs import repeat_run

            again = repeat_run(run=found[0], engine=engine)
            stored |= {"same": again.same, "differing": again.differing}
        done.append(stored)
        if not as_json:
            click.echo(f"{key}: run {stored['key']}, {stored['tables']}, {stored['seconds']:.1f} s{_tail(stored)}")
    if name == "all":
        click.echo(OTHERS["network"](), err=as_json)
    if as_json:
        click.echo(json.dumps(done, indent=2))


def _names(name: str) -> list[str]:
    from poliedro.evidence.services.runs import analyses

    known = list(analyses())
    if name != "all" and name not in known:
        raise click.UsageError(f"no analysis {name!r}; there are {', '.join([*known, *OTHERS, 'all'])}")
    return known if name == "all" else [name]


def _parameter(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise click.UsageError(f"--set {text}: write NAME=VALUE, such as table=sbs_r_nuts06_r2_2008_2013")
    return name, value


def _one(key: str, parameters: dict[str, str], engine: str, *, skip: bool) -> Any:
    """The run; with `skip`, null for an analysis that lacks a table or the parameter."""
    from poliedro.evidence.runs.base import InvalidParameters, NoInput
    from poliedro.evidence.services.runs import analysis_of, run_analysis

    given = {k: v for k, v in parameters.items() if not skip or k in analysis_of(key).defaults}
    started = time.monotonic()
    try:
        run = run_analysis(key=key, parameters=given, engine=engine)
    except NoInput as error:
        if not skip:
            raise click.ClickException(str(error)) from error
        click.echo(f"{key}: {error}", err=True)
        return None
    except InvalidParameters as error:
        raise click.UsageError(str(error)) from error
    return run, time.monotonic() - started


def _tail(stored: dict[str, Any]) -> str:
    if "same" not in stored:
        return ""
    return ", the same again" if stored["same"] else f", differs: {', '.join(stored['differing'])}"


def _stated(run: Any, seconds: float) -> dict[str, Any]:
    return {
        "analysis": run.analysis,
        "key": run.key,
        "tables": ", ".join(f"{t.name} ({t.rows} rows)" for t in run.tables.all()),
        "period": run.period,
        "seconds": round(seconds, 2),
    }
