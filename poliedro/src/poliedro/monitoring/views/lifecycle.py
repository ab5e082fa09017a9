"""The life cycle of one cluster, and the board of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.evidence.models import Run
from poliedro.monitoring.forms.lifecycle import OverrideForm
from poliedro.monitoring.queries.lifecycle import (
    ANALYSIS,
    StageCard,
    life_cycle_of,
    overrides_of,
    stage_cards,
    trajectories,
)
from poliedro.monitoring.rules.lifecycle import STAGES, UNKNOWN, Basis
from poliedro.monitoring.services.lifecycle import override_stage, withdraw_override
from poliedro.monitoring.views.found import cluster_by_key
from poliedro.monitoring.views.words import (
    action_words,
    dimension_words,
    failed_words,
    lever_words,
    light_words,
    stage_words,
)
from poliedro.registry.models import Cluster
from poliedro.registry.present import bars, certainty_of
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.shown import cluster_tabs
from poliedro.shared.access import needs, public
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Table
from poliedro.shared.dated import Moment
from poliedro.shared.jobs import start_job

MOST = 99
"""In percent: no model is surer than that."""


@public
@require_safe
def lifecycle(request: HttpRequest, key: str) -> HttpResponse:
    """In which stage the cluster is, how sure that is, which lever fails and what fits."""
    cluster = cluster_by_key(key)
    return _page(request, cluster, OverrideForm())


def _page(request: HttpRequest, cluster: Cluster, form: OverrideForm, status: int = 200) -> HttpResponse:
    card = life_cycle_of(cluster)
    may = request.user.is_authenticated and request.user.has_perm("monitoring.override_stage", cluster)
    return render(
        request,
        "monitoring/lifecycle.html",
        {
            "cluster": cluster,
            "card": card,
            "title": title_of(cluster, card),
            "figures": _figures(card) if card else [],
            "charts": _charts(cluster, card) if card else [],
            "table": _dimensions(card) if card else None,
            "light": light_words()[card.light.colour] if card else "",
            "failed": [lever_words()[lever] for lever in card.light.failed] if card else [],
            "failing": dimension_words()[card.failing] if card and card.failing else "",
            "actions": [(action_words()[a], _where(a, cluster)) for a in card.actions] if card else [],
            "computed": stage_words()[card.stage] if card else "",
            "overrides": [
                (o, stage_words()[o.stage], stage_words().get(o.computed, "")) for o in overrides_of(cluster)
            ],
            "form": form if may else None,
            "empty": Empty(
                _("The life cycle was not computed yet"),
                _("It follows from memberships, projects and services of five years or more."),
                _("Run: poliedro run life-cycle"),
            ),
            "tabs": cluster_tabs(cluster, request.user, "monitoring:lifecycle"),
            "synthetic_data": cluster.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Clusters"), reverse("portal:clusters")),
                Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
                Crumb(_("Life cycle")),
            ],
        },
        status=status,
    )


def title_of(cluster: Cluster, card: StageCard | None) -> str:
    """The answer in words, with its doubt."""
    words = stage_words()
    if card is None:
        return _("%(cluster)s: its life cycle is not computed") % {"cluster": cluster.name}
    said: dict[str, Any] = {"cluster": cluster.name, "years": card.years, "share": round(100 * (card.probability or 0))}
    if card.override:
        return _("%(cluster)s: %(stage)s, says an expert") % {**said, "stage": words[card.override.stage]}
    if card.stage == UNKNOWN and not card.probabilities:
        return _("%(cluster)s: one cannot tell from %(years)d years") % said
    likeliest = max(card.probabilities, key=lambda s: card.probabilities[s])
    said["stage"] = words[likeliest]
    if card.stage == UNKNOWN:
        return _("%(cluster)s: one cannot tell; %(stage)s is likeliest, at %(share)d%%") % said
    if said["share"] > MOST:
        return _("%(cluster)s: %(stage)s, with a probability of over %(share)d%%") % {**said, "share": MOST}
    return _("%(cluster)s: %(stage)s, with a probability of %(share)d%%") % said


def _facts(run: Run) -> dict[str, Any]:
    return {"certainty": certainty_of(run.certainty), "source": run.source_names, "run": run.key, "period": run.period}


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _figures(card: StageCard) -> list[Figure]:
    facts = _facts(card.run)
    return [
        Figure(
            _percent(card.probability),
            label=_("Probability of the likeliest stage"),
            unit="%",
            decimals=1,
            n=card.years,
            definition=_("From the trends of size and heterogeneity, weighed by network and collective action."),
            null_means=card.reason or "",
            note=" ".join(basis_words(b) for b in card.bases if not b.used),
            **facts,
        ),
        Figure(
            _percent(card.entry_rate),
            label=_("Entries a year over members"),
            unit="%",
            decimals=1,
            definition=_("New member firms of the last three years, a year, over today's."),
            null_means=_("No members three years earlier."),
            **facts,
        ),
        Figure(
            _percent(card.novelty),
            label=_("Activities that are new"),
            unit="%",
            decimals=1,
            definition=_("Classes of members' activities that no member had five years earlier."),
            null_means=_("No members five years earlier."),
            **facts,
        ),
    ]


def _charts(cluster: Cluster, card: StageCard) -> list[Chart]:
    words, facts = stage_words(), {k: v for k, v in _facts(card.run).items() if k in ("certainty", "source")}
    charts = []
    if card.probabilities:
        charts.append(
            bars(
                "stages",
                _("How likely each stage is"),
                _("The five add up to 100%. Below 60% for the likeliest, one cannot tell."),
                [(words[s], round(100 * card.probabilities[s], 1), "") for s in STAGES],
                y_label=_("probability, %"),
                height="small",
                **facts,
            )
        )
    charts.append(trajectory({cluster.name: (cluster.colour, card.measures)}, _path_title(card), facts))
    return charts


def _path_title(card: StageCard) -> str:
    if card.turn:
        return _("The path through size and heterogeneity; it turned about %(year)d") % {"year": card.turn}
    return _("The path through size and heterogeneity")


def trajectory(
    paths: Mapping[str, tuple[str, Sequence[Mapping[str, Any]]]], title: str, facts: Mapping[str, Any]
) -> Chart:
    """Each cluster's way through size (across) and heterogeneity (up), a point a year; first and last are named."""
    points, lines, rows = [], [], []
    for name, (colour, measures) in paths.items():
        known = [m for m in measures if m["heterogeneity"] is not None]
        for i, m in enumerate(known):
            end = i in (0, len(known) - 1)
            label = (str(m["year"]) if len(paths) == 1 else f"{name} {m['year']}") if end else ""
            points.append(
                {
                    "name": f"{name} {m['year']}",
                    "x": round(m["size"], 1),
                    "y": round(m["heterogeneity"], 3),
                    "color": colour,
                    "size": 14 if i == len(known) - 1 else 7,
                    "label": label,
                }
            )
            rows.append([name, str(m["year"]), round(m["size"], 1), m["persons"], round(m["heterogeneity"], 3)])
        lines.append({"color": colour, "points": [[m["size"], m["heterogeneity"]] for m in known]})
    return Chart(
        "scatter",
        "trajectory",
        title,
        _("To the right: more members. Upwards: more unlike activities. The large point is the last year."),
        {"points": points, "paths": lines, "x_label": _("size"), "y_label": _("heterogeneity, bits")},
        Table(
            [_("Cluster"), _("Year"), _("Size"), _("Persons in member firms"), _("Heterogeneity, bits")],
            rows,
            numeric=[2, 3, 4],
            decimals={4: 2},
        ),
        height="large",
        **facts,
    )


