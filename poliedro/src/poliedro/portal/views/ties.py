"""How the ecosystem holds together: missing links, brokers, isolates, kinds of ties (R009, R135)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.reference.models import StoredResult
from poliedro.reference.queries.results import latest_result
from poliedro.registry.models import Organisation
from poliedro.registry.present import bars, certainty_of, facet, link, stacked
from poliedro.registry.queries.layers import layers
from poliedro.registry.queries.network import Actor, actors_of
from poliedro.registry.rules.actors import group_of
from poliedro.registry.shown import as_file
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Crumb, Empty, Facet, Figure, Option, Tab, Table
from poliedro.shared.dated import Moment
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import spoken_number

LISTED = 100
"""Organisations without ties on the page; the file has all."""


def group_words() -> dict[str, str]:
    return {
        "firms": _("firms"),
        "research": _("universities and research"),
        "schools": _("technical schools"),
        "support": _("cluster managers and support"),
        "capital": _("capital"),
        "public": _("public and third sector"),
        "others": _("others"),
    }


def layer_words() -> dict[str, str]:
    """Names of the kinds of ties, those of other rooms among them."""
    return {
        **{layer.name: str(layer.label) for layer in layers()},
        "projects": _("joint projects"),
        "contracts": _("research contracts"),
        "services": _("services delivered"),
    }


def network_tabs(here: str) -> list[Tab]:
    return [
        Tab(_("Picture"), reverse("portal:network"), here == "network"),
        Tab(_("Missing links, bridges, isolates"), reverse("portal:ties"), here == "ties"),
    ]


@public
def ties(request: HttpRequest) -> HttpResponse:
    stored = {k: run for k in ("official", "regional") if (run := latest_result(f"structure-{k}"))}
    kind = request.GET.get("projects", "")
    kind = kind if kind in stored else next(iter(stored), "")
    crumbs = [
        Crumb(_("Home"), reverse("portal:home")),
        Crumb(_("Network"), reverse("portal:network")),
        Crumb(_("Missing links, bridges, isolates")),
    ]
    if not kind:
        empty = Empty(
            _("No structure is stored yet"),
            _("It is computed from projects, contracts and services: poliedro run network."),
            _("Sources"),
            reverse("portal:sources"),
        )
        context = {"empty": empty, "tabs": network_tabs("ties"), "crumbs": crumbs, "synthetic_data": False}
        return render(request, "portal/ties.html", context)
    run = stored[kind]
    actors = actors_of(run.payload, Moment.today())
    clusters = {c.key: c for a in actors.values() for c in a.clusters}
    asked = request.GET.get("cluster", "")
    chosen = {pk: a for pk, a in actors.items() if asked not in clusters or asked in {c.key for c in a.clusters}}
    missing, isolates = _missing_table(run, actors, chosen), _isolates_table(run, chosen)
    if request.GET.get("format") in ("missing", "isolates"):
        wanted = request.GET["format"]
        return as_file(missing if wanted == "missing" else isolates, f"{kind}-{wanted}")
    tied = run.payload["summary"]
    return render(
        request,
        "portal/ties.html",
        {
            "title": _title(run, actors),
            "figures": _figures(run, tied),
            "charts": [_layers(run), *_windows(run), _groups(run), *_brokers(run, actors, chosen)],
            "missing": missing,
            "isolates": Table(
                isolates.headers,
                isolates.rows[:LISTED],
                links={i: u for i, u in isolates.links.items() if i < LISTED},
                full=True,
            ),
            "alone": len(isolates.rows),
            "left_out": max(0, len(isolates.rows) - LISTED),
            "managers": _managers_table(run, actors),
            "facets": _facets(request, list(stored), kind, clusters),
            "missing_url": link(request.GET, format="missing"),
            "isolates_url": link(request.GET, format="isolates"),
            "stored": run,
            "empty": None,
            "tabs": network_tabs("ties"),
            "synthetic_data": run.certainty == "synthetic",
            "crumbs": crumbs,
        },
    )


def _title(run: StoredResult, actors: Mapping[int, Actor]) -> str:
    summary = run.payload["summary"]
    said = {"alone": summary["isolates"], "all": summary["nodes"]}
    best = next((b for b in run.payload["brokers"] if b["organisation"] in actors), None)
    if best is None:
        return _("%(alone)d of %(all)d actors have no tie") % said
    return _("%(alone)d of %(all)d actors have no tie; %(name)s bridges most others") % {
        **said,
        "name": actors[best["organisation"]].name,
    }


def _facts(run: StoredResult) -> dict[str, Any]:
    return {"certainty": certainty_of(run.certainty), "source": run.source_names}


def _figures(run: StoredResult, summary: Mapping[str, Any]) -> list[Figure]:
    facts = {**_facts(run), "period": short_day(run.computed_at)}

    def share(value: float | None) -> float | None:
        return None if value is None else value * 100

    return [
        Figure(summary["ties"], label=_("Tied pairs"), n=summary["nodes"], **facts,
               definition=_("Pairs of organisations with at least one tie of any kind.")),
        Figure(share(summary["largest_component_share"]), label=_("In the largest connected part"), unit="%",
               decimals=0, definition=_("Share of the organisations from which each other can be reached."), **facts),
        Figure(summary["mean_distance"], label=_("Steps between two"), decimals=1,
               definition=_("Mean length of the shortest way between two that reach each other."),
               null_means=_("Nobody has a tie."), **facts),
        Figure(share(summary["between_share"]), label=_("Ties between unlike actors"), unit="%", decimals=0,
               definition=_("Share of the ties that join two groups, such as a firm and a university."),
               null_means=_("Nobody has a tie."), **facts),
    ]  # fmt: skip


def _layers(run: StoredResult) -> Chart:
    words, rows = layer_words(), run.payload["by_layer"]
    overlap = run.payload["overlap"]
    summary = (
        _("%(a)s and %(b)s join the same %(n)d pairs, where chance would give %(e)s.")
        % {
            "a": words[overlap[0]["layer_1"]],
            "b": words[overlap[0]["layer_2"]],
            "n": overlap[0]["both"],
            "e": spoken_number(overlap[0]["expected"], 1),
        }
        if overlap
        else _("One kind of tie is loaded.")
    )
    table = Table(
        [_("Kind of tie"), _("Tied pairs"), _("Organisations with a tie"), _("Connected parts"), _("Density, %")],
        [
            [
                words[r["layer"]],
                r["ties"],
                r["nodes"] - r["isolates"],
                r["components"] - r["isolates"],
                None if r["density"] is None else r["density"] * 100,
            ]
            for r in rows
        ],
        numeric=range(1, 5),
        decimals={4: 2},
    )
    return bars(
        "layers",
        _("Kinds of ties"),
        summary,
        [(words[r["layer"]], r["ties"], "") for r in rows],
        y_label=_("tied pairs"),
        height="small",
        table=table,
        **_facts(run),
    )


def _windows(run: StoredResult) -> list[Chart]:
    """Tied pairs in spans of years, by kind, and how connected the actors were; nothing for one span alone."""
    rows, words = run.payload.get("windows", []), layer_words()
    if len(rows) < 2:
        return []
    spans = [f"{w['first']}-{w['last']}" for w in rows]
    names = [name for name in words if any(name in w["layers"] for w in rows)]
    first, last = rows[0]["summary"], rows[-1]["summary"]
    said = [
        _("From %(first)s to %(last)s, tied pairs went from %(a)s to %(b)s, actors without a tie from %(c)s to %(d)s.")
        % {
            "first": spans[0],
            "last": spans[-1],
            "a": spoken_number(first["ties"]),
            "b": spoken_number(last["ties"]),
            "c": spoken_number(first["isolates"]),
            "d": spoken_number(last["isolates"]),
        }
    ]
    if met := run.payload.get("met", {}).get("events"):
        tied = next((r["ties"] for r in run.payload["by_layer"] if r["layer"] == "events"), 0)
        said.append(
            _("Of %(met)s pairs that met at an event, %(tied)s did something together later.")
            % {"met": spoken_number(met), "tied": spoken_number(tied)}
        )
    return [
        stacked(
            "windows",
            _("How the ties grew, over spans of years"),
            " ".join(said),
            spans,
            [(words[name], [w["layers"].get(name, 0) for w in rows]) for name in names],
            y_label=_("tied pairs"),
            upright=True,
            table=Table(
                [
                    _("Years"),
                    *(words[name] for name in names),
                    _("Tied pairs"),
                    _("Actors with a tie"),
                    _("Actors without a tie"),
                    _("Connected parts"),
                    _("Density, %"),
                ],
                [
                    [
                        span,
                        *(w["layers"].get(name, 0) for name in names),
                        w["summary"]["ties"],
                        w["summary"]["nodes"] - w["summary"]["isolates"],
                        w["summary"]["isolates"],
                        w["summary"]["components"] - w["summary"]["isolates"],
                        None if w["summary"]["density"] is None else w["summary"]["density"] * 100,
                    ]
                    for span, w in zip(spans, rows, strict=True)
                ],
                numeric=range(1, len(names) + 6),
                decimals={len(names) + 5: 2},
                caption=_("A tie counts in each span that its days touch, a pair once for each kind."),
            ),
            **_facts(run),
        )
    ]


def _groups(run: StoredResult) -> Chart:
    """Ties between groups of actors against what as many ties would give by chance."""
    words = group_words()
    rows = [g for g in run.payload["groups"] if g["ratio"] is not None]
    names = [g for g in words if any(g in (r["group_1"], r["group_2"]) for r in rows)]
    lacking = min(
        (r for r in rows if r["group_1"] != r["group_2"]), key=lambda r: (r["ratio"], r["group_1"]), default=None
    )
    cells = [
        {"row": names.index(a), "column": names.index(b), "value": round(r["ratio"], 2)}
        for r in rows
        for a, b in {(r["group_1"], r["group_2"]), (r["group_2"], r["group_1"])}
    ]
    return Chart(
        "heatmap",
        "groups",
        _("Which groups of actors are tied less than chance would tie them"),
        _("Fewest against chance: %(a)s with %(b)s, %(seen)d ties where %(expected)s are expected.")
        % {
            "a": words[lacking["group_1"]],
            "b": words[lacking["group_2"]],
            "seen": lacking["seen"],
            "expected": spoken_number(lacking["expected"], 1),
        }
        if lacking
        else _("One group of actors has ties."),
        {
            "rows": [words[g] for g in names],
            "columns": [words[g] for g in names],
            "cells": cells,
            "x_label": _("times as many as by chance"),
            "decimals": 2,
        },
        Table(
            [_("Group"), _("With"), _("Ties"), _("Expected by chance"), _("Ratio")],
            [[words[r["group_1"]], words[r["group_2"]], r["seen"], r["expected"], r["ratio"]] for r in rows],
            numeric=range(2, 5),
            decimals={3: 1, 4: 2},
        ),
        height="medium",
        **_facts(run),
    )


def _brokers(run: StoredResult, actors: Mapping[int, Actor], chosen: Mapping[int, Actor]) -> list[Chart]:
    rows = [b for b in run.payload["brokers"] if b["organisation"] in chosen]
    if not rows:
        return []
    words = group_words()
    urls = [reverse("portal:organisation", args=[b["organisation"]]) for b in rows]
    return [
        bars(
            "brokers",
            _("Who stands between others"),
            _("Pairs of actors without a tie of their own that %(name)s joins across groups: %(n)d.")
            % {"name": actors[rows[0]["organisation"]].name, "n": rows[0]["across"]},
            [(actors[b["organisation"]].name[:40], b["across"], url) for b, url in zip(rows, urls, strict=True)],
            y_label=_("pairs joined across groups"),
            height="medium",
            table=Table(
                [
                    _("Organisation"), _("Group"), _("Across groups"), _("Within its group"), _("Betweenness, %"),
                    _("Falls apart without it"),
                ],
                [
                    [
                        actors[b["organisation"]].name,
                        words[b["group"]],
                        b["across"],
                        b["coordinator"],
                        None if b["betweenness"] is None else b["betweenness"] * 100,
                        _("yes") if b["cutpoint"] else _("no"),
                    ]
                    for b in rows
                ],
                numeric=range(2, 5),
                decimals={4: 1},
                links=dict(enumerate(urls)),
            ),
            **_facts(run),
        )
    ]  # fmt: skip


def _managers_table(run: StoredResult, actors: Mapping[int, Actor]) -> Table:
    """Whether the bodies that manage clusters link others."""
    rows = [m for m in run.payload["managers"] if m["organisation"] in actors]
    return Table(
        [_("Managing body"), _("Partners"), _("Betweenness, %"), _("Falls apart without it")],
        [
            [
                actors[m["organisation"]].name,
                m["degree"],
                None if m["betweenness"] is None else m["betweenness"] * 100,
                _("yes") if m["cutpoint"] else _("no"),
            ]
            for m in rows
        ],
        numeric=[1, 2],
        decimals={2: 1},
        links={i: reverse("portal:organisation", args=[m["organisation"]]) for i, m in enumerate(rows)},
        full=True,
    )


def _missing_table(run: StoredResult, actors: Mapping[int, Actor], chosen: Mapping[int, Actor]) -> Table:
    words = group_words()
    rows = [
        (actors[m["organisation_1"]], actors[m["organisation_2"]], m)
        for m in run.payload["missing"]
        if {m["organisation_1"], m["organisation_2"]} <= set(actors)
        and (m["organisation_1"] in chosen or m["organisation_2"] in chosen)
    ]
    return Table(
        [_("Organisation"), _("Group"), _("Could meet"), _("Group"), _("Partners that both have")],
        [[a.name, words[group_of(a.kind)], b.name, words[group_of(b.kind)], m["common"]] for a, b, m in rows],
        numeric=[4],
        links={i: reverse("portal:organisation", args=[a.id]) for i, (a, _b, _m) in enumerate(rows)},
        full=True,
    )


def _isolates_table(run: StoredResult, chosen: Mapping[int, Actor]) -> Table:
    kinds = dict(Organisation.Kind.choices)
    rows = [chosen[pk] for pk in run.payload["isolates"] if pk in chosen]
    rows.sort(key=lambda a: (a.name, a.id))
    return Table(
        [_("Organisation"), _("Kind"), _("Clusters")],
        [[a.name, str(kinds[a.kind]), ", ".join(c.name for c in a.clusters) or None] for a in rows],
        links={i: reverse("portal:organisation", args=[a.id]) for i, a in enumerate(rows)},
        full=True,
    )


def _facets(request: HttpRequest, stored: list[str], kind: str, clusters: Mapping[str, Any]) -> list[Facet]:
    projects = {"official": _("EU projects (CORDIS)"), "regional": _("Regional projects")}
    order = sorted(clusters.values(), key=lambda c: (c.position, c.key))
    return [
        Facet(
            "projects",
            _("Projects"),
            [Option(n, projects[n], None, n == kind, link(request.GET, projects=n, format="")) for n in stored],
        ),
        facet("cluster", _("Cluster"), [(c.key, c.name, None) for c in order], request.GET),
    ]
