"""The clusters among themselves."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from poliedro.evidence.models import Run
from poliedro.portal.views.observatory.frame import (
    Content,
    Scope,
    Section,
    answer,
    csv_address,
    rows,
)
from poliedro.portal.views.observatory.relations.frame import SHOWN, cluster_names, no_definitions, two
from poliedro.registry.present import certainty_of
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Table


@public
def between(request: HttpRequest) -> HttpResponse:
    """How near the clusters are to each other, and how much they do together."""
    return answer(request, "between", "between-clusters", _between)


def _between(request: HttpRequest, scope: Scope, run: Run) -> Content:
    names = cluster_names()
    pairs = rows(run, "pairs")
    if not pairs:
        return no_definitions()
    keys = [k for k in names if any(k in (p["cluster"], p["other"]) for p in pairs)]
    unused = sorted((p for p in pairs if p["unused"]), key=lambda p: -(p["relatedness"] or 0))
    sure = [p for p in unused if p["projects_high"] < p["expected"]]
    label = lambda p: f"{names.get(p['cluster'], p['cluster'])} - {names.get(p['other'], p['other'])}"  # noqa: E731  one line, used below
    table = Table(
        [
            _("Clusters"),
            _("Relatedness"),
            _("Joint projects"),
            _("Expected"),
            _("Low"),
            _("High"),
            _("Cost, EUR"),
            _("Industries in both"),
            _("Unused proximity"),
        ],
        [
            [
                label(p),
                two(p["relatedness"]),
                p["projects"],
                two(p["expected"]),
                two(p["projects_low"]),
                two(p["projects_high"]),
                round(p["eur"]),
                p["shared"],
                p["unused"],
            ]
            for p in sorted(pairs, key=lambda p: (not p["unused"], -(p["relatedness"] or 0)))
        ],
        numeric=range(1, 8),
        decimals={1: 2},
    )
    return Content(
        _("Unused proximity: %(pairs)s") % {"pairs": "; ".join(label(p) for p in sure[:2])}
        if sure
        else _("%(n)d near pairs of clusters share fewer projects than expected, none of them beyond chance")
        % {"n": len(unused)}
        if unused
        else _("No two near clusters do less together than their size would make them"),
        _(
            "Clusters whose industries go together in Europe's regions can learn from each other; "
            "where they share few projects, a solution may be waiting to cross."
        ),
        [
            Section(
                [
                    _heat(
                        run,
                        "relatedness",
                        _("How related the clusters' industries are"),
                        _("1 means as often together as by chance."),
                        keys,
                        names,
                        pairs,
                        "relatedness",
                        2,
                        1.0,
                    ),
                    _heat(
                        run,
                        "projects",
                        _("How many projects they share"),
                        _("Projects with a share of both clusters, all years."),
                        keys,
                        names,
                        pairs,
                        "projects",
                        0,
                    ),
                ]
            ),
            Section(tables=[table], title=_("Pair by pair")),
            _transfers(run, scope, names, {(p["cluster"], p["other"]) for p in unused}),
        ],
        [],
        [
            _(
                "Relatedness: mean over pairs of different industries, one of each cluster's definition, "
                "of the probability measure of the industry space."
            ),
            _(
                "Expected joint projects: all of them, shared out in proportion to the product of the "
                "two clusters' own projects. Unused proximity: nearer than the median pair, with fewer "
                "than expected."
            ),
            _(
                "What industries buy from each other is on the page Value chains, "
                "where an input-output table is loaded."
            ),
        ],
        [
            _(
                "Counts are small: the 95% interval of most pairs holds the expected number (Garwood). "
                "Read a flag as a question to the two managers, not as a finding."
            ),
            _(
                "Definitions are compared at two digits, as the European table has no more: two clusters "
                "within one division look alike."
            ),
        ],
        regional=False,
    )


def _transfers(run: Run, scope: Scope, names: dict[str, str], unused: set[tuple[str, str]]) -> Section:
    """Where a solution could cross: pairs of clusters with unused proximity first, those without joint work first."""
    found = sorted(
        rows(run, "transfers"),
        key=lambda r: ((r["cluster"], r["other"]) not in unused, r["projects"], -r["relatedness"]),
    )
    lines = [
        [
            names.get(r["cluster"], r["cluster"]),
            scope.activity_name(r["activity"]),
            r["members"],
            names.get(r["other"], r["other"]),
            scope.activity_name(r["other_activity"]),
            r["other_members"],
            two(r["relatedness"]),
            r["projects"],
        ]
        for r in found[:SHOWN]
    ]
    return Section(
        tables=[
            Table(
                [
                    _("Cluster"),
                    _("Industry"),
                    _("Members in the industry"),
                    _("Other cluster"),
                    _("Other industry"),
                    _("Members in the other industry"),
                    _("Relatedness"),
                    _("Joint projects of these members"),
                ],
                lines,
                numeric=[2, 5, 6, 7],
                caption=_("The first %(n)d of %(all)d") % {"n": len(lines), "all": len(found)},
            )
        ]
        if lines
        else [],
        title=_("Where a solution could cross"),
        text=_(
            "Industries of different value chains that go together in Europe's regions, each in one of the two "
            "clusters only; clusters with unused proximity first, then those whose members share no project yet."
        ),
    )


def _heat(
    run: Run,
    name: str,
    title: str,
    summary: str,
    keys: list[str],
    names: dict[str, str],
    pairs: list[dict[str, Any]],
    column: str,
    decimals: int,
    middle: float | None = None,
) -> Chart:
    value = {(p["cluster"], p["other"]): p[column] for p in pairs}
    value |= {(b, a): v for (a, b), v in value.items()}
    labels = [names[k].replace("Polo ", "") for k in keys]
    cells = [
        {"row": i, "column": j, "value": None if value[a, b] is None else round(value[a, b], decimals)}
        for i, a in enumerate(keys)
        for j, b in enumerate(keys)
        if (a, b) in value
    ]
    return Chart(
        "heatmap",
        f"between-{name}",
        title,
        summary,
        {"rows": labels, "columns": labels, "cells": cells, "decimals": decimals, "middle": middle},
        Table(
            ["", *labels],
            [[labels[i], *(two(value.get((a, b))) for b in keys)] for i, a in enumerate(keys)],
            numeric=range(1, len(keys) + 1),
        ),
        height="large",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "pairs"),
    )
