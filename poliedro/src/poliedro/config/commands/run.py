from __future__ import annotations

from collections.abc import Callable

import click


def _network() -> str:
    from poliedro.registry.runs.network import run_network
    from poliedro.shared.region import region

    stored = [s for s in (run_network(region(), "official"), run_network(region(), "regional")) if s]
    return ", ".join(f"{s.key}: {len(s.payload['nodes'])} organisations" for s in stored) or "no projects are loaded"


def _findings() -> str:
    from poliedro.registry.services.findings import refresh_findings
    from poliedro.shared.dated import Moment

    return f"{refresh_findings(moment=Moment.today())} findings"


RUNS: dict[str, Callable[[], str]] = {"network": _network, "findings": _findings}


@click.command()
@click.argument("name", type=click.Choice(sorted(RUNS)))
def command(name: str) -> None:
    """Compute and store a result that pages show."""
    click.echo(RUNS[name]())