def _dimensions(card: StageCard) -> Table:
    words, said = dimension_words(), {b.dimension: basis_words(b) for b in card.bases}
    rows = [
        [
            words[d["dimension"]],
            said.get(d["dimension"]) or _("Ties of joint projects of three years."),
            d["years"],
            Figure(
                _percent(d["trend"]),
                label=_("Trend a year"),
                unit="%",
                decimals=1,
                low=_percent(d["low"]),
                high=_percent(d["high"]),
                null_means=_("Too few years."),
                **_facts(card.run),
            ),
            *(None if d[sign] is None else round(100 * d[sign]) for sign in ("rising", "steady", "falling")),
        ]
        for d in card.dimensions
    ]
    return Table(
        [
            _("Dimension"),
            _("Rests on"),
            _("Years"),
            _("Trend a year (90%)"),
            _("rising, %"),
            _("steady, %"),
            _("falling, %"),
        ],
        rows,
        numeric=[2, 3, 4, 5, 6],
        caption=_("The four dimensions, since the last turn"),
    )


def basis_words(basis: Basis) -> str:
    """What a dimension rests on, and what is missing for more."""
    said = {"known": basis.known, "years": basis.years}
    if not basis.known:
        return {
            "size": _("Size counts firms alone: their persons are not known."),
            "heterogeneity": _(
                "Activities of members alone: the programmes of their projects, which stand for technologies, are not "
                "known."
            ),
            "action": _("Joint projects alone: no services are recorded."),
        }[basis.dimension]
    if basis.dimension == "size":
        if basis.used:
            return _("Firms and their persons: at least 80% of the firms state them in every year.")
        return (
            _("Size counts firms alone: persons are known of 80%% of the firms in %(known)d of %(years)d years only.")
            % said
        )
    if basis.dimension == "heterogeneity":
        if basis.used:
            return _("Activities of members, and the programmes of their projects in place of technologies.")
        return (
            _("Activities of members alone: programmes of projects, which stand for technologies, are known in "
              "%(known)d of %(years)d years only.")
            % said
        )  # fmt: skip
    if basis.used:
        return _("Joint projects and services.")
    return _("Joint projects alone: services are recorded in %(known)d of %(years)d years only.") % said


def _where(action: str, cluster: Cluster) -> str:
    """The page on which the action begins; empty where none is there."""
    pages = {
        "outreach": ("registry:prospects", [cluster.key]),
        "start_ups": ("registry:prospects", [cluster.key]),
        "retention": ("portal:cluster_members", [cluster.key]),
        "related": ("portal:options", []),
        "cross_cluster": ("portal:between", []),
        "outside_ties": ("portal:partners", []),
        "introductions": ("portal:network", []),
        "isolates": ("portal:network", []),
    }
    return reverse(pages[action][0], args=pages[action][1]) if action in pages else ""


@needs("monitoring.override_stage", cluster=cluster_by_key)
@require_POST
def override(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Set the expert's judgement beside the computed stage."""
    form = OverrideForm(request.POST)
    if not form.is_valid():
        return _page(request, cluster, form, 422)
    override_stage(
        cluster=cluster,
        stage=form.cleaned_data["stage"],
        reason=form.cleaned_data["reason"],
        on=timezone.localdate(),
        by=request.user,
    )
    messages.success(request, _("Your judgement stands beside the computed stage."))
    return redirect("monitoring:lifecycle", cluster.key)


@needs("monitoring.override_stage", cluster=cluster_by_key)
@require_POST
def withdraw(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """End the expert's judgement."""
    withdraw_override(cluster=cluster, on=timezone.localdate(), by=request.user)
    return redirect("monitoring:lifecycle", cluster.key)


@needs("monitoring.view_cockpit")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """All clusters: stage, light, levers, by type."""
    clusters, cards = clusters_on(Moment.today()), stage_cards()
    known = [c for c in clusters if c.key in cards]
    run = next(iter(cards.values())).run if cards else None
    return render(
        request,
        "monitoring/life_cycles.html",
        {
            "title": _board_title(known, cards),
            "tables": board_tables(known, cards),
            "charts": [_heat(known, cards), _paths(known, run)] if known and run else [],
            "run": run,
            "may_run": request.user.has_perm("monitoring.run_lifecycle"),
            "synthetic_data": any(c.is_synthetic for c in clusters),
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Policy cockpit"), reverse("monitoring:cockpit")),
                Crumb(_("Life-cycle board")),
            ],
        },
    )


def _board_title(clusters: Sequence[Cluster], cards: Mapping[str, StageCard]) -> str:
    if not clusters:
        return _("Life-cycle board")
    red = [c.name for c in clusters if cards[c.key].light.colour == "red"]
    amber = [c.name for c in clusters if cards[c.key].light.colour == "amber"]
    if red:
        return _("Red: %(red)s; amber: %(n)d of %(all)d clusters") % {
            "red": ", ".join(red),
            "n": len(amber),
            "all": len(clusters),
        }
    return _("No cluster is red; %(n)d of %(all)d are amber") % {"n": len(amber), "all": len(clusters)}


def board_tables(clusters: Sequence[Cluster], cards: Mapping[str, StageCard]) -> list[Table]:
    """One table a type, since types differ in every indicator (R007)."""
    words, lights = stage_words(), light_words()
    tables = []
    for kind, title in (
        (Cluster.Type.SECTORAL, _("Sectoral clusters")),
        (Cluster.Type.TRANSVERSAL, _("Transversal clusters")),
    ):
        ours = [c for c in clusters if c.type == kind]
        rows = []
        for c in ours:
            card = cards[c.key]
            rows.append(
                [
                    c.name,
                    lights[card.light.colour],
                    words[card.stage],
                    _percent(card.probability),
                    words[card.override.stage] if card.override else "",
                    failed_words(card.failed),
                    _percent(card.entry_rate),
                    _percent(card.novelty),
                ]
            )
        if rows:
            tables.append(
                Table(
                    [
                        _("Cluster"),
                        _("Light"),
                        _("Computed stage"),
                        _("Probability, %"),
                        _("Expert's stage"),
                        _("What fails"),
                        _("Entries a year, %"),
                        _("New activities, %"),
                    ],
                    rows,
                    numeric=[3, 6, 7],
                    decimals={3: 1},
                    links={i: reverse("monitoring:lifecycle", args=[c.key]) for i, c in enumerate(ours)},
                    caption=str(title),
                    full=True,
                )
            )
    return tables


def _heat(clusters: Sequence[Cluster], cards: Mapping[str, StageCard]) -> Chart:
    words = stage_words()
    cells = [
        {"row": i, "column": j, "value": round(100 * cards[c.key].probabilities[s], 1)}
        for i, c in enumerate(clusters)
        for j, s in enumerate(STAGES)
        if s in cards[c.key].probabilities
    ]
    run = cards[clusters[0].key].run
    return Chart(
        "heatmap",
        "probabilities",
        _("How likely each stage is"),
        _("In percent. A row without a dark cell is a cluster of which one cannot tell."),
        {
            "rows": [c.name for c in clusters],
            "columns": [words[s] for s in STAGES],
            "cells": cells,
            "x_label": _("stage"),
            "decimals": 1,
        },
        Table(
            [_("Cluster"), *(words[s] for s in STAGES)],
            [[c.name, *(_percent(cards[c.key].probabilities.get(s)) for s in STAGES)] for c in clusters],
            numeric=range(1, 6),
            decimals=dict.fromkeys(range(1, 6), 1),
        ),
        certainty=certainty_of(run.certainty),
        source=run.source_names,
    )


def _paths(clusters: Sequence[Cluster], run: Run) -> Chart:
    found = trajectories()
    return trajectory(
        {c.name: (c.colour, found[c.key]) for c in clusters if c.key in found},
        _("The paths of all clusters"),
        {"certainty": certainty_of(run.certainty), "source": run.source_names},
    )


@needs("monitoring.run_lifecycle")
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Compute anew in the background."""
    start_job(
        name="evidence.run_analysis",
        title=_("Life cycle of clusters"),
        by=request.user,
        key=ANALYSIS,
        parameters={},
    )
    messages.success(request, _("The life cycle is being computed; this page shows it when it is done."))
    return redirect("monitoring:life_cycles")
